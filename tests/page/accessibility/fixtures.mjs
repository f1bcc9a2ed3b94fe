// What looks at the states of the modal and of the data is given: the page of stories, and pages of a browser to look with.

import { test as base } from "../support/fixtures.mjs";
import { StoriesPage } from "../support/stories.mjs";
import { must, mustEqual } from "../support/waiting.mjs";

export const LANGUAGES = ["en", "pt-BR", "es"];
export const THEMES = ["light", "dark"];
export const WIDE = { width: 1280, height: 860 };
export const NARROW = { width: 320, height: 640 };
/** A window of 1280×720 at 200 %. */
export const ZOOMED = { width: 640, height: 360 };
export const PHONE = { hasTouch: true, isMobile: true };

export const test = base.extend({
  stories: [
    async ({}, use) => {
      const stories = new StoriesPage();
      await stories.start();
      await use(stories);
      stories.end();
    },
    { scope: "worker" },
  ],

  /** Opens a page of that size. At the end none of them has had an error. */
  sit: async ({ browser }, use) => {
    const contexts = [];
    const errors = [];
    await use(async (viewport, more = {}) => {
      // Without motion there is nothing to wait for.
      const reducedMotion = "reduce";
      const context = await browser.newContext({ viewport, reducedMotion, locale: "en-GB", timezoneId: "Europe/Lisbon", ...more });
      contexts.push(context);
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      page.on("pageerror", (error) => errors.push(error.message));
      return page;
    });
    for (const context of contexts) await context.close();
    mustEqual(errors, [], "errors of the pages");
  },
});

/** Tells all that is wrong at once. */
export function nothingIsWrong(wrong) {
  must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 12).join("; ")}`);
}
