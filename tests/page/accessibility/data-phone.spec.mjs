// Every state of the integrations page's data on a phone of 320 pixels, in both themes.

import { sideways, tooSmall } from "../support/looks.mjs";
import { NARROW, PHONE, THEMES, everyTab, testOfData as test, violationsIn } from "./fixtures.mjs";

test.use({ device: { viewport: NARROW, ...PHONE } });

for (const colorScheme of THEMES) {
  test(`the same on a phone of 320 px, 40 px for a finger: ${colorScheme}`, async ({ tabs }) => {
    const inTheme = (tab) => tab.emulateMedia({ colorScheme });
    await everyTab(tabs, inTheme, async (tab) => [
      ...(await violationsIn(colorScheme)(tab)),
      ...(await tab.evaluate(sideways)),
      ...(await tab.evaluate(tooSmall, 40)),
    ]);
  });
}
