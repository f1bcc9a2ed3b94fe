// A person at the integrations page, in a Chromium of their own. They see what is rendered, click and type; what they know of
// the marketplace is where its fields are, as anybody does who has seen its pages: they measure them in their own browser,
// at the size that the live view shows.

import { createRequire } from "node:module";
import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { must, mustEqual, until } from "./waiting.mjs";

const { chromium } = createRequire(new URL("../../../driver/package.json", import.meta.url))("playwright-core");

export const WORDS = {
  title: "Connect to Demo Market",
  awaiting: "A browser window has opened... Complete the login process...",
  detected: "✅ Login detected!",
  verifying: "Verifying login and saving session...",
  saved: "✅ Connection successful! Session saved.",
  notDetected: "Login not detected",
  finish: "I Finished Login",
};

const TITLES = {
  login: "Sign in · Demo Market",
  code: "Enter your code · Demo Market",
  choose: "Choose an account · Orbit ID",
  market: "Demo Market",
};

/** The same places that the server looks in. */
function systemChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const folders = `${process.env.PATH ?? ""}:/usr/local/bin:/usr/bin`.split(":");
  for (const name of ["chromium", "google-chrome", "google-chrome-stable"]) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not there.
      }
    }
  }
  return undefined; // Playwright's own.
}

/** What the service's Chromium has disabled, see there; the persons' has no use for it either. */
function disabledFeatures() {
  const source = readFileSync("src/browser/launch.rs", "utf8");
  const [, list] = /const DISABLED_FEATURES: &\[&str\] = &\[([^\]]*)\]/.exec(source);
  return list.match(/(?<=")\w+(?=")/g).join(",");
}

/** How the persons' browser is started. */
export function launchOptions() {
  const executablePath = systemChromium();
  if (!executablePath) process.env.PLAYWRIGHT_BROWSERS_PATH ??= path.resolve("driver/browsers");
  return {
    executablePath,
    headless: true,
    // Without SwiftShader a page is drawn for a third of the processor's time.
    args: ["--disable-gpu", `--disable-features=${disabledFeatures()}`],
    // It visits only this computer's own pages, and root cannot have the sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
  };
}

/** For programs that are no tests; those get theirs from the runner. */
export async function openBrowser() {
  return chromium.launch(launchOptions());
}

/** Where things are on the marketplace's pages, by what was measured: they do not move, and are the same in every marketplace. */
const spots = new Map();

export class Person {
  constructor(browser, server, provider = "demo-market") {
    this.browser = browser;
    this.server = server;
    this.provider = provider;
    /** As whom they log in; without one, as the marketplace's first account. */
    this.as = null;
    /** Every text of the modal's state that was rendered, in order. */
    this.said = [];
  }

  /** @param device what a browser of theirs has that another has not: fingers, a sharp screen */
  async sit({ viewport = { width: 1280, height: 900 }, colorScheme = "light", ...device } = {}) {
    this.context = await this.browser.newContext({ viewport, colorScheme, locale: "en-GB", timezoneId: "Europe/Lisbon", ...device });
    this.context.setDefaultTimeout(20_000);
    await this.context.exposeBinding("__heard", (_source, text) => {
      if (this.said.at(-1) !== text) this.said.push(text);
    });
    await this.context.addInitScript(() => {
      let heard;
      const look = () => {
        const state = document.querySelector('[data-testid="modal-state"]');
        if (!state || state.textContent === heard || !state.checkVisibility()) return;
        heard = state.textContent;
        // innerText: what is rendered, not what is in the document.
        window.__heard(state.innerText.trim());
      };
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    });
    this.page = await this.context.newPage();
    this.errors = [];
    this.page.on("pageerror", (error) => this.errors.push(error.message));
    return this;
  }

  async open() {
    await this.page.goto(`${this.server.url}/integrations`);
    await this.at(`card-${this.provider}`).waitFor();
  }

  /** Where the page asks for the access key. */
  async giveKey(key) {
    const form = this.at("access-key");
    await form.getByLabel("Access key").fill(key);
    await form.getByRole("button", { name: "Continue" }).click();
  }

  /** Of the page itself: the cards, the records, the access key. */
  at(testId) {
    return this.page.getByTestId(testId);
  }

  /** Where the modal is: a page of its own, in a frame. Everything in it is reached through this. */
  modal() {
    return this.at("connect-frame").contentFrame();
  }

  /** Of the modal: its words, its buttons, the live view. */
  inModal(testId) {
    return this.modal().getByTestId(testId);
  }

  async modalSays() {
    return (await this.inModal("modal-state").innerText()).trim();
  }

  /** The modal shows exactly this. */
  async reads(words, seconds = 30) {
    await until(`the modal says “${words}”`, async () => (await this.modalSays()) === words, seconds).catch(
      async (error) => {
        const now = await this.modalSays().catch(() => "nothing: it is closed");
        throw new Error(`${error.message}; it says “${now}”`);
      },
    );
  }

  async press(testId) {
    await this.at(testId).click();
  }

  /** The card of the provider as it is rendered. */
  async cardReads(status, action) {
    const reads = async (testId) => (await this.at(testId).innerText()).trim();
    await until(`the card says “${status}”`, async () => (await reads(`status-${this.provider}`)) === status);
    if (action) mustEqual(await reads(`connect-${this.provider}`), action, "the card's button");
  }

  /** Connect, Reconnect or Continue: what the card's button says. */
  async openModal() {
    await this.press(`connect-${this.provider}`);
    await this.inModal("modal").waitFor();
  }

  async modalIsClosed() {
    await this.inModal("modal").waitFor({ state: "hidden" });
  }

  /** Closes the modal in the middle of a login. */
  async cancel() {
    await this.modal().getByRole("button", { name: "Close and cancel the login" }).click();
    await this.modalIsClosed();
  }

  /** Presses the button once the login is detected, and reads on until the session is saved. */
  async finish({ verifying = () => undefined } = {}) {
    const heard = this.said.length;
    mustEqual((await this.inModal("finish").innerText()).trim(), WORDS.finish, "the button");
    await this.inModal("finish").click();
    const seen = this.inModal("modal-state")
      .filter({ hasText: WORDS.verifying })
      .waitFor({ timeout: 10_000 })
      .then(verifying)
      .catch(() => undefined); // It may be over too soon to be looked at; that it was said is seen below.
    await this.reads(WORDS.saved, 60);
    await seen;
    const said = this.said.slice(heard);
    const [first, then] = [said.indexOf(WORDS.verifying), said.indexOf(WORDS.saved)];
    must(first >= 0 && then > first, `after the button the modal said: ${said.join(" → ")}`);
  }

  // --- The live view ---------------------------------------------------------------------------------------------------

  /** Reads what will happen, and agrees: asked once for each site. */
  async agree() {
    const question = this.inModal("prime-continue");
    await question.or(this.inModal("live-canvas")).first().waitFor({ timeout: 60_000 });
    if (await question.isVisible()) await question.click();
  }

  /** The picture is there and shows something. */
  async picture() {
    await this.agree();
    await until("the live view's picture", () => this.modal().locator('[data-testid="live-canvas"][data-seen]').count(), 30);
    await until("a picture that is not all of one colour", () => this.inModal("live-canvas").evaluate(hasShapes));
  }

  /** The title of the page that the live view shows. */
  async inFront(title, seconds = 20) {
    let seen;
    await until(
      `“${title}” in the live view`,
      async () => (seen = await this.inModal("live-host").getAttribute("title")) === title,
      seconds,
    ).catch((error) => {
      throw new Error(`${error.message}; it shows “${seen}”`);
    });
  }

  /** Size of the page shown, in its own pixels, once the picture is that of a page as large as its stage. */
  async size() {
    let last = "";
    return until("a live view that shows a page as large as its stage", async () => {
      const { size, fits } = await this.inModal("live-canvas").evaluate(sizeOnStage);
      const box = await this.inModal("live-canvas").boundingBox();
      const now = JSON.stringify([size, box]);
      // Twice the same: what moves into its place has come there.
      const settled = fits && now === last;
      last = now;
      return settled && size;
    });
  }

  /** Clicks where this element is on that page, measured in the person's own browser. */
  async clickIn(kind, selector) {
    const size = await this.size();
    const spot = await this.measure(kind, selector, size);
    const box = await this.inModal("live-canvas").boundingBox();
    await this.page.mouse.click(
      box.x + (spot.x / size.width) * box.width,
      box.y + (spot.y / size.height) * box.height,
    );
  }

  async measure(kind, selector, size) {
    const what = JSON.stringify([kind, selector, size.width, size.height]);
    if (!spots.has(what)) spots.set(what, await this.look(kind, selector, size));
    return spots.get(what);
  }

  async look(kind, selector, size) {
    const own = await this.browser.newContext({ viewport: size, locale: "en-GB" });
    own.setDefaultTimeout(20_000);
    try {
      let page = await own.newPage();
      await page.goto(this.server.marketUrl);
      await page.waitForURL(/\/login/);
      if (kind !== "banner") await page.locator("#accept").click();
      if (kind === "code") {
        await page.locator("#username").fill(this.server.account.email);
        await page.locator("#password").fill(this.server.account.password);
        await page.locator("#sign-in").click();
        await page.waitForURL(/\/second-step/);
      } else if (kind === "choose") {
        const [popUp] = await Promise.all([page.waitForEvent("popup"), page.locator("#continue-with-orbit").click()]);
        page = popUp;
        await page.setViewportSize(size);
      }
      const box = await page.locator(selector).boundingBox();
      must(box && box.y + box.height <= size.height, `${selector} is not within the ${size.width}×${size.height} of the live view`);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    } finally {
      await own.close();
    }
  }

  /** Types as a person does, key by key. */
  async type(text) {
    await this.page.keyboard.type(text, { delay: 15 });
  }

  /** A cookie banner lies over the page and darkens it. */
  async bannerIsShown() {
    await this.size();
    return this.inModal("live-canvas").evaluate((canvas) => {
      const [r, g, b] = canvas.getContext("2d").getImageData(6, 6, 1, 1).data;
      return (r + g + b) / 3 < 200;
    });
  }

  async acceptCookies() {
    if (!(await this.bannerIsShown())) return false;
    await this.clickIn("banner", "#accept");
    await until("the cookie banner goes", async () => !(await this.bannerIsShown()));
    return true;
  }

  get account() {
    return this.as ?? this.server.account;
  }

  async givePassword(password = this.account.password) {
    await this.clickIn("login", "#username");
    await this.type(this.account.email);
    await this.page.keyboard.press("Tab");
    await this.type(password);
    await this.page.keyboard.press("Enter");
    await this.inFront(TITLES.code);
  }

  async giveCode() {
    await this.clickIn("code", "#code");
    await this.type(await codeOf(this.server, this.account));
    await this.page.keyboard.press("Enter");
  }

  /** "Continue with": a pop-up, which comes to the front as a tab, asks for the account and goes. */
  async continueWith() {
    await this.clickIn("login", "#continue-with-orbit");
    await this.inFront(TITLES.choose);
    const tabs = this.inModal("tabs").locator("[aria-pressed]");
    await until("two tabs", async () => (await this.inModal("tabs").isVisible()) && (await tabs.count()) === 2);
  }

  async chooseAccount() {
    await this.clickIn("choose", "#choose-account");
    await until("the pop-up's tab goes", async () => !(await this.inModal("tabs").isVisible()));
  }

  /** All of a login, from the first picture to the detected login. */
  async logIn({ finishedByOthers = false } = {}) {
    await this.picture();
    await this.inFront(TITLES.login);
    await this.acceptCookies();
    await this.givePassword();
    await this.giveCode();
    // Where a program presses the button, the words may be gone before they are read.
    if (!finishedByOthers) await this.reads(WORDS.detected);
  }

  async leave() {
    await this.context?.close();
  }
}

export { TITLES };

/** The one-time code of an account. One that is about to change is taken for half a minute more. */
export async function codeOf(server, { email }) {
  const { code } = await server.control("GET", `/totp?${new URLSearchParams({ email })}`);
  return code;
}

/** Runs in the modal: the picture's size in its own pixels, and whether the page that it shows has the stage's size. */
export function sizeOnStage(canvas) {
  const { clientWidth, clientHeight } = canvas.closest(".live-stage");
  const { width, height } = canvas.getBoundingClientRect();
  // Within what the service takes; a page that is larger than the stage is shown smaller.
  const page = { width: Math.min(1920, Math.max(320, clientWidth)), height: Math.min(1200, Math.max(240, clientHeight)) };
  const scale = Math.min(1, clientWidth / page.width, clientHeight / page.height);
  const fits = Math.abs(width - page.width * scale) < 1 && Math.abs(height - page.height * scale) < 1;
  return { size: { width: canvas.width, height: canvas.height }, fits: canvas.dataset.seen !== undefined && fits };
}

/** Runs in the page. */
function hasShapes(canvas) {
  if (!canvas.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length && colours.size < 8; i += 4 * 101) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return colours.size >= 8;
}
