// A person at the site of controls. Where its controls are they know from their own browser, at the size of the live view.

import { Person, WORDS } from "../support/person.mjs";
import { must, until } from "../support/waiting.mjs";
import { titleOf } from "./pages.mjs";

export class ControlsPerson extends Person {
  constructor(browser, service, site) {
    super(browser, service, "controls");
    this.site = site;
    /** Positions of elements, by what was measured. */
    this.boxes = new Map();
  }

  async sit(options = {}) {
    const { viewport: _, ...device } = options;
    this.device = device;
    await super.sit(options);
    await this.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: this.server.url });
    return this;
  }

  /** The modal shows the site's first page. */
  async seesTheSite() {
    await this.reads(WORDS.awaiting, 60);
    await this.picture();
    await this.inFront(titleOf("pickers"));
  }

  /** Position and size of an element of that page; `[frame, selector]` where it is in a frame. Nothing moves on these pages. */
  async box(page, selector, size) {
    const what = JSON.stringify([page, selector, size]);
    if (!this.boxes.has(what)) this.boxes.set(what, await this.measureBox(page, selector, size));
    return this.boxes.get(what);
  }

  async measureBox(page, selector, size) {
    const { colorScheme, deviceScaleFactor, hasTouch, isMobile } = this.device;
    this.own ??= await this.browser.newContext({ colorScheme, deviceScaleFactor, hasTouch, isMobile, locale: "en-GB" });
    this.ownPage ??= await this.own.newPage();
    await this.ownPage.setViewportSize(size);
    const address = `${this.site.origin}/${page}?still`;
    if (this.ownPage.url() !== address) await this.ownPage.goto(address);
    const found = Array.isArray(selector) ? this.ownPage.frameLocator(selector[0]).locator(selector[1]) : this.ownPage.locator(selector);
    // Where the page shows it only after something was done; it keeps its place until then.
    await found.evaluate((element) => (element.hidden = false));
    const box = await found.boundingBox();
    must(box && box.y + box.height <= size.height, `${selector} of ${page} is not within the ${size.width}×${size.height} of the live view`);
    return box;
  }

  /** The size of the page shown, in its own CSS pixels: that of the stage, within what the service takes. */
  async pageSize() {
    await this.size();
    return this.modal().locator(".live-stage").evaluate(({ clientWidth, clientHeight }) => ({
      width: Math.min(1920, Math.max(320, clientWidth)),
      height: Math.min(1200, Math.max(240, clientHeight)),
    }));
  }

  /** The point of the person's screen where that part of the page is shown. */
  async spot(page, selector, along = 0.5) {
    const size = await this.pageSize();
    const box = await this.box(page, selector, size);
    const canvas = await this.inModal("live-canvas").boundingBox();
    const scale = canvas.width / size.width;
    return { x: canvas.x + (box.x + box.width * along) * scale, y: canvas.y + (box.y + box.height / 2) * scale };
  }

  async click(page, selector, options = {}) {
    const { x, y } = await this.spot(page, selector);
    await this.page.mouse.click(x, y, options);
  }

  async tap(page, selector) {
    const { x, y } = await this.spot(page, selector);
    await this.page.touchscreen.tap(x, y);
  }

  /** By the links of the page itself. */
  async goes(from, to, how = "click") {
    await this[how](from, `#to-${to}`);
    await this.inFront(titleOf(to));
  }

  async drag(from, to) {
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    for (let part = 1; part <= 8; part += 1) {
      await this.page.mouse.move(from.x + ((to.x - from.x) * part) / 8, from.y + ((to.y - from.y) * part) / 8);
      // The browser tells the drag's beginning in its own time.
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
    }
    await this.page.mouse.up();
  }

  /** The page's field has the focus: what is typed goes there. */
  async inField(label) {
    await until(
      `the page's field “${label}” in focus`,
      () => this.modal().locator(".live-fields-hidden :focus").evaluate((field, label) => field.getAttribute("aria-label") === label, label),
      30,
    );
  }

  /** The hidden field that has the focus in the place of the page's own. */
  hiddenField() {
    return this.modal().locator(".live-fields-hidden :focus").evaluate((field) => ({
      type: field.type,
      inputMode: field.inputMode,
      autocomplete: field.autocomplete,
      name: field.name,
    }));
  }

  /**
   * As a password manager does it: from a world of its own beside the page's, each field's value at once, and no keys.
   * Each as [selector in the modal, value].
   */
  async fillsInOneGo(...pairs) {
    const cdp = await this.protocol();
    const { frameTree } = await cdp.send("Page.getFrameTree");
    const modal = frameTree.childFrames.find(({ frame }) => frame.url.startsWith(`${this.server.url}/connect`));
    const { executionContextId } = await cdp.send("Page.createIsolatedWorld", { frameId: modal.frame.id, worldName: "password manager" });
    const fill = (pairs) => {
      for (const [selector, value] of pairs) {
        const field = document.querySelector(selector);
        if (field.matches(":disabled, [readonly]") || !field.checkVisibility()) throw new Error(`${selector} is no field that a manager fills`);
        field.value = value;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    };
    const { exceptionDetails } = await cdp.send("Runtime.evaluate", {
      contextId: executionContextId,
      expression: `(${fill})(${JSON.stringify(pairs)})`,
    });
    must(!exceptionDetails, exceptionDetails?.exception?.description);
  }

  async protocol() {
    this.cdp ??= await this.context.newCDPSession(this.page);
    return this.cdp;
  }

  /** As an input method does it: the letters are shown while they are composed, and stand at its end. */
  async compose(steps, text) {
    const cdp = await this.protocol();
    for (const step of steps) await cdp.send("Input.imeSetComposition", { text: step, selectionStart: step.length, selectionEnd: step.length });
    await cdp.send("Input.insertText", { text });
  }

  clipboard() {
    return this.modal().locator("body").evaluate(() => navigator.clipboard.readText());
  }

  async putOnClipboard(text) {
    await this.modal().locator("body").evaluate((_, text) => navigator.clipboard.writeText(text), text);
  }

  async clipboardHas(text) {
    await until(`“${text}” on the person's clipboard`, async () => (await this.clipboard()) === text);
  }

  /** The modal says that something was stopped. */
  async isToldOf(kind, words) {
    const notice = this.modal().locator(`.live-notice[data-kind="${kind}"]`);
    await notice.waitFor();
    const text = (await notice.innerText()).replace(/\s+/g, " ");
    must(text.includes(words), `the notice says “${text}”, without “${words}”`);
    return notice;
  }

  async leave() {
    await this.own?.close();
    await super.leave();
  }
}
