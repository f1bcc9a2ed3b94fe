// "Check now": a session is said to work, to be over or not to be known, and the card follows what is seen, in every tab.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/checking");
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "checking.log"), market);
  await savedSession.giveTo(service);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

const checked = async () => {
  await ana.press("check-demo-market");
  await ana.at("checked-demo-market").waitFor({ timeout: 90_000 });
  return ana.read("checked-demo-market");
};

test("a marketplace, and a service beside it", async ({ browser }) => {
  await service.start();
  ana = await new RecordsPerson(browser, service, pictures).sit();
  await ana.isConnected();
});

test("the session works: the check says so", async () => {
  mustEqual(await checked(), "Checked just now: the session works.", "what it says");
  await ana.cardReads("Connected");
});

test("the site says of nobody whether they are logged in: the card is not sure, since when, and what to do", async () => {
  await service.control("POST", "/mode", { loggedOut: "empty200" });
  await service.control("POST", "/revoke");
  mustEqual(await checked(), "Checked just now: the site did not show whether the session works.", "what it says");
  await ana.cardReads("Not sure", "Reconnect");
  const [words, { json }] = [await ana.read("unsure-demo-market"), await service.api("GET", `/connections/${ana.connection}`)];
  must(/^Not sure since .+: Demo Market did not show whether you are still logged in/.test(words), `it says: ${words}`);
  mustEqual([json.status, typeof json.unsureSince], ["connected", "string"], "what the API says");
  await ana.looksWell("not-sure");
});

test("a reload shows the same", async () => {
  await ana.page.reload();
  await ana.cardReads("Not sure", "Reconnect");
});

test("it can be told again: the check makes the card plain", async () => {
  await service.control("POST", "/restore");
  mustEqual(await checked(), "Checked just now: the session works.", "what it says");
  await ana.cardReads("Connected");
  mustEqual(await ana.at("unsure-demo-market").count(), 0, "warnings left");
});

test("the site has ended the session: the check says so", async () => {
  await service.control("POST", "/mode", { loggedOut: "redirect" });
  await service.control("POST", "/revoke");
  mustEqual(await checked(), "Checked just now: the site has ended the session.", "what it says");
  await ana.cardReads("Needs reconnect", "Reconnect");
});

test("and takes it back: a check in another tab connects this one again", async () => {
  await service.control("POST", "/restore");
  const { json } = await service.api("POST", `/connections/${ana.connection}/check`);
  mustEqual([json.verdict, json.connection.status, json.connection.reason], ["logged_in", "connected", null], "what the API says");
  await ana.cardReads("Connected");
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
