// The time that is left is shown; more of it is offered, once.

import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { theMarkets } from "../support/server.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { begins, ends, loginOf } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const NAME = "more-time";
/** What the provider gives a person here, in seconds; the browser's start is allowed 90 s on top. */
const PATIENCE = 40;
/** With less than this left, in seconds, the time stands out, and so does the offer. */
const LOW = 120;

function optionsOf(market) {
  const definitions = theMarkets(market);
  const shortened = definitions["demo-market"].replace(/^timeout = "15m"/m, `timeout = "${PATIENCE}s"`);
  must(shortened !== definitions["demo-market"], "the definition has no time-out to shorten");
  return { definitions: { "demo-market": shortened } };
}

const story = begins(NAME, { optionsOf });

/** Seconds, as they are read. */
async function shown() {
  const text = await story.ana.inModal("time-left").innerText();
  const [, minutes, seconds] = /(\d+):(\d\d)/.exec(text) ?? [];
  must(minutes, `no time: “${text}”`);
  return Number(minutes) * 60 + Number(seconds);
}

async function isLow() {
  return (await story.ana.inModal("time-left").getAttribute("data-low")) !== null;
}

test("the time left is shown, and counts down", async () => {
  const { ana } = story;
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  const at = await shown();
  must(at > 0 && at <= PATIENCE + 90, `${at} s are shown`);
  await until("a second less", async () => (await shown()) < at);
});
test("near the end it stands out, and so does “More time”", async () => {
  const { ana } = story;
  await until("the time is low", isLow, PATIENCE);
  must((await shown()) < LOW, "it stands out early");
  must((await ana.inModal("more-time").getAttribute("data-low")) !== null, "“More time” does not stand out");
  mustEqual((await ana.inModal("more-time").innerText()).trim(), "More time", "the button");
  await story.pictures.take("time-is-low", ana.page);
});
test(`one click adds ${PATIENCE} s to what is left`, async () => {
  const { ana, service } = story;
  const before = await loginOf(service);
  await ana.inModal("more-time").click();
  await until("the login is extended", async () => (await loginOf(service)).extended);
  const after = await loginOf(service);
  mustEqual(Date.parse(after.deadlineAt) - Date.parse(before.deadlineAt), PATIENCE * 1000, "more time, in ms");
  const left = () => (Date.parse(after.deadlineAt) - Date.now()) / 1000;
  await until("the modal shows it", async () => Math.abs((await shown()) - left()) < 5);
  must(left() > LOW, `${left()} s are left`);
  must(!(await isLow()), "it stands out, with that much time left");
});
test("a second time is not offered, also when it is low again; the service refuses it too", async () => {
  const { ana, service } = story;
  await ana.inModal("more-time").waitFor({ state: "detached" });
  await until("the time is low again", isLow, PATIENCE + 20);
  mustEqual(await ana.inModal("more-time").count(), 0, "offers of more time");
  const { id } = await loginOf(service);
  const { status, json } = await service.api("POST", `/logins/${id}/extend`);
  mustEqual([status, json.type], [409, "urn:staylogged:problem:already-extended"], "the answer");
  await story.pictures.take("no-more-time", ana.page);
});
test("there is time enough to finish the login", async () => {
  const { ana } = story;
  await ana.logIn();
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
});
ends(NAME, story);
