// What was scraped, at the page: a run is seen to go on, survives a reload, a second tab and a lost network, is stopped and goes
// on; its records are sorted, searched, taken away as files, and show what changed; the session ends in the middle of a run, and
// "Reconnect and continue" brings the rest; at last it is scheduled (records/scheduling.mjs).

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Person, openBrowser } from "./support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "./support/products.mjs";
import { Server, Service } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";
import { sideways, tooSmall, violations } from "./looks.mjs";
import { scheduling } from "./records/scheduling.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-records");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

/** How late the market answers while a run is to be watched. */
const SLOWLY_MS = 1500;

const market = new Server(path.join(OUT, "market.log"));
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let service, browser, ana, connection, pictures = 0;

async function screenshot(name, page = ana.page) {
  pictures += 1;
  await page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`), fullPage: true });
}

const read = async (testId, person = ana) => (await person.at(testId).innerText()).trim();
const runs = async () => (await service.api("GET", `/scraper/runs?connection=${connection}`)).json.runs;
const lastRun = async () => (await runs())[0];
const records = async (query = "") => (await service.api("GET", `/connections/${connection}/records?${query}`)).json;
const slowly = (ms = SLOWLY_MS) => market.control("POST", "/mode", { slowMs: ms });

/** The keys of the rows, in their order. */
const keys = () => ana.at("records-table").locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));

/** The table shows this page of the API's. */
async function shows(query, what) {
  const page = await records(`stream=products&limit=25&${query}`);
  const wanted = page.records.map(({ key }) => key);
  await until(what, async () => JSON.stringify(await keys()) === JSON.stringify(wanted)).catch(async (error) => {
    throw new Error(`${error.message}: it shows ${(await keys()).slice(0, 3)}…, the API ${wanted.slice(0, 3)}…`);
  });
  mustEqual(await read("records-total"), String(page.total), `the count: ${what}`);
  return page;
}

/** The run under way is after so many pages. */
async function pagesSeen(least, person = ana) {
  return until(`${least} pages on the card`, async () => {
    const [, pages, found] = /(\d+) pages?, (\d+) records?/.exec(await read("progress-demo-market", person)) ?? [];
    return Number(pages) >= least && { pages: Number(pages), records: Number(found) };
  }, 40);
}

/** What the card says of the last run, once it says something of it. */
async function ended(outcome) {
  await ana.page.locator(`[data-testid="last-run-demo-market"][data-outcome="${outcome}"]`).waitFor({ timeout: 90_000 });
  return read("last-run-demo-market");
}

/** The file that a button gives. */
async function download(form) {
  const [file] = await Promise.all([ana.page.waitForEvent("download"), ana.press(`download-${form}`)]);
  mustEqual(file.suggestedFilename(), `demo-market-products.${form}`, "the file's name");
  return readFileSync(await file.path(), "utf8");
}

/** Wide and light, narrow and dark: axe finds nothing, and nothing hangs over the edge. The other ways are in accessibility.mjs. */
async function looksWell(name) {
  const wrong = [];
  const wide = ana.page.viewportSize();
  for (const [colorScheme, viewport] of [["light", wide], ["dark", { width: 320, height: 720 }]]) {
    await ana.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await ana.page.setViewportSize(viewport);
    const found = [...(await violations(ana.page)), ...(await ana.page.evaluate(sideways)), ...(await ana.page.evaluate(tooSmall, 24))];
    wrong.push(...found.map((one) => `${colorScheme}, ${viewport.width} px: ${one}`));
    await screenshot(`${name}-${colorScheme}-${viewport.width}`);
  }
  await ana.page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  await ana.page.setViewportSize(wide);
  must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 8).join("; ")}`);
}

async function watching() {
  await step("a scrape is followed: pages, records, the rate, and a bar that knows nothing of the end yet", async () => {
    await slowly();
    await ana.press("scrape-demo-market");
    await pagesSeen(2);
    await until("a rate", async () => /\d records\/s/.test(await read("pace-demo-market")));
    mustEqual(await ana.at("progress-demo-market").locator("[data-known]").count(), 0, "bars that know the end");
    await until("rows while it goes on", async () => (await keys()).length > 10);
  });
  await step("a reload finds it again, with its rate at once; a second tab shows the same", async () => {
    const { id } = await lastRun();
    await ana.page.reload();
    const seen = await pagesSeen(2);
    mustEqual(await ana.at("progress-demo-market").getAttribute("data-run"), id, "the run");
    // Of what comes from now on, two pages would be needed: the first one is too early for a rate.
    await until("its rate", async () => /records\/s/.test(await read("pace-demo-market")));
    const { pages } = await pagesSeen(1);
    must(pages <= seen.pages + 1, `the rate was there only after page ${pages}`);
    const second = await new Person(browser, service).sit();
    try {
      await second.open();
      await pagesSeen(seen.pages, second);
      mustEqual(await second.at("progress-demo-market").getAttribute("data-run"), id, "the run in the second tab");
    } finally {
      await second.leave();
    }
  });
  await step("the network is lost and comes back: what happened meanwhile is there", async () => {
    await ana.context.setOffline(true);
    await ana.at("lost").waitFor();
    await until("its end", async () => (await lastRun()).status === "finished", 60);
    await ana.context.setOffline(false);
    const words = await ended("ok");
    must(words.includes(`${PRODUCTS} records of products`) && words.includes("7 pages"), `it says: ${words}`);
    await ana.at("lost").waitFor({ state: "detached" });
    await shows("", "all records, in the site's order");
  });
  await step("the next one knows how many there will be, and how long it takes", async () => {
    await ana.press("scrape-demo-market");
    await pagesSeen(2);
    await until("the time left", async () => /left/.test(await read("pace-demo-market")));
    mustEqual(await ana.at("progress-demo-market").locator("[data-known]").count(), 1, "bars that know the end");
    await screenshot("running");
  });
  await step("Stop: it ends, and what was read is said to be kept", async () => {
    await ana.press("stop-demo-market");
    const words = await ended("cancelled");
    must(/was stopped/.test(words) && /after page \d: \d+ records read by then are kept/.test(words), `it says: ${words}`);
    mustEqual((await lastRun()).outcome, "cancelled", "the outcome");
  });
  await step("“Go on from there” does, and ends with everything", async () => {
    const stopped = await lastRun();
    await slowly(0);
    await ana.press("resume-demo-market");
    await ended("ok");
    const run = await lastRun();
    // The card said so of no other run: the one before was stopped.
    mustEqual([run.continues, run.outcome, run.progress.records], [stopped.id, "ok", PRODUCTS], "the run that went on");
  });
}

async function table() {
  await step("each column sorts, up and down and not, as the API does; the order goes on over the pages", async () => {
    for (const name of ["name", "price", "rating"]) {
      await ana.press(`sort-${name}`);
      await shows(`sort=${name}`, `by ${name}`);
      mustEqual(await ana.at(`sort-${name}`).locator("xpath=..").getAttribute("aria-sort"), "ascending", "what is heard of it");
      await ana.press(`sort-${name}`);
      await shows(`sort=-${name}`, `by ${name}, the other way`);
      await ana.press(`sort-${name}`);
      await shows("", "in the site's order again");
    }
    await ana.press("sort-name");
    const first = await shows("sort=name", "by name");
    await ana.press("records-next");
    await shows(`sort=name&cursor=${encodeURIComponent(first.next)}`, "the second page by name");
    must(/^26–50 of 137$/.test((await ana.at("records").locator(".pager span").innerText()).trim()), "the pager");
    await ana.press("records-previous");
    await shows("sort=name", "the first page again");
  });
  await step("a search finds what holds the words, without case and accents; nothing found is said", async () => {
    await ana.at("records-search").fill("vídeo");
    const found = await shows("q=v%C3%ADdeo&sort=name", "found");
    must(found.total > 0 && found.total < PRODUCTS, `it finds ${found.total}`);
    const plain = await records("stream=products&q=VIDEO");
    mustEqual(plain.total, found.total, "found without the accent");
    await ana.at("records-search").fill("no such thing");
    await until("nothing found is said", async () => (await read("records-empty")).includes("Nothing holds “no such thing”"));
    await looksWell("nothing-found");
  });
  await step("CSV, JSON and NDJSON are what the API gives for what is shown", async () => {
    await ana.at("records-search").fill("vídeo");
    await shows("q=v%C3%ADdeo&sort=name", "found");
    const wanted = (await records("stream=products&limit=1000&q=v%C3%ADdeo&sort=name")).records;
    const response = await fetch(`${service.url}/api/connections/${connection}/records?stream=products&format=csv&q=v%C3%ADdeo&sort=name`);
    const csv = await download("csv");
    mustEqual(csv, await response.text(), "the CSV");
    mustEqual(csv.trimEnd().split("\r\n").length, wanted.length + 1, "its lines");
    mustEqual(JSON.parse(await download("json")), wanted, "the JSON");
    const lines = (await download("ndjson")).trimEnd().split("\n");
    mustEqual(lines.map((line) => JSON.parse(line)), wanted, "the NDJSON");
    await ana.at("records-search").fill("");
    await ana.press("sort-name");
    await ana.press("sort-name");
    await shows("", "all again");
  });
  await step("by keyboard: search, sort and turn the page", async () => {
    await ana.at("records-search").focus();
    await ana.page.keyboard.type("a");
    await shows("q=a", "what was typed is searched for");
    await ana.page.keyboard.press("Backspace");
    await shows("", "all again");
    await ana.at("sort-name").focus();
    await ana.page.keyboard.press("Enter");
    await shows("sort=name", "by name");
    await ana.at("records-next").focus();
    await ana.page.keyboard.press("Enter");
    await until("the focus is at the table's head", () => ana.page.evaluate(() => document.activeElement?.id === "records-title"));
    await ana.press("sort-name");
    await ana.press("sort-name");
    await shows("", "all again");
  });
}

async function changes() {
  await step("the definition reads one field otherwise, and the site has seven products less: a run sees both", async () => {
    const { version } = { version: (await lastRun()).providerVersion };
    const file = path.join(service.folder, "providers", "demo-market.toml");
    const text = readFileSync(file, "utf8");
    const changed = text.replace('category           = { path = "$.product.category" }', 'category           = { path = "$.product.category", pipe = ["lower"] }');
    must(changed !== text, "the definition has no such line");
    writeFileSync(file, changed);
    await market.control("POST", "/mode", { products: 130 });
    await until("a run with the new definition", async () => {
      mustEqual((await service.api("POST", "/scraper/demo-market/scrape")).status, 200, "the scrape");
      return (await lastRun()).providerVersion !== version;
    });
  });
  await step("what changed is marked, and what is gone; each says since when", async () => {
    await until("marks", async () => (await ana.at("changed").count()) >= 20);
    await ana.at("records-which").selectOption("there");
    await shows("missing=false", "what is still there");
    mustEqual(await read("records-total"), "130", "how many");
    await ana.at("records-which").selectOption("all");
    await ana.press("sort-changedAt");
    await shows("sort=-changedAt", "the newest changes first");
    const gone = (await records("stream=products&limit=1000&sort=lastSeen")).records.filter(({ missingSince }) => missingSince);
    mustEqual(gone.length, 7, "gone by the API");
    await ana.press("sort-lastSeen");
    await ana.press("sort-lastSeen");
    await shows("sort=lastSeen", "the oldest sightings first");
    mustEqual(await ana.at("records-table").locator('[data-mark="gone"]').count(), 7, "marked as gone");
    await looksWell("changed-and-gone");
  });
  await step("“Changed” opens what it was before, and Escape closes it", async () => {
    await ana.press("sort-changedAt");
    const [first] = (await shows("sort=-changedAt", "the newest changes first")).records;
    await ana.at("changed").first().click();
    await ana.at("change").first().waitFor();
    const text = await read("changes");
    const { json } = await service.api("GET", `/connections/${connection}/records/history?stream=products&key=${encodeURIComponent(first.key)}`);
    for (const part of [first.data.name, json.changes[0].before.category, first.data.category, "First seen."]) {
      must(text.includes(part), `it does not say “${part}”: ${text}`);
    }
    await looksWell("what-changed");
    await ana.page.keyboard.press("Escape");
    await ana.at("changes").waitFor({ state: "detached" });
    await until("the focus is back at its button", () => ana.page.evaluate(() => document.activeElement?.dataset.testid === "changed"));
    await market.control("POST", "/mode", { products: PRODUCTS });
  });
  await step("another stream is chosen: it is empty, is scraped, and has its own table", async () => {
    await ana.at("records-stream").selectOption("products_scroll");
    await until("it is said to be empty", async () => (await read("records-empty")) === "No products_scroll fetched yet.");
    await ana.at("stream-demo-market").selectOption("products_scroll");
    await ana.press("scrape-demo-market");
    await until("all of its records", async () => (await ana.at("records-total").count()) > 0 && (await read("records-total")) === String(PRODUCTS), 60);
    mustEqual((await keys()).length, 25, "its rows");
    await ended("ok");
    mustEqual((await lastRun()).stream, "products_scroll", "what was scraped");
    await ana.at("stream-demo-market").selectOption("products");
    await ana.at("records-stream").selectOption("products");
    await until("the table of before", async () => Number(await read("records-total")) >= PRODUCTS);
  });
}

async function reconnecting() {
  let broken;
  await step("the session ends in the middle of a run: the card says so, and by what it was seen", async () => {
    await slowly();
    await ana.press("scrape-demo-market");
    await pagesSeen(3);
    await market.control("POST", "/revoke");
    await ended("needs_reconnect");
    await ana.cardReads("Needs reconnect", "Reconnect");
    broken = await lastRun();
    must(broken.canBeContinued && broken.progress.pages >= 3 && broken.progress.pages < 7, JSON.stringify(broken));
    const [reason, words] = [await read("reason-demo-market"), await read("last-run-demo-market")];
    must(/sso\.demo\.localhost/.test(reason), `it does not say by what rule: ${reason}`);
    must(words.includes(`after page ${broken.progress.pages}: ${broken.progress.records} records`), `it does not say where: ${words}`);
    mustEqual(await read("continue-demo-market"), "Reconnect and continue", "the button");
    await looksWell("needs-reconnect");
    await slowly(0);
  });
  await step("“Reconnect and continue” opens the modal; a reload in the middle of the login forgets nothing", async () => {
    await ana.press("continue-demo-market");
    await ana.inModal("modal").waitFor();
    await ana.picture();
    await ana.page.reload();
    await ana.inModal("modal").waitFor();
    await ana.logIn();
  });
  await step(`once saved, the run goes on by itself, with what it had, and ends with ${PRODUCTS} records`, async () => {
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    const words = await ended("ok");
    must(words.includes(`${PRODUCTS} records of products`), `it says: ${words}`);
    const run = await lastRun();
    mustEqual([run.continues, run.outcome, run.complete, run.progress.records], [broken.id, "ok", true, PRODUCTS], "the run");
    const { total } = await records(`stream=products&run=${run.id}`);
    mustEqual(total, PRODUCTS, "its records");
  });
  await step("a scrape finds the session working", async () => {
    mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape"));
  });
}

async function history() {
  await step("the runs are listed: outcome, evidence, how long, source, definition", async () => {
    for (let n = 0; n < 6; n += 1) {
      const { json } = await service.api("POST", "/scraper/demo-market/scrape?wait=0");
      await service.api("POST", `/scraper/runs/${json.id}/cancel`);
    }
    await ana.press("view-runs");
    await ana.at("runs-table").waitFor();
    const all = (await service.api("GET", `/scraper/runs?connection=${connection}&limit=100`)).json.runs;
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
    for (const part of ["has ended the session", "capture", "products"]) must(text.includes(part), `the run does not say “${part}”: ${text}`);
    mustEqual(await row.getByTestId("run-continue").count(), 0, "ways to continue what was continued");
    await looksWell("runs");
  });
  await step("“Its records” shows what that run saw, and “Show all” everything", async () => {
    const row = ana.at("runs-table").locator('tbody tr[data-outcome="needs_reconnect"]');
    const id = await row.getAttribute("data-run");
    await row.getByTestId("run-records").click();
    await ana.at("records-of-run").waitFor();
    await shows(`run=${id}`, "what the run saw");
    await ana.at("records-of-run").getByRole("button", { name: "Show all" }).click();
    await shows("", "everything");
  });
  await step("a run that cannot be continued says why, and offers a new one", async () => {
    await slowly();
    const { json } = await service.api("POST", "/scraper/demo-market/scrape?wait=0");
    await ana.press("view-runs");
    await ana.at("runs-table").locator('tbody tr[data-outcome="cancelled"]').getByTestId("run-continue").first().click();
    await ana.at("problem").waitFor();
    const text = await read("problem");
    must(text.includes("That run cannot be continued") && text.includes(`${json.id} is under way`), `it says: ${text}`);
    await service.api("POST", `/scraper/runs/${json.id}/cancel`);
    await slowly(0);
    await ana.at("problem").getByRole("button", { name: "Scrape anew" }).click();
    await ended("ok");
    mustEqual((await lastRun()).continues, null, "what it goes on with");
  });
}

async function run() {
  await step("a marketplace, and a service beside it", async () => {
    await market.start();
    service = new Service(path.join(OUT, "service.log"), market, {});
    await service.start();
    browser = await openBrowser();
    ana = await new Person(browser, service).sit();
  });
  await step("Ana connects", async () => {
    await ana.open();
    await ana.openModal();
    await ana.logIn();
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    connection = (await service.api("GET", "/connections")).json.connections[0].id;
  });
  await watching();
  await table();
  await changes();
  await reconnecting();
  await history();
  await scheduling({ ana, service, market, connection, step, looksWell });
  await step("no error in the page, and the service stops in order", async () => {
    mustEqual(ana.errors, [], "errors");
    await ana.leave();
    must(await service.stop(), "it did not end by itself within 20 seconds");
    await until("everything that it started ends", () => service.processes().length === 0, 10);
  });
}

await steps.play(run, {
  failed: async () => {
    if (ana?.page && !ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the logs are in ${OUT}`);
  },
  end: async () => {
    await browser?.close().catch(() => undefined);
    await service?.clear();
    await market.clear();
  },
});
