// A person without a mouse: they press keys, and know where they are by what has the focus and is seen, or heard, to have it.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Person, WORDS, openBrowser } from "./support/person.mjs";
import { Server } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";

/** More stops than there are: whoever has not come there by then never does. */
const MOST_STOPS = 60;

export class KeyboardPerson extends Person {
  /** A click, a tap, or a move of the mouse would be another story. */
  async sit(options) {
    await super.sit(options);
    this.page.mouse = undefined;
    this.stops = [];
    return this;
  }

  async key(name) {
    await this.page.keyboard.press(name);
  }

  frame() {
    return this.page.frames().find((frame) => frame !== this.page.mainFrame() && /\/connect/.test(frame.url()));
  }

  /** What has the focus, in the page or in the modal's frame. */
  async focused() {
    const inPage = await this.page.evaluate(lookAtFocus);
    if (inPage.tag !== "iframe") return { ...inPage, where: "page" };
    const frame = this.frame();
    must(frame, "the focus is in a frame that is not the modal's");
    return { ...(await frame.evaluate(lookAtFocus)), where: "modal" };
  }

  /** Presses Tab until it is there. Each stop on the way can be seen, and has a name. */
  async tabTo(what, isThere, key = "Tab") {
    const passed = [];
    for (let n = 0; n < MOST_STOPS; n += 1) {
      await this.key(key);
      const stop = await this.focused();
      if (stop.tag === "body" || stop.tag === "main" || stop.tag === "dialog") continue; // Between the end and the beginning.
      const name = stop.testId ?? stop.name;
      must(stop.name, `the stop ${name ?? stop.tag} has no name`);
      must(stop.seen, `the focus is not seen on “${stop.name}” (${name})`);
      passed.push(name);
      if (isThere(stop)) return stop;
    }
    throw new Error(`${what} is not reached by ${key}: ${passed.join(", ")}`);
  }

  async tabToTestId(testId, key) {
    return this.tabTo(testId, (stop) => stop.testId === testId, key);
  }

  /** Into the picture, whose keys are the site's from then on. */
  async tabIntoPicture(key) {
    return this.tabTo("the picture", (stop) => stop.inPicture, key);
  }

  /** The focus is in the picture, in the page's field of that name. */
  async isInField(name, seconds = 20) {
    let last;
    await until(
      `the field “${name}” has the focus`,
      async () => {
        last = await this.focused();
        return last.inPicture && last.name === name;
      },
      seconds,
    ).catch((error) => {
      throw new Error(`${error.message}; it is in “${last?.name}”`);
    });
  }

  async goesTo(testId) {
    let last;
    await until(`the focus goes to ${testId}`, async () => (last = await this.focused()).testId === testId).catch((error) => {
      throw new Error(`${error.message}; it is on ${JSON.stringify(last)}`);
    });
    must(last.seen, `the focus is not seen on ${testId}`);
  }

  /** From the card to the modal. */
  async openByKey(key) {
    await this.tabToTestId("connect-demo-market");
    await this.key(key);
    await this.inModal("modal").waitFor();
    await until("the focus is in the modal", async () => (await this.focused()).where === "modal");
  }

  /** Agrees where it is asked. */
  async agreeByKey(key) {
    const question = this.inModal("prime-continue");
    await question.waitFor();
    await this.tabToTestId("prime-continue");
    await this.key(key);
    await question.waitFor({ state: "hidden" });
  }

  async hasPicture() {
    await until("the live view's picture", () => this.modal().locator('[data-testid="live-canvas"][data-seen]').count(), 60);
  }

  /** "I Finished Login", and to the end. */
  async finishByKey(key) {
    const heard = this.said.length;
    mustEqual((await this.focused()).testId, "finish", "what has the focus");
    await this.key(key);
    await until("it is saved", () => this.said.slice(heard).includes(WORDS.saved), 60);
    must(this.said.slice(heard).includes(WORDS.verifying), `the modal said: ${this.said.slice(heard).join(" → ")}`);
  }

  async freshCode() {
    const { code } = await until(
      "a one-time code with some seconds left",
      async () => {
        const totp = await this.server.control("GET", "/totp");
        return totp.secondsLeft > 8 && totp;
      },
      40,
    );
    return code;
  }

  /** Nobody is connected, and the site knows nobody. */
  async startOver() {
    const { json } = await this.server.api("GET", "/integrations");
    const { connection } = json.integrations.find(({ provider }) => provider.id === "demo-market");
    if (connection) await this.server.api("DELETE", `/connections/${connection.id}`);
    await this.server.control("POST", "/revoke");
    await this.cardReads("Not connected", "Connect");
  }
}

/** Runs in a page: what has the focus, its name, and whether one sees that it has it. */
function lookAtFocus() {
  const one = document.activeElement ?? document.body;
  const stage = one.closest(".live-stage");
  const inPicture = one.classList.contains("live-field");
  // The field itself is not to be seen: the picture around it shows the focus.
  const box = (inPicture ? stage : one).getBoundingClientRect();
  const style = inPicture ? getComputedStyle(stage, "::after") : getComputedStyle(one);
  const ring = inPicture ? [style.borderTopStyle, style.borderTopWidth] : [style.outlineStyle, style.outlineWidth];
  const labels = [...(one.labels ?? [])].map((label) => label.textContent.trim()).join(" ");
  return {
    tag: one.localName,
    testId: one.dataset.testid,
    card: one.closest("article")?.dataset.testid,
    name: (one.getAttribute("aria-label") || labels || one.textContent || one.title).trim().slice(0, 80),
    inPicture,
    inForm: one.closest('[data-testid="live-form"]') !== null,
    how: one.getAttribute("aria-describedby") ? (document.getElementById(one.getAttribute("aria-describedby"))?.textContent ?? "") : "",
    seen: ring[0] !== "none" && parseFloat(ring[1]) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}

/** From the server's start to its end: what a story without a mouse has in common with another one. */
export class KeyboardStory {
  constructor(name) {
    process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
    this.out = path.join(process.env.CARGO_TARGET_DIR ?? "target", name);
    rmSync(this.out, { recursive: true, force: true });
    mkdirSync(this.out, { recursive: true });
    this.server = new Server(path.join(this.out, "server.log"));
    this.steps = new Steps();
    this.step = (name, action) => this.steps.step(name, action);
  }

  /**
   * `by` runs in each frame and tells what it sees through the function named first in `hears`; `parts` is the story itself,
   * for the person, who sits at the integrations page.
   */
  async play({ hears: [name, hear], by, parts, failed }) {
    let browser, person;
    const run = async () => {
      await this.step("the server starts, and the integrations page opens", async () => {
        await this.server.start();
        browser = await openBrowser();
        person = await new KeyboardPerson(browser, this.server).sit();
        await person.context.exposeBinding(name, (_source, what) => hear(what));
        await person.context.addInitScript(by);
        await person.open();
      });
      await parts(person);
      await this.step("no error in the page", () => mustEqual(person.errors, [], "errors"));
    };
    await this.steps.play(run, {
      failed: async () => {
        if (person?.page && !person.page.isClosed()) {
          await person.page.screenshot({ path: path.join(this.out, "failed.png") }).catch(() => undefined);
          await failed();
        }
        console.log(`What the page showed and the server's log are in ${this.out}`);
      },
      end: async () => {
        await browser?.close().catch(() => undefined);
        await this.server.clear();
      },
    });
  }
}
