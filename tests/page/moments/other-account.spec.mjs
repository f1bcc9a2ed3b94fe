// A session is kept of one account, and somebody logs in as the other: it is asked, and only the yes replaces.

import { test } from "../support/fixtures.mjs";
import { TITLES, WORDS } from "../support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { begins, cardOf, ends } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const NAME = "other-account";
/** How many products the second account is shown: those in Spanish. */
const OF_BEN = 32;
const OTHER = "Another account is logged in.";

const story = begins(NAME, { hasSession: true });

const scrape = () => story.service.api("POST", "/scraper/demo-market/scrape");

async function cardIsOf({ email }) {
  await until(`the card is of ${email}`, async () => (await story.ana.at("account-demo-market").innerText()).trim() === email);
}

async function cardOffers(records) {
  const offer = `Show data (${records})`;
  await until(`the card says “${offer}”`, async () => (await story.ana.at("show-demo-market").innerText()).trim() === offer);
}

/** As the page that embeds the modal does at its own "Reconnect"; the card then leads into it. Nobody is logged in there yet. */
async function reconnects() {
  const { ana, service } = story;
  await service.api("POST", "/integrations/demo-market/connect");
  await ana.cardReads("Connected", "Continue");
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.inFront(TITLES.login);
}

async function logsInAs(account) {
  story.ana.as = account;
  await story.ana.logIn();
}

const benLogsIn = () => logsInAs(story.market.otherAccount);

/** Ana's session is kept, and Ben has logged in: the modal says what replacing would delete. */
async function isAsked() {
  const { ana, service, market } = story;
  const [hers, his] = [market.account.email, market.otherAccount.email];
  await ana.pressFinish();
  await ana.reads(OTHER, 60);
  const text = await ana.modalText();
  for (const part of [
    `So far it was ${hers}. Now ${his} is logged in.`,
    `The session of ${hers} is then deleted.`,
    `What was read as ${hers} is deleted.`,
  ]) {
    must(text.includes(part), `it does not say “${part}”, but “${text}”`);
  }
  mustEqual((await ana.inModal("account-back").innerText()).trim(), `Log in as ${hers}`, "the button that keeps the old one");
  mustEqual((await ana.inModal("account-replace").innerText()).trim(), `Keep ${his}`, "the button that replaces it");
  mustEqual((await cardOf(service)).connection.identity.label, hers, "whose session is kept while it is asked");
}

test("Ana is connected, and her products are scraped", async () => {
  const { ana, service, market } = story;
  await ana.cardReads("Connected");
  await cardIsOf(market.account);
  mustBeAllProducts(await scrape());
  await cardOffers(PRODUCTS);
  mustEqual((await service.api("GET", "/scraper/runs")).json.runs.length, 1, "runs");
});

test("at a reconnect nobody is logged in, although Ana's session still works", reconnects);
test("Ben logs in in her place", benLogsIn);
test("the modal says so, says what would be deleted, and asks", async () => {
  await isAsked();
  await story.pictures.take("other-account", story.ana.page);
});
test("“Log in as ana…” keeps the old one, and waits for her", async () => {
  const { ana, market } = story;
  await ana.inModal("account-back").click();
  await ana.reads(WORDS.awaiting);
  const reason = await ana.inModal("awaiting-reason").innerText();
  mustEqual(reason.trim(), `The other account was not saved. Log in as ${market.account.email}.`, "why it is awaited again");
  must((await ana.modalText()).includes(`Log in as ${market.account.email}.`), "it does not say who is to log in");
});
test("Ben is logged out there: the login page is shown, and it is asked once more who logs in", async () => {
  const { ana } = story;
  await ana.inFront(TITLES.login);
  await ana.picture();
  await story.pictures.take("kept", ana.page);
  await benLogsIn();
  await isAsked();
  await ana.inModal("account-back").click();
  await ana.reads(WORDS.awaiting);
  await ana.inFront(TITLES.login);
});
test("Ana logs in, and her session is saved anew without a question", async () => {
  const { ana, market } = story;
  await logsInAs(market.account);
  await ana.pressFinish();
  await ana.reads(WORDS.saved, 60);
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  await cardIsOf(market.account);
});
test("she begins another reconnect", reconnects);
test("the modal is closed: the card is Ana's as before, and her session scrapes", async () => {
  const { ana, market } = story;
  await ana.cancel();
  await ana.cardReads("Connected");
  await cardIsOf(market.account);
  mustBeAllProducts(await scrape());
});

test("the second time the same is asked", async () => {
  await reconnects();
  await benLogsIn();
  await isAsked();
});
test("“Keep ben…” replaces: Connected as Ben", async () => {
  const { ana, market } = story;
  await ana.inModal("account-replace").click();
  await ana.reads(WORDS.saved, 60);
  must((await ana.modalText()).includes(`Connected as ${market.otherAccount.email}.`), "it does not say as whom");
  await story.pictures.take("replaced", ana.page);
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  await cardIsOf(market.otherAccount);
});
test("nothing is left of what was read as Ana", async () => {
  const { ana, service } = story;
  mustEqual((await cardOf(service)).records, 0, "records");
  for (const { id } of (await service.api("GET", "/scraper/runs")).json.runs) {
    const { json } = await service.api("GET", `/scraper/runs/${id}/records`);
    mustEqual([json.records.length, json.total], [0, 0], `records of the run ${id}`);
  }
  await until("the card offers no data", async () => (await ana.at("show-demo-market").count()) === 0);
  mustEqual(await ana.at("last-run-demo-market").count(), 0, "what the card says of Ana's last run");
});
test(`a scrape yields Ben's ${OF_BEN} products, and no other`, async () => {
  const { status, json } = await scrape();
  mustEqual([status, json.run.outcome, json.records.length, json.total], [200, "ok", OF_BEN, OF_BEN], "the scrape");
  const languages = new Set(json.records.map(({ data }) => data.language));
  mustEqual([...languages], ["es"], "their languages");
  mustEqual((await cardOf(story.service)).records, OF_BEN, "records of the connection");
  await cardOffers(OF_BEN);
});
ends(NAME, story);
