// The session ends in the middle of a run, and "Reconnect and continue" brings the rest; the list of runs says what happened.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/reconnecting");
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "reconnecting.log"), market);
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

/** The run in whose middle the session ends. */
let broken;

test("the session ends in the middle of a run: the card says so, and by what it was seen", async () => {
  await ana.slowly();
  await ana.press("scrape-demo-market");
  await ana.pagesSeen(3);
  await service.control("POST", "/revoke");
  await ana.ended("needs_reconnect");
  await ana.cardReads("Needs reconnect", "Reconnect");
  broken = await ana.lastRun();
  must(broken.canBeContinued && broken.progress.pages >= 3 && broken.progress.pages < 7, JSON.stringify(broken));
  const [reason, words] = [await ana.read("reason-demo-market"), await ana.read("last-run-demo-market")];
  mustEqual(reason, "Demo Market has logged you out. Demo Market lets nobody stay logged in for longer than 2 days. Log in again; your data is still here.", "the reason");
  await ana.at("details-demo-market").locator("summary").click();
  const details = await ana.read("details-demo-market");
  must(/sso\.demo\.localhost/.test(details), `it does not say by what rule: ${details}`);
  must(words.includes(`after page ${broken.progress.pages}: ${broken.progress.records} records`), `it does not say where: ${words}`);
  mustEqual(await ana.read("continue-demo-market"), "Reconnect and continue", "the button");
  await ana.looksWell("needs-reconnect");
  await ana.slowly(0);
});

test("“Reconnect and continue” opens the modal; a reload in the middle of the login forgets nothing", async () => {
  await ana.press("continue-demo-market");
  await ana.inModal("modal").waitFor();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.page.reload();
  await ana.inModal("modal").waitFor();
  await ana.logIn();
});

test(`once saved, the run goes on by itself, with what it had, and ends with ${PRODUCTS} records`, async () => {
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  const words = await ana.ended("ok");
  must(words.includes(`${PRODUCTS} records of products`), `it says: ${words}`);
  const run = await ana.lastRun();
  mustEqual([run.continues, run.outcome, run.complete, run.progress.records], [broken.id, "ok", true, PRODUCTS], "the run");
  const { total } = await ana.records(`stream=products&run=${run.id}`);
  mustEqual(total, PRODUCTS, "its records");
});

test("a scrape finds the session working", async () => {
  mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape?wait=90"));
});

test("the runs are listed: outcome, evidence, how long, source, definition", async () => {
  // Enough for a second page of the list.
  for (let n = 0; n < 8; n += 1) {
    const { json } = await service.api("POST", "/scraper/demo-market/scrape?wait=0");
    await service.api("POST", `/scraper/runs/${json.id}/cancel`);
  }
  await ana.press("view-runs");
  await ana.at("runs-table").waitFor();
  const all = await ana.runs(100);
  const listed = () => ana.at("runs-table").locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.run));
  const shown = (from) => until(`the runs from ${from + 1}`, async () => JSON.stringify(await listed()) === JSON.stringify(all.slice(from, from + 10).map(({ id }) => id)));
  await shown(0);
  await ana.press("runs-next");
  await shown(10);
  // It is on whichever of the two pages it has come to.
  if (all.findIndex(({ outcome }) => outcome === "needs_reconnect") < 10) {
    await ana.press("runs-previous");
    await shown(0);
  }
  const row = ana.at("runs-table").locator("tbody tr", { hasText: "Needs reconnect" });
  const text = await row.innerText();
  for (const part of ["has logged you out", "capture", "products"]) must(text.includes(part), `the run does not say “${part}”: ${text}`);
  mustEqual(await row.getByTestId("run-continue").count(), 0, "ways to continue what was continued");
  await ana.looksWell("runs");
});

test("“Its records” shows what that run saw, and “Show all” everything", async () => {
  const row = ana.at("runs-table").locator('tbody tr[data-outcome="needs_reconnect"]');
  const id = await row.getAttribute("data-run");
  await row.getByTestId("run-records").click();
  await ana.at("records-of-run").waitFor();
  await ana.shows(`run=${id}`, "what the run saw");
  await ana.at("records-of-run").getByRole("button", { name: "Show all" }).click();
  await ana.shows("", "everything");
});

test("a run that cannot be continued says why, and offers a new one", async () => {
  // The pages of all the cancelled runs are still being opened and closed; the browser goes once none is left.
  await until("the browser of the cancelled runs goes", () => service.processes().length === 0, 60);
  await ana.slowly();
  const { json } = await service.api("POST", "/scraper/demo-market/scrape?wait=0");
  await ana.press("view-runs");
  await ana.at("runs-table").locator('tbody tr[data-outcome="cancelled"]').getByTestId("run-continue").first().click();
  await ana.at("problem").waitFor();
  const text = await ana.read("problem");
  must(text.includes("That run cannot be continued") && text.includes(`${json.id} is under way`), `it says: ${text}`);
  await service.api("POST", `/scraper/runs/${json.id}/cancel`);
  await ana.slowly(0);
  await ana.at("problem").getByRole("button", { name: "Scrape anew" }).click();
  await ana.ended("ok");
  mustEqual((await ana.lastRun()).continues, null, "what it goes on with");
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
