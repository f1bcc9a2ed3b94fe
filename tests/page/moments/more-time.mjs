// The time that is left is shown; more of it is offered, once.

import { WORDS } from "../support/person.mjs";
import { theMarkets } from "../support/server.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

/** What the provider gives a person here; the browser's start is allowed 90 s on top. */
const PATIENCE = 45;
/** From here on the time stands out, and so does the offer. */
const LOW = 120;

export function moreTime(story) {
  const definitions = theMarkets(story.market);
  const shortened = definitions["demo-market"].replace(/^timeout = "15m"/m, `timeout = "${PATIENCE}s"`);
  must(shortened !== definitions["demo-market"], "the definition has no time-out to shorten");
  return story.atService("more-time", { definitions: { "demo-market": shortened } }, play);
}

async function play({ step, ana, service, screenshot }) {
  /** Seconds, as they are read. */
  const shown = async () => {
    const text = await ana.inModal("time-left").innerText();
    const [, minutes, seconds] = /(\d+):(\d\d)/.exec(text) ?? [];
    must(minutes, `no time: “${text}”`);
    return Number(minutes) * 60 + Number(seconds);
  };
  const login = async () => (await service.api("GET", "/integrations")).json.integrations.find(({ provider }) => provider.id === "demo-market").login;
  const isLow = async () => (await ana.inModal("time-left").getAttribute("data-low")) !== null;

  await step("the time left is shown, and counts down", async () => {
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    const at = await shown();
    must(at > 0 && at <= PATIENCE + 90, `${at} s are shown`);
    await until("a second less", async () => (await shown()) < at);
  });
  await step("near the end it stands out, and so does “More time”", async () => {
    await until("the time is low", isLow, 90);
    must((await shown()) < LOW, "it stands out early");
    must((await ana.inModal("more-time").getAttribute("data-low")) !== null, "“More time” does not stand out");
    mustEqual((await ana.inModal("more-time").innerText()).trim(), "More time", "the button");
    await screenshot("time-is-low");
  });
  await step(`one click adds ${PATIENCE} s to what is left`, async () => {
    const before = await login();
    await ana.inModal("more-time").click();
    await until("the login is extended", async () => (await login()).extended);
    const after = await login();
    mustEqual(Date.parse(after.deadlineAt) - Date.parse(before.deadlineAt), PATIENCE * 1000, "more time, in ms");
    const left = (Date.parse(after.deadlineAt) - Date.now()) / 1000;
    await until("the modal shows it", async () => Math.abs((await shown()) - (Date.parse(after.deadlineAt) - Date.now()) / 1000) < 5);
    must(left > PATIENCE, `${left} s are left`);
  });
  await step("a second time is not offered, also when it is low again; the service refuses it too", async () => {
    await ana.inModal("more-time").waitFor({ state: "detached" });
    await until("the time is low again", isLow, 90);
    mustEqual(await ana.inModal("more-time").count(), 0, "offers of more time");
    const { id } = await login();
    const { status, json } = await service.api("POST", `/logins/${id}/extend`);
    mustEqual([status, json.type], [409, "urn:staylogged:problem:already-extended"], "the answer");
    await screenshot("no-more-time");
  });
  await step("there is time enough to finish the login", async () => {
    await ana.logIn();
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
  });
}
