// What the stories about something that dies in the middle of a login have in common: a service apart from its marketplace, a
// session that is saved first, and what a person is told.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { Person, TITLES, WORDS } from "../support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { processesAt } from "../support/server.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

/** How soon, in seconds, the person must be told. */
export const TOLD_WITHIN = 10;
/** The account whose session is saved at the start; the logins that are disturbed are those of another one. */
const KEPT = "kept";

class FaultStory {
  constructor(name) {
    this.name = name;
    this.pictures = new Pictures(`faults/${name}`);
  }

  async start(browser, market) {
    this.service = new Service(path.join(outputFolder(`faults/${this.name}`), "service.log"), market);
    await this.service.start();
    this.ana = await new Person(browser, this.service).sit();
  }

  async end() {
    await this.ana?.leave();
    await this.service?.clear();
  }

  async saveASession() {
    const { ana, service } = this;
    await service.api("POST", "/integrations/demo-market/connect", { body: { account: KEPT } });
    await ana.open();
    await ana.cardReads("Connecting", "Continue");
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.logIn();
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
  }

  async savedStillScrapes() {
    mustBeAllProducts(await this.service.api("POST", "/scraper/demo-market/scrape", { body: { account: KEPT } }));
  }

  /** The card is that of the account that was asked for last. */
  async turnToAnotherAccount() {
    const { ana, service } = this;
    const { json } = await service.api("POST", "/integrations/demo-market/connect");
    await service.api("POST", `/logins/${json.login.id}/cancel`);
    await until("the login's browser goes", () => service.headedBrowsers().length === 0);
    await ana.cardReads("Not connected", "Connect");
  }

  async login() {
    const { json } = await this.service.api("GET", "/integrations");
    return json.integrations.find(({ provider }) => provider.id === "demo-market").login;
  }

  /** What the headed browser is made of, and the folder that all of it lives in. */
  headedBrowser() {
    const browsers = this.service.headedBrowsers();
    mustEqual(browsers.length, 1, "headed browsers");
    const [, room] = /--user-data-dir=(\S*?\/staylogged-browser-[^/\s]+)/.exec(browsers[0].command);
    const all = processesAt(room);
    const one = (what, is) => {
      const found = all.filter(({ command }) => is(command));
      mustEqual(found.length, 1, `processes that are ${what}`);
      return found[0];
    };
    return {
      room,
      chromium: browsers[0],
      driver: one("the driver", (command) => command.includes("playwright-core/cli.js")),
      display: one("the display", (command) => /^\S*Xvfb /.test(command)),
    };
  }

  /** To the middle of a login: the password is given, the site asks for the code. */
  async toTheMiddle() {
    const { ana } = this;
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login);
    await ana.acceptCookies();
    await ana.givePassword();
    this.before = { login: await this.login(), ...this.headedBrowser() };
  }

  /** The modal says what happened, in words, and offers to try again. */
  async isTold(words, pictureName) {
    const { ana } = this;
    const result = ana.inModal("result");
    await until(
      `the modal says “${words}”`,
      async () => (await result.isVisible()) && (await result.innerText()).includes(words),
      TOLD_WITHIN,
    ).catch(async (error) => {
      throw new Error(`${error.message}; it says “${await ana.inModal("modal").innerText({ timeout: 1000 }).catch(() => "nothing")}”`);
    });
    mustEqual((await ana.inModal("try-again").innerText()).trim(), "Try again", "the button");
    must(await ana.inModal("try-again").isEnabled(), "the button to try again cannot be pressed");
    await this.pictures.take(pictureName, ana.page);
  }

  /** The button leads to a new login, with a picture of the site. */
  async triesAgain() {
    const { ana, before } = this;
    await ana.inModal("try-again").click();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login);
    must((await this.login()).id !== before.login.id, "it is the same login as before");
    must(this.headedBrowser().room !== before.room, "it is the same browser as before");
  }

  async closes() {
    await this.ana.cancel();
    await until("the login's browser goes", () => this.service.headedBrowsers().length === 0);
    await this.ana.cardReads("Not connected", "Connect");
  }
}

/** Registers the tests with which such a story begins. */
export function begins(name) {
  const story = new FaultStory(name);
  test.beforeAll(({ market }) => market.reset());
  test.afterAll(() => story.end());

  test("the marketplace starts, and the service apart from it", ({ browser, market }) => story.start(browser, market));
  test("a session is saved first, by a login at the page", () => story.saveASession());
  test(`it scrapes: ${PRODUCTS} products`, () => story.savedStillScrapes());
  test("the card turns to another account, which is yet to be connected", () => story.turnToAnotherAccount());
  return story;
}

/** Registers the tests of what is left after the fault that `what` names. */
export function goesOn(story, what) {
  test(`“Try again” begins a login that gets its picture (${what})`, () => story.triesAgain());
  test(`the session that was saved before still scrapes, ${PRODUCTS} products (${what})`, () => story.savedStillScrapes());
  test(`the modal is closed, and the card is as before (${what})`, () => story.closes());
}

/** Registers the tests with which such a story ends. */
export function ends(story) {
  test("no error in the page", () => mustEqual(story.ana.errors, [], "errors"));
  test("the service stops in order, and nothing of it is left running", async () => {
    await story.service.stopsInOrder();
  });
}
