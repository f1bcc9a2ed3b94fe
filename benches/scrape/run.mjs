// Scraping against Crawlee and a plain Playwright script: the same site, session, records and concurrency (one page at a time),
// taking turns in one run. Records a second, processor time and memory; and fetch against a browser. Where two sides do not find the
// same records nothing is measured, and this ends with 1.
//
//   script/bench scrape [--products N] [--rounds N] [--browser-rounds N]

import { fork } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { Person, openBrowser } from "../../tests/page/support/person.mjs";
import { Server, Service } from "../../tests/page/support/server.mjs";
import { median, round, spread } from "../live-view/measure.mjs";
import { definition } from "./definition.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const { values } = parseArgs({
  options: { products: { type: "string", default: "10000" }, rounds: { type: "string", default: "3" }, "browser-rounds": { type: "string", default: "1" }, only: { type: "string" } },
});
const PRODUCTS = Number(values.products);
const OUT = path.resolve(process.env.CARGO_TARGET_DIR ?? "target", "bench-scrape");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

class Market extends Server {
  profile = "release";
}

/**
 * What a process and all below it spend from now on: the most memory at a look (what they share is counted in parts), and processor
 * time. Some end on the way, a browser among them: what they had spent by the last look at them counts.
 */
class Spending {
  memory = 0;
  before = new Map();
  last = new Map();

  constructor(root) {
    this.root = root;
    for (const { pid, ticks } of below(root)) this.before.set(pid, ticks);
    this.timer = setInterval(() => this.look(), 250);
    this.look();
  }

  look() {
    const all = below(this.root);
    for (const { pid, ticks } of all) this.last.set(pid, ticks);
    this.memory = Math.max(this.memory, all.reduce((sum, { pid }) => sum + pssOf(pid), 0) / 1024);
  }

  end() {
    clearInterval(this.timer);
    this.look();
    const ticks = [...this.last].reduce((sum, [pid, ticks]) => sum + ticks - (this.before.get(pid) ?? 0), 0);
    return { cpu: ticks / 100, memory: this.memory }; // USER_HZ is 100 on Linux.
  }
}

function pssOf(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // It has just ended.
  }
}

/** The processes of a tree, and what each has spent itself. */
function below(root) {
  const [children, ticks] = [new Map(), new Map()];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      ticks.set(Number(name), Number(fields[11]) + Number(fields[12]));
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has just ended.
    }
  }
  const all = (pid) => [{ pid, ticks: ticks.get(pid) ?? 0 }, ...(children.get(pid) ?? []).flatMap(all)];
  return all(root);
}

const market = new Market(path.join(OUT, "market.log"));
let service, person, browser;
const stateFile = path.join(OUT, "state.json");

/** The same login for the others: a session that a plain browser was given. */
async function logInPlainly() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${appUrl()}/market`);
  await page.fill("#username", market.account.email);
  await page.fill("#password", market.account.password);
  await page.press("#password", "Enter");
  await page.waitForSelector("#code");
  await page.fill("#code", (await market.control("GET", "/totp")).code);
  await page.press("#code", "Enter");
  await page.waitForSelector(".account-name");
  writeFileSync(stateFile, JSON.stringify(await context.storageState({ indexedDB: true })), { mode: 0o600 });
  await context.close();
}

const appUrl = () => `http://app.demo.localhost:${new URL(market.marketUrl).port}`;

async function ours(stream) {
  const pid = service.child.pid;
  const spending = new Spending(pid);
  const began = performance.now();
  const { json: started } = await service.api("POST", "/scraper/demo-market/scrape?wait=0", { body: { stream } });
  let run = started;
  // The end is told by the run's own stream; reading it to its end is waiting for it.
  const events = await fetch(`${service.url}/api/scraper/runs/${started.id}/events`, { headers: { accept: "text/event-stream" } });
  for await (const _part of events.body);
  const seconds = (performance.now() - began) / 1000;
  const spent = spending.end();
  ({ json: run } = await service.api("GET", `/scraper/runs/${started.id}`));
  if (run.outcome !== "ok") throw new Error(`${stream}: the run ended as ${run.outcome}: ${run.message}`);
  const records = [];
  for (let cursor; cursor !== null; ) {
    const { json } = await service.api("GET", `/scraper/runs/${started.id}/records?limit=1000${cursor ? `&cursor=${cursor}` : ""}`);
    records.push(...json.records.map(({ data }) => data));
    cursor = json.next ?? null;
  }
  return { seconds, records, ...spent };
}

async function other(how) {
  const child = fork(path.resolve("benches/scrape/other.mjs"), [how, appUrl(), stateFile], { env: { ...process.env, CRAWLEE_STORAGE_DIR: path.join(OUT, "crawlee") } });
  const spending = new Spending(child.pid);
  const told = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`${how} ended with ${code} before it was done`)));
  });
  const spent = spending.end();
  child.removeAllListeners("exit");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  await ended;
  return { ...told, ...spent };
}

const sides = {
  "Staylogged fetch": () => ours("over_http"),
  "Crawlee CheerioCrawler": () => other("cheerio"),
  "Staylogged capture": () => ours("in_browser"),
  "Crawlee PlaywrightCrawler": () => other("crawlee-playwright"),
  "plain Playwright": () => other("playwright"),
};
const OVER_HTTP = ["Staylogged fetch", "Crawlee CheerioCrawler"];
const IN_BROWSER = ["plain Playwright", "Crawlee PlaywrightCrawler", "Staylogged capture"];

const results = new Map(Object.keys(sides).map((name) => [name, []]));
let expected;

/** The same set as everybody's, or nothing counts. */
function mustBeEqual(name, records) {
  const sorted = records.map(({ ucode, id, name: called, producer, price }) => [ucode, id, called, producer, price.amount, price.currency]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  expected ??= { name, sorted };
  if (sorted.length !== PRODUCTS) throw new Error(`${name} found ${sorted.length} records of ${PRODUCTS}`);
  const at = sorted.findIndex((record, place) => !isDeepStrictEqual(record, expected.sorted[place]));
  if (at >= 0) throw new Error(`${name} found ${JSON.stringify(sorted[at])} where ${expected.name} found ${JSON.stringify(expected.sorted[at])}`);
}

async function turn(names, rounds) {
  names = names.filter((name) => !values.only || name === values.only);
  for (let n = 0; n < rounds; n++) {
    for (const name of n % 2 ? [...names].reverse() : names) {
      const { records, ...seen } = await sides[name]();
      mustBeEqual(name, records);
      results.get(name).push({ ...seen, rate: records.length / seen.seconds });
      console.log(`  ${name}: ${round(seen.seconds)} s, processor ${round(seen.cpu)} s, memory ${round(seen.memory)} MiB`);
    }
  }
}

const of = (name, what) => results.get(name).map((one) => one[what]);

function tell() {
  console.log("\n                            records/s             processor s    memory MiB");
  for (const name of results.keys()) {
    console.log(`${name.padEnd(26)} ${String(round(median(of(name, "rate")))).padStart(7)} (${spread(of(name, "rate"))})`.padEnd(50) +
      `${String(round(median(of(name, "cpu")))).padStart(8)}      ${String(round(median(of(name, "memory")))).padStart(8)}`);
  }
  const ratio = (a, b, aim) => {
    const [mine, theirs] = [a, b].map((name) => median(of(name, "rate")));
    console.log(`${a} against ${b}: ${(mine / theirs).toFixed(2)} × (aim: at least ${aim} ×)`);
  };
  ratio("Staylogged fetch", "Crawlee CheerioCrawler", "1.0");
  ratio("Staylogged capture", "Crawlee PlaywrightCrawler", "1.0");
  ratio("Staylogged capture", "plain Playwright", "1.0");
  ratio("Staylogged fetch", "plain Playwright", "20");
  ratio("Staylogged fetch", "Staylogged capture", "20");
}

let failed = false;
try {
  await market.start();
  const definitions = { "demo-market": definition(new URL(market.marketUrl).port) };
  service = new Service(path.join(OUT, "server.log"), market, { definitions, profile: "release", variables: { RUST_LOG: "info" } });
  await service.start();
  await market.control("PATCH", "/mode", { products: PRODUCTS, repeats: false });
  browser = await openBrowser();
  person = await new Person(browser, service).sit();
  await person.open();
  await person.openModal();
  await person.logIn();
  await person.finish();
  await person.leave();
  await logInPlainly();
  await browser.close();
  browser = null;
  // Without the browsers of that login.
  await service.stop();
  await service.start();
  console.log(`${PRODUCTS} products, 20 a page, one page at a time; ${new Date().toISOString().slice(0, 10)}`);
  await turn(OVER_HTTP, Number(values.rounds));
  await turn(IN_BROWSER, Number(values["browser-rounds"]));
  if (!values.only) tell();
} catch (error) {
  failed = true;
  console.error(`scrape: ${error.stack}`);
} finally {
  await browser?.close();
  rmSync(stateFile, { force: true });
  await service?.clear();
  await market.clear();
}
process.exit(failed ? 1 : 0);
