// A person at the card and the records of their connection, who knows what the API says of the same.

import { readFileSync } from "node:fs";
import { sideways, tooSmall, violations } from "../support/looks.mjs";
import { Person } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

/** How late the market answers while a run is to be watched. */
const SLOWLY_MS = 1500;

export class RecordsPerson extends Person {
  /** @param pictures of their page, taken in the order of the story */
  constructor(browser, service, pictures) {
    super(browser, service);
    this.pictures = pictures;
  }

  /** Opens the page, at a service that has a session of theirs. */
  async isConnected() {
    await this.open();
    await this.cardReads("Connected");
    /** The id of their connection. */
    this.connection = (await this.server.api("GET", "/connections")).json.connections[0].id;
  }

  // --- What the API says -----------------------------------------------------------------------------------------------

  async runs(limit = 20) {
    return (await this.server.api("GET", `/scraper/runs?connection=${this.connection}&limit=${limit}`)).json.runs;
  }

  async lastRun() {
    return (await this.runs())[0];
  }

  async records(query = "") {
    return (await this.server.api("GET", `/connections/${this.connection}/records?${query}`)).json;
  }

  /** The market answers late from now on; with 0, at once. */
  async slowly(ms = SLOWLY_MS) {
    await this.server.control("POST", "/mode", { slowMs: ms });
  }

  // --- What the page shows ---------------------------------------------------------------------------------------------

  async read(testId) {
    return (await this.at(testId).innerText()).trim();
  }

  /** The keys of the rows, in their order. */
  keys() {
    return this.at("records-table").locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
  }

  /** The table shows this page of the API's. */
  async shows(query, what) {
    const page = await this.records(`stream=products&limit=25&${query}`);
    const wanted = page.records.map(({ key }) => key);
    const seen = async () => JSON.stringify([await this.read("records-total"), await this.keys()]);
    await until(what, async () => (await seen()) === JSON.stringify([String(page.total), wanted])).catch(async (error) => {
      throw new Error(`${error.message}: it shows ${(await seen()).slice(0, 80)}…, the API has ${page.total}: ${wanted.slice(0, 3)}…`);
    });
    return page;
  }

  /** The run under way is after so many pages. */
  async pagesSeen(least) {
    return until(`${least} pages on the card`, async () => {
      const [, pages, found] = /(\d+) pages?, (\d+) records?/.exec(await this.read("progress-demo-market")) ?? [];
      return Number(pages) >= least && { pages: Number(pages), records: Number(found) };
    }, 40);
  }

  /** What the card says of the last run, once it says something of it. */
  async ended(outcome) {
    await this.page.locator(`[data-testid="last-run-demo-market"][data-outcome="${outcome}"]`).waitFor({ timeout: 90_000 });
    return this.read("last-run-demo-market");
  }

  /** The text of the file that a button gives. */
  async download(form) {
    const [file] = await Promise.all([this.page.waitForEvent("download"), this.press(`download-${form}`)]);
    mustEqual(file.suggestedFilename(), `demo-market-products.${form}`, "the file's name");
    return readFileSync(await file.path(), "utf8");
  }

  /** Wide and light, narrow and dark: axe finds nothing, and nothing hangs over the edge. The other ways are in accessibility/. */
  async looksWell(name) {
    const wrong = [];
    const wide = this.page.viewportSize();
    for (const [colorScheme, viewport] of [["light", wide], ["dark", { width: 320, height: 720 }]]) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await this.page.setViewportSize(viewport);
      const found = [...(await violations(this.page)), ...(await this.page.evaluate(sideways)), ...(await this.page.evaluate(tooSmall, 24))];
      wrong.push(...found.map((one) => `${colorScheme}, ${viewport.width} px: ${one}`));
      await this.pictures.take(`${name}-${colorScheme}-${viewport.width}`, this.page, { fullPage: true });
    }
    await this.page.emulateMedia({ colorScheme: "light", reducedMotion: null });
    await this.page.setViewportSize(wide);
    must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 8).join("; ")}`);
  }

  /** Leaves the page, in which nothing went wrong, and the service ends by itself with everything that it started. */
  async leavesInOrder() {
    mustEqual(this.errors, [], "errors in the page");
    await this.leave();
    await this.server.stopsInOrder();
  }
}
