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

  /** The names of all states. */
  async names(page) {
    await page.goto(`${this.origin}/stories`);
    await page.locator("#stories").waitFor();
    await page.waitForFunction(() => window.showStory);
    return page.locator("#stories li").allInnerTexts();
  }

  /** The state, once everything that moves into its place is there. */
  async open(page, story, options) {
    const address = this.address(story, options);
    // From one to the next without loading the page anew.
    if (page.url().startsWith(this.origin)) await page.evaluate((to) => window.showStory(to), address);
    else {
      await page.goto(address);
      await page.waitForFunction(() => window.showStory);
    }
    await page.getByTestId("modal").waitFor();
    await page.evaluate(() =>
      Promise.all(
        document
          .getAnimations()
          .filter((one) => one.effect.getComputedTiming().activeDuration !== Infinity)
          // One that is taken away is over too.
          .map((one) => one.finished.catch(() => undefined)),
      ),
    );
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
