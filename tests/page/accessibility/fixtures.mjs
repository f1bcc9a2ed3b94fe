// What looks at the states of the modal and of the data is given: the page of stories, and pages of a browser to look with.

import { Pictures, test as base } from "../support/fixtures.mjs";
import { violations, violationsOfColour } from "../support/looks.mjs";
import { StoriesPage } from "../support/stories.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { STATES, openState } from "./integrations-states.mjs";

export const LANGUAGES = ["en", "pt-BR", "es"];
export const THEMES = ["light", "dark"];
/** In the first theme everything is looked at, in the other one what is another there. */
export const violationsIn = (theme) => (theme === THEMES[0] ? violations : violationsOfColour);
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
    const seat = new Seat(browser);
    await use(async (...how) => (await seat.open(...how)).newPage());
    await seat.leave();
  },
});

/** The pages that are opened for a test, or for several. */
export class Seat {
  contexts = [];
  errors = [];

  constructor(browser) {
    this.browser = browser;
  }

  async open(viewport, more = {}) {
    // Without motion there is nothing to wait for.
    const reducedMotion = "reduce";
    const context = await this.browser.newContext({ viewport, reducedMotion, locale: "en-GB", timezoneId: "Europe/Lisbon", ...more });
    this.contexts.push(context);
    context.setDefaultTimeout(20_000);
    context.on("weberror", (error) => this.errors.push(error.error().message));
    return context;
  }

  async leave() {
    for (const context of this.contexts) await context.close();
    mustEqual(this.errors, [], "errors of the pages");
  }
}

/** Tells all that is wrong at once. */
export function nothingIsWrong(wrong) {
  must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 12).join("; ")}`);
}

/** For files about the integrations page's data. Each says with `use` at which `device` it looks. */
export const testOfData = test.extend({
  device: [{ viewport: WIDE }, { option: true, scope: "worker" }],

  /** The page in each state of its data, by the state's name: a tab each, which all tests of the file look at. */
  tabs: [
    async ({ browser, stories, device: { viewport, ...more } }, use) => {
      const seat = new Seat(browser);
      const context = await seat.open(viewport, more);
      const tabs = new Map();
      for (const [name, state] of Object.entries(STATES)) {
        const tab = await context.newPage();
        await openState(tab, stories.origin, state);
        tabs.set(name, tab);
      }
      await use(tabs);
      await seat.leave();
    },
    { scope: "worker" },
  ],
});

/** PICTURES=1: pictures of the tabs are taken, to be looked at. */
const { PICTURES } = process.env;

/** Looks at every tab in turn, after `turn` has changed it. */
export async function everyTab(tabs, turn, look) {
  const wrong = [];
  const pictures = PICTURES && new Pictures(`data-${test.info().title.replaceAll(/\W+/g, "-")}`);
  for (const [name, tab] of tabs) {
    await turn(tab);
    for (const one of await look(tab)) wrong.push(`${name}: ${one}`);
    await pictures?.take(name, tab, { fullPage: true });
  }
  nothingIsWrong(wrong);
}
