// Records are sorted, searched, taken away as files, and show what changed.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { PRODUCTS } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/table");
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "table.log"), market);
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
  await ana.press("scrape-demo-market");
  await ana.ended("ok");
  await ana.shows("", "all records, in the site's order");
});

test("each column sorts, up and down and not, as the API does; the order goes on over the pages", async () => {
  for (const name of ["name", "price", "rating"]) {
    await ana.press(`sort-${name}`);
    await ana.shows(`sort=${name}`, `by ${name}`);
    mustEqual(await ana.at(`sort-${name}`).locator("xpath=..").getAttribute("aria-sort"), "ascending", "what is heard of it");
    await ana.press(`sort-${name}`);
    await ana.shows(`sort=-${name}`, `by ${name}, the other way`);
    await ana.press(`sort-${name}`);
    await ana.shows("", "in the site's order again");
  }
  await ana.press("sort-name");
  const first = await ana.shows("sort=name", "by name");
  await ana.press("records-next");
  await ana.shows(`sort=name&cursor=${encodeURIComponent(first.next)}`, "the second page by name");
  must(/^26–50 of 137$/.test((await ana.at("records").locator(".pager span").innerText()).trim()), "the pager");
  await ana.press("records-previous");
  await ana.shows("sort=name", "the first page again");
});

test("a search finds what holds the words, without case and accents; nothing found is said", async () => {
  await ana.at("records-search").fill("vídeo");
  const found = await ana.shows("q=v%C3%ADdeo&sort=name", "found");
  must(found.total > 0 && found.total < PRODUCTS, `it finds ${found.total}`);
  const plain = await ana.records("stream=products&q=VIDEO");
  mustEqual(plain.total, found.total, "found without the accent");
  await ana.at("records-search").fill("no such thing");
  await until("nothing found is said", async () => (await ana.read("records-empty")).includes("Nothing holds “no such thing”"));
  await ana.looksWell("nothing-found");
});

test("CSV, JSON and NDJSON are what the API gives for what is shown", async () => {
  await ana.at("records-search").fill("vídeo");
  await ana.shows("q=v%C3%ADdeo&sort=name", "found");
  const wanted = (await ana.records("stream=products&limit=1000&q=v%C3%ADdeo&sort=name")).records;
  const response = await fetch(`${service.url}/api/connections/${ana.connection}/records?stream=products&format=csv&q=v%C3%ADdeo&sort=name`);
  const csv = await ana.download("csv");
  mustEqual(csv, await response.text(), "the CSV");
  mustEqual(csv.trimEnd().split("\r\n").length, wanted.length + 1, "its lines");
  mustEqual(JSON.parse(await ana.download("json")), wanted, "the JSON");
  const lines = (await ana.download("ndjson")).trimEnd().split("\n");
  mustEqual(lines.map((line) => JSON.parse(line)), wanted, "the NDJSON");
  await ana.at("records-search").fill("");
  await ana.press("sort-name");
  await ana.press("sort-name");
  await ana.shows("", "all again");
});

test("by keyboard: search, sort and turn the page", async () => {
  await ana.at("records-search").focus();
  await ana.page.keyboard.type("a");
  await ana.shows("q=a", "what was typed is searched for");
  await ana.page.keyboard.press("Backspace");
  await ana.shows("", "all again");
  await ana.at("sort-name").focus();
  await ana.page.keyboard.press("Enter");
  await ana.shows("sort=name", "by name");
  await ana.at("records-next").focus();
  await ana.page.keyboard.press("Enter");
  await until("the focus is at the table's head", () => ana.page.evaluate(() => document.activeElement?.id === "records-title"));
  await ana.press("sort-name");
  await ana.press("sort-name");
  await ana.shows("", "all again");
});

test("the definition reads one field otherwise, and the site has seven products less: a run sees both", async () => {
  const { providerVersion } = await ana.lastRun();
  const file = path.join(service.folder, "providers", "demo-market.toml");
  const text = readFileSync(file, "utf8");
  const changed = text.replace('category           = { path = "$.product.category" }', 'category           = { path = "$.product.category", pipe = ["lower"] }');
  must(changed !== text, "the definition has no such line");
  writeFileSync(file, changed);
  await service.control("POST", "/mode", { products: 130 });
  await until("a run with the new definition", async () => {
    mustEqual((await service.api("POST", "/scraper/demo-market/scrape?wait=90")).status, 200, "the scrape");
    return (await ana.lastRun()).providerVersion !== providerVersion;
  }, 90); // Each look is a scrape.
});

test("what changed is marked, and what is gone; each says since when", async () => {
  await until("marks", async () => (await ana.at("changed").count()) >= 20);
  await ana.at("records-which").selectOption("there");
  await ana.shows("missing=false", "what is still there");
  mustEqual(await ana.read("records-total"), "130", "how many");
  await ana.at("records-which").selectOption("all");
  await ana.press("sort-changedAt");
  await ana.shows("sort=-changedAt", "the newest changes first");
  const gone = (await ana.records("stream=products&limit=1000&sort=lastSeen")).records.filter(({ missingSince }) => missingSince);
  mustEqual(gone.length, 7, "gone by the API");
  await ana.press("sort-lastSeen");
  await ana.press("sort-lastSeen");
  await ana.shows("sort=lastSeen", "the oldest sightings first");
  mustEqual(await ana.at("records-table").locator('[data-mark="gone"]').count(), 7, "marked as gone");
  await ana.looksWell("changed-and-gone");
});

test("“Changed” opens what it was before, and Escape closes it", async () => {
  await ana.press("sort-changedAt");
  const [first] = (await ana.shows("sort=-changedAt", "the newest changes first")).records;
  await ana.at("changed").first().click();
  await ana.at("change").first().waitFor();
  const text = await ana.read("changes");
  const { json } = await service.api("GET", `/connections/${ana.connection}/records/history?stream=products&key=${encodeURIComponent(first.key)}`);
  for (const part of [first.data.name, json.changes[0].before.category, first.data.category, "First seen."]) {
    must(text.includes(part), `it does not say “${part}”: ${text}`);
  }
  await ana.looksWell("what-changed");
  await ana.page.keyboard.press("Escape");
  await ana.at("changes").waitFor({ state: "detached" });
  await until("the focus is back at its button", () => ana.page.evaluate(() => document.activeElement?.dataset.testid === "changed"));
  await service.control("POST", "/mode", { products: PRODUCTS });
});

test("another stream is chosen: it is empty, is scraped, and has its own table", async () => {
  await ana.at("records-stream").selectOption("products_scroll");
  await until("it is said to be empty", async () => (await ana.read("records-empty")) === "No products_scroll fetched yet.");
  await ana.at("stream-demo-market").selectOption("products_scroll");
  await ana.press("scrape-demo-market");
  await until("all of its records", async () => (await ana.at("records-total").count()) > 0 && (await ana.read("records-total")) === String(PRODUCTS), 60);
  mustEqual((await ana.keys()).length, 25, "its rows");
  await ana.ended("ok");
  mustEqual((await ana.lastRun()).stream, "products_scroll", "what was scraped");
  await ana.at("stream-demo-market").selectOption("products");
  await ana.at("records-stream").selectOption("products");
  await until("the table of before", async () => Number(await ana.read("records-total")) >= PRODUCTS);
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
