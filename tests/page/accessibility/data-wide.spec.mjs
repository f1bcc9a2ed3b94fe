// Every state of the integrations page's data, in both themes: axe (WCAG 2.2 AA) finds nothing; nothing hangs over the edge, also at
// 200 % zoom; who hears the page hears what it shows.

import { sideways } from "../support/looks.mjs";
import { must } from "../support/waiting.mjs";
import { THEMES, WIDE, ZOOMED, everyTab, testOfData as test, violationsIn } from "./fixtures.mjs";
import { STATES, openState } from "./integrations-states.mjs";

test.use({ device: { viewport: WIDE } });

for (const colorScheme of THEMES) {
  test(`the data on the integrations page: axe finds nothing in any state, nothing sideways: ${colorScheme}`, async ({ tabs }) => {
    const inTheme = (tab) => tab.emulateMedia({ colorScheme });
    await everyTab(tabs, inTheme, async (tab) => [...(await violationsIn(colorScheme)(tab)), ...(await tab.evaluate(sideways))]);
  });
}

test("the same at 200 % zoom: nothing sideways", async ({ tabs }) => {
  const zoomed = async (tab) => {
    await tab.emulateMedia({ colorScheme: "light" });
    const session = await tab.context().newCDPSession(tab);
    await session.send("Emulation.setDeviceMetricsOverride", { ...ZOOMED, deviceScaleFactor: 2, mobile: false });
    await tab.waitForFunction((width) => window.innerWidth === width && window.devicePixelRatio === 2, ZOOMED.width);
  };
  await everyTab(tabs, zoomed, (tab) => tab.evaluate(sideways));
});

test("who hears the data hears the columns, their order, and how a run ended", async ({ stories, sit }) => {
  const page = await sit(WIDE);
  await openState(page, stories.origin, STATES.records);
  await page.getByTestId("sort-price").click();
  await page.locator('th[aria-sort="ascending"]').waitFor();
  const tree = await page.getByTestId("records").ariaSnapshot();
  for (const part of ['button "Data" [pressed]', 'searchbox "Search"', 'button "Download CSV"', 'region "products of Demo Market"', 'columnheader "price"', "1–25 of 10,000"]) {
    must(tree.includes(part), `“${part}” is not in what is heard:\n${tree.slice(0, 3000)}`);
  }
  const other = await page.context().newPage();
  await openState(other, stories.origin, STATES["running-to-an-end"]);
  const heard = await other.getByTestId("card-demo-market").ariaSnapshot();
  for (const part of ['progressbar "Scraping products"', 'button "Stop scraping products"']) must(heard.includes(part), `“${part}” is not in what is heard:\n${heard}`);
});
