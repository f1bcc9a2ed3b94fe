// One of the others, as a process of its own: reads all products once, as fast as it can, and says how long that took. It goes on
// living until it is told to end, so that what it spent can be read.
//
//   node other.mjs cheerio|crawlee-playwright|playwright URL STATE-FILE

import { readFileSync } from "node:fs";
import { CheerioCrawler, Configuration, log } from "@crawlee/cheerio";
import { PlaywrightCrawler } from "@crawlee/playwright";
import { chromium } from "playwright";
import { isAnswer, ofCard, ofItem } from "./definition.mjs";

const [how, url, stateFile] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, "utf8"));
const records = new Map();
const keep = (record) => records.set(record.ucode, record);
log.setLevel(log.LEVELS.OFF);
/** Names below .localhost are this computer; the system's resolver often does not know that. */
const here = (_host, options, callback) => (options.all ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4));
/** Nothing on the disk, no log, no look at the machine's load: the fastest that it can be. */
const configuration = new Configuration({ persistStorage: false, availableMemoryRatio: 1, purgeOnStart: false });
const browser = {
  executablePath: process.env.CHROMIUM_PATH || "/usr/bin/chromium",
  headless: true,
  chromiumSandbox: process.getuid?.() !== 0,
};
const without = /\.(png|jpe?g|gif|webp|svg|woff2?|mp4)(\?|$)/;

/** Before the first page is opened: its answer must not be missed. */
async function prepared(page) {
  await page.route(without, (route) => route.abort());
  const first = page.waitForResponse(isAnswer);
  return { first };
}

/** Through all pages by pressing "next", as a person does; reads the answer behind each. */
async function through(page, first) {
  let answer = first;
  for (;;) {
    const body = await (await answer).json();
    body.content.map(ofItem).forEach(keep);
    if (body.last) return;
    answer = page.waitForResponse(isAnswer);
    await page.click("a.pagination-next");
  }
}

const sides = {
  async cheerio() {
    const cookies = state.cookies.filter(({ domain }) => new URL(url).hostname.endsWith(domain.replace(/^\./, "")));
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const crawler = new CheerioCrawler(
      {
        minConcurrency: 1,
        maxConcurrency: 1,
        sameDomainDelaySecs: 0,
        useSessionPool: false,
        preNavigationHooks: [(_context, options) => void Object.assign(options, { headers: { ...options.headers, cookie }, dnsLookup: here })],
        async requestHandler({ $, request, addRequests }) {
          for (const card of $(".product-card")) keep(ofCard($, card));
          const next = $("a[rel=next]").attr("href");
          if (next) await addRequests([new URL(next, request.loadedUrl).href]);
        },
      },
      configuration,
    );
    await crawler.run([`${url}/market/list?page=1`]);
  },

  async "crawlee-playwright"() {
    const waiting = new Map();
    const crawler = new PlaywrightCrawler(
      {
        minConcurrency: 1,
        maxConcurrency: 1,
        useSessionPool: false,
        requestHandlerTimeoutSecs: 3600,
        // Crawlee puts a proxy of its own between, whose resolver does not know these names; without it, it is faster, too.
        launchContext: { launcher: chromium, launchOptions: { ...browser, proxy: { bypass: "*.localhost" } }, useIncognitoPages: true },
        browserPoolOptions: { useFingerprints: false },
        preNavigationHooks: [
          async ({ page, request }) => {
            // The session, put into the page's own context.
            await page.context().addCookies(state.cookies);
            await page.addInitScript((origins) => {
              const ours = origins.find(({ origin }) => origin === location.origin);
              for (const { name, value } of ours?.localStorage ?? []) if (localStorage.getItem(name) === null) localStorage.setItem(name, value);
            }, state.origins);
            waiting.set(request.id, await prepared(page));
          },
        ],
        failedRequestHandler: ({ page }, error) => console.error(`at ${page?.url()}:`, error),
        requestHandler: ({ page, request }) => through(page, waiting.get(request.id).first),
      },
      configuration,
    );
    await crawler.run([`${url}/market/search?page=1`]);
  },

  async playwright() {
    const launched = await chromium.launch(browser);
    const context = await launched.newContext({ storageState: state });
    const page = await context.newPage();
    const { first } = await prepared(page);
    await page.goto(`${url}/market/search?page=1`);
    await through(page, first);
    await launched.close();
  },
};

const began = performance.now();
await sides[how]();
const seconds = (performance.now() - began) / 1000;
process.send({ seconds, records: [...records.values()] });
process.on("disconnect", () => process.exit());
