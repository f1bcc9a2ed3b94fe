// When streams are scraped by themselves, at the page: set without knowing cron, run, refused, changed, found after a reload,
// removed; and what is said of it once the session is over, and once the connection is.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { PRODUCTS } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/scheduling");
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "scheduling.log"), market);
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

const row = () => ana.at("schedule-products");
const inRow = (testId) => row().getByTestId(testId);
const reads = async (testId) => (await inRow(testId).innerText()).trim();
const schedules = () => `/connections/${ana.connection}/schedules`;
/** The schedule of the products as the API tells it; null where there is none. */
const set = async () => (await service.api("GET", schedules())).json.schedules.find(({ stream }) => stream === "products") ?? null;
const saved = () => ana.at("schedule-form").waitFor({ state: "detached" });
const focused = () => ana.page.evaluate(() => document.activeElement?.dataset.testid);

test("nothing is scheduled; by keyboard one is set, every day at a time, by the clock that Ana reads", async () => {
  await ana.press("runs-demo-market");
  await ana.at("view-schedule").focus();
  await ana.page.keyboard.press("Enter");
  await row().waitFor();
  mustEqual(await reads("schedule-mark"), "Not scheduled", "what is said of it");
  await inRow("schedule-edit").focus();
  await ana.page.keyboard.press("Enter");
  mustEqual(await focused(), "schedule-often", "what has the focus in the form");
  mustEqual(await ana.at("schedule-zone").inputValue(), "Europe/Lisbon", "the time zone");
  mustEqual(await ana.at("schedule-often").inputValue(), "daily", "how often, where nobody has chosen");
  await ana.page.keyboard.press("Tab");
  mustEqual(await focused(), "schedule-at", "the next field");
  await ana.at("schedule-at").fill("06:30");
  await ana.looksWell("schedule-form");
  await ana.at("schedule-at").focus();
  await ana.page.keyboard.press("Enter");
  await saved();
  const { cron, timeZone, jitterSeconds, nextAt } = await set();
  mustEqual([cron, timeZone, jitterSeconds], ["30 6 * * *", "Europe/Lisbon", 0], "what is set");
  mustEqual([await reads("schedule-mark"), await reads("schedule-when")], ["Scheduled", "Every day at 06:30"], "what is said of it");
  mustEqual(await inRow("schedule-next").locator("time").getAttribute("datetime"), nextAt, "when it is next");
  must(/^(Today|Tomorrow), 06:30/.test(await reads("schedule-next")), `it says: ${await reads("schedule-next")}`);
  mustEqual(await reads("schedule-last"), "Not yet", "the last time");
  mustEqual(await focused(), "schedule-edit", "what has the focus after it");
});

test("with an own expression it runs within a minute, by itself; the page says so, and what came of it", async () => {
  await inRow("schedule-edit").click();
  await ana.at("schedule-often").selectOption("own");
  mustEqual(await ana.at("schedule-cron").inputValue(), "30 6 * * *", "what an own expression begins with");
  await ana.at("schedule-cron").fill("* * * * *");
  await ana.press("schedule-save");
  await saved();
  must((await reads("schedule-when")).startsWith("Own cron expression"), `it says: ${await reads("schedule-when")}`);
  // A whole minute, and a scrape.
  await until("what came of it", async () => (await reads("schedule-last")).startsWith(`Done ${PRODUCTS} records of products`), 120).catch(async (error) => {
    throw new Error(`${error.message}: it says ${await reads("schedule-last")}; the service: ${JSON.stringify(await set())}`);
  });
});

test("what the definition does not allow is refused at its field, in words, and so is what is no cron", async () => {
  const file = path.join(service.folder, "providers", "demo-market.toml");
  writeFileSync(file, readFileSync(file, "utf8").replace("[politeness]\n", '[politeness]\nmin_period = "2h"\n'));
  await until("the definition to be read", async () => {
    // Twice in a minute, once a year: too often, and not while anybody looks.
    const { status } = await service.api("PUT", `${schedules()}/products_scroll`, { body: { cron: "0,1 0 1 1 *" } });
    return status === 422;
  });
  await service.api("DELETE", `${schedules()}/products_scroll`);
  await inRow("schedule-edit").click();
  await ana.at("schedule-often").selectOption("hourly");
  await ana.press("schedule-save");
  await ana.at("schedule-refused").waitFor();
  const words = await ana.at("schedule-refused").innerText();
  mustEqual(words, "That is every hour, and Demo Market is scraped by itself every 2 hours at most: leave longer pauses.", "what it says");
  await until("the focus is at what was refused", async () => (await focused()) === "schedule-often");
  await ana.looksWell("schedule-too-often");
  await ana.at("schedule-often").selectOption("own");
  mustEqual(await ana.at("schedule-refused").count(), 0, "refusals after another choice");
  await ana.at("schedule-cron").fill("every now and then");
  await ana.press("schedule-save");
  await ana.at("schedule-refused").waitFor();
  must(/^`every now and then` is no cron expression/.test(await ana.at("schedule-refused").innerText()), "it does not say what is wrong");
  mustEqual((await set()).cron, "* * * * *", "what is set after refusals");
  await ana.looksWell("schedule-no-cron");
});

test("offline nothing that was chosen is lost; then it is saved, and found after a reload", async () => {
  await ana.at("schedule-often").selectOption("weekly");
  await ana.at("schedule-day").selectOption("3");
  await ana.at("schedule-at").fill("18:05");
  await ana.at("schedule-zone").selectOption("Asia/Tokyo");
  await ana.at("schedule-later").selectOption("900");
  await ana.context.setOffline(true);
  await ana.press("schedule-save");
  await ana.at("schedule-form").getByTestId("problem").waitFor();
  await ana.context.setOffline(false);
  await ana.press("schedule-save");
  await saved();
  const { cron, timeZone, jitterSeconds } = await set();
  mustEqual([cron, timeZone, jitterSeconds], ["5 18 * * 3", "Asia/Tokyo", 900], "what is set");
  await ana.at("lost").waitFor({ state: "detached" });
  await ana.page.reload();
  await ana.press("view-schedule");
  await row().waitFor();
  mustEqual(await reads("schedule-when"), "Every Wednesday at 18:05, by the clock of Tokyo · up to 15 minutes later", "what is said of it");
  must((await reads("schedule-last")).startsWith("Done"), `of the last time it says: ${await reads("schedule-last")}`);
  await ana.looksWell("schedule");
});

test("by keyboard it is removed, after Ana was asked", async () => {
  await inRow("schedule-remove").focus();
  await ana.page.keyboard.press("Enter");
  await ana.at("confirm-unschedule").waitFor();
  await ana.looksWell("schedule-removing");
  await ana.page.keyboard.press("Escape");
  await ana.at("confirm-unschedule").waitFor({ state: "detached" });
  must((await set()) !== null, "it was removed though she did not say so");
  await until("the focus is back", async () => (await focused()) === "schedule-remove");
  await ana.page.keyboard.press("Enter");
  await ana.at("confirm-unschedule").getByTestId("confirm").focus();
  await ana.page.keyboard.press("Enter");
  await until("it is said", async () => (await reads("schedule-mark")) === "Not scheduled");
  mustEqual(await set(), null, "what is set");
  await until("the focus is at what can be done now", async () => (await focused()) === "schedule-edit");
});

test("once the site has ended the session it says that runs wait for a reconnect", async () => {
  await inRow("schedule-edit").click();
  await ana.press("schedule-save");
  await saved();
  await service.control("POST", "/revoke");
  await service.api("POST", `/connections/${ana.connection}/check`);
  await ana.at("schedules-wait").waitFor();
  mustEqual([await reads("schedule-mark"), await reads("schedule-next")], ["Waits", "After you have reconnected"], "what is said of it");
  await ana.looksWell("schedule-waits");
});

test("once the connection was ended elsewhere it says that nothing is scraped any more", async () => {
  mustEqual((await service.api("DELETE", `/connections/${ana.connection}`)).status, 204, "the end");
  await ana.at("schedules-gone").waitFor();
  await ana.looksWell("schedule-gone");
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
