// A run is seen to go on, survives a reload, a second tab and a lost network, is stopped and goes on.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { PRODUCTS } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/watching");
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "watching.log"), market);
  await savedSession.giveTo(service);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("a marketplace, and a service beside it", async ({ browser }) => {
  await service.start();
  ana = await new RecordsPerson(browser, service, pictures).sit();
});

test("Ana is connected", async () => {
  await ana.isConnected();
});

test("a scrape is followed: pages, records, the rate, and a bar that knows nothing of the end yet", async () => {
  await ana.slowly();
  await ana.press("scrape-demo-market");
  await ana.pagesSeen(2);
  await until("a rate", async () => /\d records\/s/.test(await ana.read("pace-demo-market")));
  mustEqual(await ana.at("progress-demo-market").locator("[data-known]").count(), 0, "bars that know the end");
  await until("rows while it goes on", async () => (await ana.keys()).length > 10);
});

test("a reload finds it again, with its rate at once; a second tab shows the same", async ({ browser }) => {
  const { id } = await ana.lastRun();
  await ana.page.reload();
  const seen = await ana.pagesSeen(2);
  mustEqual(await ana.at("progress-demo-market").getAttribute("data-run"), id, "the run");
  // Of what comes from now on, two pages would be needed: the first one is too early for a rate.
  await until("its rate", async () => /records\/s/.test(await ana.read("pace-demo-market")));
  const { pages } = await ana.pagesSeen(1);
  must(pages <= seen.pages + 1, `the rate was there only after page ${pages}`);
  // The run is not over before the second tab has seen it, and the network is lost.
  await ana.slowly(5000);
  const second = await new RecordsPerson(browser, service, pictures).sit();
  try {
    await second.open();
    await second.pagesSeen(seen.pages);
    mustEqual(await second.at("progress-demo-market").getAttribute("data-run"), id, "the run in the second tab");
  } finally {
    await second.leave();
  }
});

test("the network is lost and comes back: what happened meanwhile is there", async () => {
  await ana.context.setOffline(true);
  await ana.at("lost").waitFor();
  mustEqual((await ana.lastRun()).status, "running", "the run's status while nothing is heard of it");
  await ana.slowly();
  await until("its end", async () => (await ana.lastRun()).status === "finished", 60);
  await ana.context.setOffline(false);
  const words = await ana.ended("ok");
  must(words.includes(`${PRODUCTS} records of products`) && words.includes("7 pages"), `it says: ${words}`);
  await ana.at("lost").waitFor({ state: "detached" });
  await ana.shows("", "all records, in the site's order");
});

test("the next one knows how many there will be, and how long it takes", async () => {
  await ana.press("scrape-demo-market");
  await ana.pagesSeen(2);
  await until("the time left", async () => /left/.test(await ana.read("pace-demo-market")));
  mustEqual(await ana.at("progress-demo-market").locator("[data-known]").count(), 1, "bars that know the end");
  await pictures.take("running", ana.page, { fullPage: true });
});

test("Stop: it ends, and what was read is said to be kept", async () => {
  await ana.press("stop-demo-market");
  const words = await ana.ended("cancelled");
  must(/was stopped/.test(words) && /after page \d: \d+ records read by then are kept/.test(words), `it says: ${words}`);
  mustEqual((await ana.lastRun()).outcome, "cancelled", "the outcome");
});

test("“Continue” does, and ends with everything", async () => {
  const stopped = await ana.lastRun();
  await ana.slowly(0);
  await ana.press("resume-demo-market");
  await ana.ended("ok");
  const run = await ana.lastRun();
  // The card said so of no other run: the one before was stopped.
  mustEqual([run.continues, run.outcome, run.progress.records], [stopped.id, "ok", PRODUCTS], "the run that went on");
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
