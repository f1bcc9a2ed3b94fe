// Every state of the modal, as `script/setup` built it together with what is shipped, and served by itself: no service is needed
// to look at it.

import { createReadStream, existsSync, statSync } from "node:fs";
import http from "node:http";
import path from "node:path";

/** The page of stories and what only it loads; and what is shipped. */
const STORIES = path.resolve("web-demo/.next/stories");
const FOLDERS = [STORIES, path.resolve("web-demo/out")];
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

export class StoriesPage {
  async start() {
    if (!existsSync(path.join(STORIES, "stories.html"))) throw new Error("the page of stories is not built: run script/setup");
    this.server = http.createServer((request, response) => {
      const asked = decodeURIComponent(new URL(request.url, "http://x").pathname);
      const file = FOLDERS.map((folder) => fileIn(folder, asked)).find(Boolean);
      if (!file) return response.writeHead(404).end();
      response.writeHead(200, { "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
  }

  address(story, { theme = "light", language = "en", ...more } = {}) {
    return `${this.origin}/stories?${new URLSearchParams({ story, theme, lang: language, ...more })}`;
  }

  /** The names of all states; the page is asked once. */
  async names(page) {
    if (!this.all) {
      await page.goto(`${this.origin}/stories`);
      await page.locator("#stories").waitFor();
      await page.waitForFunction(() => window.showStory);
      this.all = await page.locator("#stories li").allInnerTexts();
    }
    return this.all;
  }

  /** The state, once everything that moves into its place is there. */
  async open(page, story, options) {
    const address = this.address(story, options);
    if (!page.url().startsWith(this.origin)) {
      await page.goto(address);
      await page.waitForFunction(() => window.showStory);
    }
    // From one to the next without loading the page anew; one call for all of it, as there are many hundred.
    await page.evaluate(async (to) => {
      if (window.location.href !== to) window.showStory(to);
      if (window.location.href !== to) throw new Error(`${window.location.href} is shown, not ${to}`);
      while (!document.querySelector('[data-testid="modal"]')?.checkVisibility()) await new Promise(requestAnimationFrame);
      await Promise.all(
        document
          .getAnimations()
          .filter((one) => one.effect.getComputedTiming().activeDuration !== Infinity)
          // One that is taken away is over too.
          .map((one) => one.finished.catch(() => undefined)),
      );
    }, address);
  }

  end() {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

function fileIn(folder, asked) {
  const named = path.join(folder, asked);
  return [named, `${named}.html`].find((file) => file.startsWith(folder + path.sep) && existsSync(file) && statSync(file).isFile());
}
