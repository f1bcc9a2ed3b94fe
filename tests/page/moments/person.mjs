// A person who also finds their way about the market itself.

import { Person, WORDS, codeOf } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

export class MomentsPerson extends Person {
  async look(kind, selector, size) {
    if (kind !== "market") return super.look(kind, selector, size);
    const own = await this.browser.newContext({ viewport: size, locale: "en-GB" });
    own.setDefaultTimeout(20_000);
    try {
      const page = await own.newPage();
      await page.goto(this.server.marketUrl);
      await page.locator("#accept").click();
      await page.locator("#username").fill(this.server.account.email);
      await page.locator("#password").fill(this.server.account.password);
      await page.locator("#sign-in").click();
      await page.waitForURL(/\/second-step/);
      await page.locator("#code").fill(await codeOf(this.server, this.server.account));
      await page.locator("#verify").click();
      await page.locator(".account-name").waitFor();
      const box = await page.locator(selector).boundingBox();
      must(box && box.y + box.height <= size.height, `${selector} is not within the ${size.width}×${size.height} of the live view`);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    } finally {
      await own.close();
    }
  }

  /** Presses the button that ends the login well, without a look at what comes of it. */
  async pressFinish() {
    mustEqual((await this.inModal("finish").innerText()).trim(), WORDS.finish, "the button");
    await this.inModal("finish").click();
  }

  /** What the modal says at the end, in words. */
  async endsWith(words, seconds) {
    const result = this.inModal("result");
    await until(`the modal says “${words}”`, async () => (await result.isVisible()) && (await result.innerText()).includes(words), seconds);
  }

  /** The whole of the modal, as it is read. */
  async modalText() {
    return (await this.inModal("modal").innerText()).replaceAll(/\s+/g, " ");
  }
}
