// A person without a mouse: they press keys, and know where they are by what has the focus and is seen, or heard, to have it.

import { Person, TITLES, WORDS, codeOf } from "./person.mjs";
import { must, mustEqual, until } from "./waiting.mjs";

/** More stops than there are: whoever has not come there by then never does. */
const MOST_STOPS = 60;

export class KeyboardPerson extends Person {
  /** A click, a tap, or a move of the mouse would be another story. */
  async sit(options) {
    await super.sit(options);
    this.page.mouse = undefined;
    return this;
  }

  /** `watch` runs in each frame before its scripts; what it calls `window[name]` with is handed to `hear`. */
  async watches(name, hear, watch) {
    await this.context.exposeBinding(name, (_source, what) => hear(what));
    await this.context.addInitScript(watch);
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

  /** Once the browser is there, and shows where one signs in. */
  async seesSignIn() {
    await this.reads(WORDS.awaiting, 60);
    await until("the live view's picture", () => this.modal().locator('[data-testid="live-canvas"][data-seen]').count(), 60);
    await this.inFront(TITLES.login, 60);
  }

  /** Opens the modal, agrees to what will happen, and cancels that login. */
  async agreeAndCancel() {
    await this.openByKey("Enter");
    await this.agreeByKey("Enter");
    await this.tabTo("the modal's Close", ({ name }) => name === "Close and cancel the login");
    await this.key("Enter");
    await this.modalIsClosed();
    await this.cardReads("Not connected", "Connect");
  }

  /** "Simple" is switched on, and shows the site's form. */
  async switchToSimple() {
    await this.tabToTestId("live-simple");
    await this.key("Space");
    await this.inModal("live-form").getByLabel("E-mail").waitFor();
  }

  async tabToFormField(name) {
    return this.tabTo(`the field “${name}” of the form`, (stop) => stop.inForm && stop.name.startsWith(name));
  }

  async isInFormField(name) {
    let last;
    await until(`the focus is in the field “${name}” of the form`, async () => {
      last = await this.focused();
      return last.inForm && last.name.startsWith(name);
    }).catch((error) => {
      throw new Error(`${error.message}; it is on ${JSON.stringify(last)}`);
    });
  }

  async giveWrongPassword() {
    await this.tabToFormField("E-mail");
    await this.type(this.account.email);
    await this.tabToFormField("Password");
    await this.type("not-my-password");
    await this.key("Enter");
  }

  /** After the wrong one; the form then asks for the code. */
  async giveRightPassword() {
    await this.isInFormField("Password");
    await this.type(this.account.password);
    await this.key("Enter");
    await this.inFront(TITLES.code);
    // While the form is on its way one types into the picture.
    await this.isInFormField("Code");
  }

  async giveCodeByKey() {
    await this.type(await codeOf(this.server, this.account));
    await this.key("Enter");
    await this.reads(WORDS.detected);
  }

  /** The form of "Simple" is gone with the login: the next Tab may go into the picture, which Escape twice leaves. */
  async tabFromFormToFinish() {
    const { inPicture } = await this.tabTo("the picture or the button", (stop) => stop.inPicture || stop.testId === "finish");
    if (inPicture) {
      await this.key("Escape");
      await this.key("Escape");
    }
    await this.goesTo("finish");
  }

  /** "I Finished Login", and to the end. */
  async finishByKey(key) {
    const heard = this.said.length;
    mustEqual((await this.focused()).testId, "finish", "what has the focus");
    await this.key(key);
    await until("it is saved", () => this.said.slice(heard).includes(WORDS.saved), 60);
    must(this.said.slice(heard).includes(WORDS.verifying), `the modal said: ${this.said.slice(heard).join(" → ")}`);
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
