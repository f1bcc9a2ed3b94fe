// Every state of the integrations page's data, in both themes: axe (WCAG 2.2 AA) finds nothing; nothing hangs over the edge, also at
// 320 pixels and at 200 % zoom; who hears the page hears what it shows.

import { Pictures } from "../support/fixtures.mjs";
import { sideways, tooSmall, violations } from "../support/looks.mjs";
import { must } from "../support/waiting.mjs";
import { NARROW, PHONE, THEMES, WIDE, ZOOMED, nothingIsWrong, test as base } from "./fixtures.mjs";
import { STATES, openState } from "./integrations-states.mjs";

base.describe.configure({ mode: "parallel" });
// Its snapshots would cost a quarter of the time; what is wrong is told in full.
base.use({ trace: "off" });

/** PICTURES=1: pictures of all states are taken, to be looked at. */
const { PICTURES } = process.env;

const test = base.extend({
  /** Opens the page in one of the states. */
  show: async ({ stories }, use) => use((page, name) => openState(page, stories.origin, STATES[name])),
  /** A page that forgets, at each load, what it remembers for the tab. */
  sit: async ({ sit }, use) =>
    use(async (...how) => {
      const page = await sit(...how);
      await page.addInitScript(() => {
        // What has no origin, such as the empty page, has no memory either.
        if (location.origin !== "null") sessionStorage.clear();
      });
      return page;
    }),
});

/** Looks at every state in turn; this page does not begin anew by itself, so each is loaded. */
async function everyState(show, page, look) {
  const wrong = [];
  const pictures = PICTURES && new Pictures(`data-${test.info().title.replaceAll(/\W+/g, "-")}`);
  for (const name of Object.keys(STATES)) {
    await show(page, name);
    for (const one of await look(page)) wrong.push(`${name}: ${one}`);
    await pictures?.take(name, page, { fullPage: true });
  }
  nothingIsWrong(wrong);
}

for (const theme of THEMES) {
  test(`the data on the integrations page: axe finds nothing in any state, nothing sideways: ${theme}`, async ({ show, sit }) => {
    const page = await sit(WIDE, { colorScheme: theme });
    await everyState(show, page, async () => [...(await violations(page)), ...(await page.evaluate(sideways))]);
  });
  test(`the same on a phone of 320 px, 40 px for a finger: ${theme}`, async ({ show, sit }) => {
    const page = await sit(NARROW, { colorScheme: theme, ...PHONE });
    await everyState(show, page, async () => [
      ...(await violations(page)),
      ...(await page.evaluate(sideways)),
      ...(await page.evaluate(tooSmall, 40)),
    ]);
  });
}

test("the same at 200 % zoom: nothing sideways", async ({ show, sit }) => {
  const page = await sit(ZOOMED, { colorScheme: "light", deviceScaleFactor: 2 });
  await everyState(show, page, () => page.evaluate(sideways));
});

test("who hears the data hears the columns, their order, and how a run ended", async ({ show, sit }) => {
  const page = await sit(WIDE);
  await show(page, "records");
  await page.getByTestId("sort-price").click();
  await page.locator('th[aria-sort="ascending"]').waitFor();
  const tree = await page.getByTestId("records").ariaSnapshot();
  for (const part of ['button "Data" [pressed]', 'searchbox "Search"', 'button "Download CSV"', 'region "products of Demo Market"', 'columnheader "price"', "1–25 of 10,000"]) {
    must(tree.includes(part), `“${part}” is not in what is heard:\n${tree.slice(0, 3000)}`);
  }
  await show(page, "running-to-an-end");
  const heard = await page.getByTestId("card-demo-market").ariaSnapshot();
  for (const part of ['progressbar "Scraping products"', 'button "Stop scraping products"']) must(heard.includes(part), `“${part}” is not in what is heard:\n${heard}`);
});
