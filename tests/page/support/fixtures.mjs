// What stories at the page are given: a browser for their persons, and a marketplace, one of each for a worker; a service and
// pictures of their own.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { test as base } from "@playwright/test";
import { SavedSession } from "./saved-session.mjs";
import { Server, Service } from "./server.mjs";

const target = path.resolve(process.env.CARGO_TARGET_DIR ?? "target");

export const test = base.extend({
  /** `staylogged demo`, for its marketplace. Each file that uses it begins with `market.reset()`. */
  market: [
    async ({}, use, { workerIndex }) => {
      const folder = outputFolder("markets");
      const market = new Server(path.join(folder, `${workerIndex}.log`));
      try {
        await market.start();
        await use(market);
      } finally {
        await market.clear();
      }
    },
    { scope: "worker" },
  ],

  /** A session that was saved at the worker's marketplace. */
  savedSession: [
    async ({ browser, market }, use, { workerIndex }) => {
      await use(await new SavedSession(market, outputFolder(`saved-sessions/${workerIndex}`)).type(browser));
    },
    { scope: "worker" },
  ],
});

/** The folder below `target/page/` where a story keeps logs and pictures that are to be looked at. */
export function outputFolder(name) {
  const folder = path.join(target, "page", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Pictures to be looked at, numbered in the order in which they were taken. */
export class Pictures {
  taken = 0;

  constructor(story) {
    this.folder = outputFolder(story);
  }

  async take(name, page, options = {}) {
    this.taken += 1;
    await page.screenshot({ path: path.join(this.folder, `${String(this.taken).padStart(2, "0")}-${name}.png`), ...options });
  }
}

export { Server, Service };
