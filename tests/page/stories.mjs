// Every state of the modal, built as it is shipped and served by itself: no service is needed to look at it.

import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import path from "node:path";

const FOLDER = path.resolve("web-demo/.next/stories");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

export class StoriesPage {
  /** The same build as that of the pages, with the page of stories in it. */
  build() {
    rmSync(FOLDER, { recursive: true, force: true });
    try {
      execFileSync("npm", ["run", "--silent", "stories"], { cwd: "web-demo", stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    } catch (error) {
      throw new Error(`npm run stories failed: ${error.stdout}${error.stderr}`);
    }
  }

  async start() {
    this.server = http.createServer((request, response) => {
      const asked = path.join(FOLDER, decodeURIComponent(new URL(request.url, "http://x").pathname));
      const file = [asked, `${asked}.html`].find((one) => one.startsWith(FOLDER) && existsSync(one) && statSync(one).isFile());
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
    return page.locator("#stories li").allInnerTexts();
  }

  /** The state, once everything that moves into its place is there. */
  async open(page, story, options) {
    const address = this.address(story, options);
    // From one to the next without loading the page anew.
    if (page.url().startsWith(this.origin)) await page.evaluate((to) => window.showStory(to), address);
    else await page.goto(address);
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
