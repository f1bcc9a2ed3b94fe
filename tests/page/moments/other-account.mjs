// A session is kept of one account, and somebody logs in as the other: it is asked, and only the yes replaces.

import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

/** How many products the second account is shown: those in Spanish. */
const OF_BEN = 32;
const OTHER = "Another account is logged in.";

export function otherAccount(story) {
  return story.atService("other-account", {}, play);
}

async function play({ step, ana, service, market, screenshot }) {
  const { account: hers, otherAccount: his } = market;
  const scrape = () => service.api("POST", "/scraper/demo-market/scrape");
  const card = async () => (await service.api("GET", "/integrations")).json.integrations.find(({ provider }) => provider.id === "demo-market");
  const accountReads = (email) =>
    until(`the card is of ${email}`, async () => (await ana.at("account-demo-market").innerText()).trim() === email);

  await step("Ana connects, and her products are scraped", async () => {
    await ana.openModal();
    await ana.logIn();
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    await accountReads(hers.email);
    mustBeAllProducts(await scrape());
    await until("the card says so", async () => (await ana.at("show-demo-market").innerText()).trim() === `Show data (${PRODUCTS})`);
  });
  const runsOfHers = (await service.api("GET", "/scraper/runs")).json.runs;
  mustEqual(runsOfHers.length, 1, "runs");

  /** As the page that embeds the modal does at its own "Reconnect"; the card then leads into it. */
  const reconnects = async () => {
    await service.api("POST", "/integrations/demo-market/connect");
    await ana.cardReads("Connected", "Continue");
    await ana.openModal();
    await ana.reads(WORDS.detected, 60);
  };
  const isAsked = async () => {
    await ana.pressFinish();
    await ana.reads(OTHER, 60);
    const text = await ana.modalText();
    for (const part of [
      `So far it was ${hers.email}. Now ${his.email} is logged in.`,
      `The session of ${hers.email} is then deleted.`,
      `What was read as ${hers.email} is deleted.`,
    ]) {
      must(text.includes(part), `it does not say “${part}”, but “${text}”`);
    }
    mustEqual((await ana.inModal("account-back").innerText()).trim(), `Log in as ${hers.email}`, "the button that keeps the old one");
    mustEqual((await ana.inModal("account-replace").innerText()).trim(), `Keep ${his.email}`, "the button that replaces it");
    mustEqual((await card()).connection.identity.label, hers.email, "whose session is kept while it is asked");
  };

  await step("at a reconnect the browser begins as Ana, whose session still works", reconnects);
  await step("Ben logs in in her place", () => ana.switchTo(his));
  await step("the modal says so, says what would be deleted, and asks", async () => {
    await isAsked();
    await screenshot("other-account");
  });
  await step("“Log in as ana…” keeps the old one, and waits for her", async () => {
    await ana.inModal("account-back").click();
    await ana.reads(WORDS.awaiting);
    await ana.inModal("awaiting-reason").waitFor();
    must((await ana.modalText()).includes(`Log in as ${hers.email}.`), "it does not say who is to log in");
    await screenshot("kept");
  });
  await step("the modal is closed: the card is Ana's as before, and her session scrapes", async () => {
    await ana.cancel();
    await ana.cardReads("Connected");
    await accountReads(hers.email);
    mustBeAllProducts(await scrape());
  });

  await step("the second time the same is asked", async () => {
    await reconnects();
    await ana.switchTo(his);
    await isAsked();
  });
  await step("“Keep ben…” replaces: Connected as Ben", async () => {
    await ana.inModal("account-replace").click();
    await ana.reads(WORDS.saved, 60);
    must((await ana.modalText()).includes(`Connected as ${his.email}.`), "it does not say as whom");
    await screenshot("replaced");
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    await accountReads(his.email);
  });
  await step("nothing is left of what was read as Ana", async () => {
    mustEqual((await card()).records, 0, "records");
    for (const { id } of (await service.api("GET", "/scraper/runs")).json.runs) {
      const { json } = await service.api("GET", `/scraper/runs/${id}/records`);
      mustEqual([json.records.length, json.total], [0, 0], `records of the run ${id}`);
    }
    await until("the card offers no data", async () => (await ana.at("show-demo-market").count()) === 0);
    mustEqual(await ana.at("last-run-demo-market").count(), 0, "what the card says of Ana's last run");
  });
  await step(`a scrape yields Ben's ${OF_BEN} products, and no other`, async () => {
    const { status, json } = await scrape();
    mustEqual([status, json.run.outcome, json.records.length, json.total], [200, "ok", OF_BEN, OF_BEN], "the scrape");
    const languages = new Set(json.records.map(({ data }) => data.language));
    mustEqual([...languages], ["es"], "their languages");
    mustEqual((await card()).records, OF_BEN, "records of the connection");
    await until("the card says so", async () => (await ana.at("show-demo-market").innerText()).trim() === `Show data (${OF_BEN})`);
  });
}
