// What the stories about a bad network have in common: a person whose only way to the service is a line that can be cut, frozen,
// slow or stalling, and what that person sees of it.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { Person, TITLES, WORDS, codeOf } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { Line } from "./line.mjs";

/** The live view is to be back within a second; a machine that is busy with other tests may need longer. */
const BACK_WITHIN = 5;
/** What the live view says while its line is down. */
export const RECONNECTING = "Reconnecting…";

class NetworkStory {
  line = new Line();
  /** What `watchLine` told, newest last. */
  seen = [];

  constructor(name) {
    this.name = name;
    this.pictures = new Pictures(`network/${name}`);
  }

  async start(browser, market) {
    this.market = market;
    this.service = new Service(path.join(outputFolder(`network/${this.name}`), "service.log"), market);
    await this.service.start();
    await this.line.start(this.service.url);
    // To the person the service is where the line leads.
    const { marketUrl, account } = market;
    this.ana = await new Person(browser, { url: this.line.url, marketUrl, account }).sit();
    await this.ana.context.exposeBinding("__line", (_source, told) => this.seen.push(told));
    await this.ana.context.addInitScript(watchLine);
    await this.ana.open();
    await this.ana.cardReads("Not connected", "Connect");
  }

  async end() {
    this.line.end();
    await this.ana?.leave();
    await this.service?.clear();
  }

  async card() {
    const { json } = await this.service.api("GET", "/integrations");
    return json.integrations.find(({ provider }) => provider.id === "demo-market");
  }

  /** Neither the live view nor the modal says anything of the line any more. Seconds since `since` until `what` did not. */
  async isBack(since, what) {
    const { seen } = this;
    const wasLost = () => seen.findLast(({ at }) => at < since)?.[what] || seen.some((one) => one.at >= since && one[what]);
    await until(`the ${what} says that the line is down`, wasLost, BACK_WITHIN);
    await until("the live view is back", () => !seen.at(-1)?.view, BACK_WITHIN + 20);
    await until("the modal's line is back", () => !seen.at(-1)?.modal, BACK_WITHIN + 20);
    const { at } = seen[seen.findLastIndex((one) => one[what] !== "") + 1];
    must(at >= since, `the ${what} said that the line was back before it was`);
    return (at - since) / 1000;
  }

  async begin() {
    const { ana } = this;
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login, 60);
    await ana.acceptCookies();
  }

  /** What the site's log says of the forms that were sent since then, without those of a person who measured where its fields are. */
  async sent(sinceMs) {
    const { requests } = await this.market.control("GET", "/log");
    return requests
      .filter(({ atMs, userAgent }) => atMs > sinceMs && !userAgent.includes("Headless"))
      .filter(({ method, host, path: at }) => method === "POST" && host === "sso.demo.localhost" && at !== "/token")
      .map(({ path: at, status }) => `${at} ${status}`);
  }

  async lastRequest() {
    const { requests } = await this.market.control("GET", "/log");
    return Math.max(0, ...requests.map(({ atMs }) => atMs));
  }

  /** The next login is not to be found by what this one left. */
  async startOver() {
    const { connection } = await this.card();
    if (connection) {
      const { status } = await this.service.api("DELETE", `/connections/${connection.id}`);
      must(status < 300, `disconnecting answers ${status}`);
    }
    await this.market.control("POST", "/revoke");
    await this.ana.cardReads("Not connected", "Connect");
  }

  /** Types the first half, the fault strikes, and the person types on. */
  async typeAcross(strike, text, times) {
    const half = Math.ceil(text.length / 2);
    await this.ana.type(text.slice(0, half));
    await strike(this, () => this.ana.type(text.slice(half)), times);
  }
}

/** Of one fault: how long what it struck took to come back, each time. */
class Times {
  list = [];

  constructor(story) {
    this.story = story;
  }

  async back(since, what = "view") {
    const seconds = await this.story.isBack(since, what);
    this.list.push(seconds);
    must(seconds <= BACK_WITHIN, `the ${what} was back after ${seconds.toFixed(1)} s`);
  }
}

/** Writes down, with its time, each moment when the modal begins or ceases to say that the line is down. Runs in each frame. */
function watchLine() {
  let before = "";
  const look = () => {
    const seen = (selector) => Boolean(document.querySelector(selector)?.checkVisibility());
    const pill = document.querySelector('[data-testid="live-status"] .live-pill');
    const view = seen(".live[data-lost]") && pill?.checkVisibility() ? pill.innerText.trim() : "";
    const modal = seen('[data-testid="modal-lost"]') ? document.querySelector('[data-testid="modal-lost"]').innerText.trim() : "";
    const now = JSON.stringify([view, modal]);
    if (now !== before) window.__line({ at: Date.now(), view, modal });
    before = now;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** Registers the test with which such a story begins. */
export function begins(name) {
  const story = new NetworkStory(name);
  test.beforeAll(({ market }) => market.reset());
  test.afterEach(async ({}, testInfo) => {
    if (testInfo.status === testInfo.expectedStatus) return;
    await testInfo.attach("what was seen of the line", { body: JSON.stringify(story.seen.slice(-12)), contentType: "application/json" });
  });
  test.afterAll(() => story.end());

  test("the service starts, and a network before it", ({ browser, market }) => story.start(browser, market));
  return story;
}

/** Registers the tests with which such a story ends. */
export function ends(story) {
  test("no error in the page", () => mustEqual(story.ana.errors, [], "errors"));
  test("the server stops in order", async () => {
    await story.ana.leave();
    await story.service.stopsInOrder();
  });
}

/**
 * Registers the tests of a login in which a fault strikes in the middle of each text.
 * @param strike `(story, type, times)`: what happens; `type` types the rest of the text
 */
export function loginAcross(story, name, strike) {
  const times = new Times(story);
  let since;

  test(`a login is under way (${name})`, async () => {
    since = await story.lastRequest();
    await story.begin();
  });
  test(`e-mail and password, each with the fault in its middle: the site asks for the code (${name})`, async () => {
    const { ana, market } = story;
    await ana.clickIn("login", "#username");
    await story.typeAcross(strike, market.account.email, times);
    await ana.page.keyboard.press("Tab");
    await story.typeAcross(strike, market.account.password, times);
    await ana.page.keyboard.press("Enter");
    await ana.inFront(TITLES.code, 60);
  });
  test(`the code, with the fault in its middle: the login is detected (${name})`, async () => {
    const { ana, market } = story;
    await ana.clickIn("code", "#code");
    // The site takes it for 30 s more than it is shown, so it does not run out while the line is down.
    await story.typeAcross(strike, await codeOf(market, market.account), times);
    await ana.page.keyboard.press("Enter");
    await ana.reads(WORDS.detected, 60);
  });
  test(`each form was sent once, with what was typed: no wrong try (${name})`, async () => {
    mustEqual(await story.sent(since), ["/login 302", "/second-step 302"], "the forms that reached the site");
  });
  test(`it is verified and saved (${name})`, async () => {
    const { ana, line } = story;
    await ana.finish();
    line.mend();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    await story.startOver();
    const description = times.list.map((seconds) => seconds.toFixed(2)).join(", ");
    if (description) test.info().annotations.push({ type: "back after, in s", description });
  });
}
