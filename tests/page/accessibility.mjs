// Every state of the modal in every language and theme, and of the integrations page's data: axe (WCAG 2.2 AA) finds nothing; it fits 320 pixels, 200 % zoom and
// little height; nothing moves for those who do not want it; everything is reached by keyboard, and seen to be.

import { fileURLToPath } from "node:url";
import { openBrowser } from "./support/person.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual } from "./support/waiting.mjs";
import { STATES, openState } from "./integrations-states.mjs";
import { overTheEdge, sideways, tooSmall, violations } from "./looks.mjs";
import { StoriesPage } from "./stories.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

const LANGUAGES = ["en", "pt-BR", "es"];
const THEMES = ["light", "dark"];
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 320, height: 640 };
/** A window of 1280×720 at 200 %. */
const ZOOMED = { width: 640, height: 360 };
/** Phones on their side: a usual one, and the smallest that is still sold. */
const ON_ITS_SIDE = [
  { width: 844, height: 390 },
  { width: 667, height: 375 },
];

/** With a folder here, the states of the data are put there as pictures, to be looked at. */
const { PICTURES } = process.env;

const stories = new StoriesPage();
const steps = new Steps();
let browser, names;

async function sit(viewport, more = {}) {
  // Without motion there is nothing to wait for.
  const reducedMotion = "reduce";
  const context = await browser.newContext({ viewport, reducedMotion, locale: "en-GB", timezoneId: "Europe/Lisbon", ...more });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  return page;
}

/** Looks at every state in turn; all that is wrong is told at once. */
async function everyState(page, options, look) {
  const wrong = [];
  for (const name of names) {
    await stories.open(page, name, options);
    for (const one of await look(page, name)) wrong.push(`${name}: ${one}`);
  }
  must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 12).join("; ")}`);
}

/** The same of the integrations page, which does not begin anew by itself: each state has a page of its own. */
async function everyStateOfTheData(viewport, options, look, device = {}) {
  const wrong = [];
  const page = await sit(viewport, device);
  for (const [name, state] of Object.entries(STATES)) {
    await openState(page, stories.origin, state, options);
    for (const one of await look(page)) wrong.push(`${name}: ${one}`);
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}-${options.theme}-${viewport.width}.png`, fullPage: true });
  }
  await page.context().close();
  must(wrong.length === 0, `${wrong.length} in all: ${wrong.slice(0, 12).join("; ")}`);
}

/** Presses Tab until it comes round; each stop has a name and is seen to have the focus. */
async function tabStops(page) {
  const stops = [];
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body || one.matches('[data-testid="modal"]')) return null;
      const style = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      return {
        name: one.dataset.testid ?? one.textContent.trim() ?? "",
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (!stop || (stops.length > 0 && stops[0].name === stop.name)) break;
    stops.push(stop);
  }
  const unseen = stops.filter(({ seen }) => !seen).map(({ name }) => name);
  must(unseen.length === 0, `the focus is not seen on: ${unseen.join(", ")}`);
  return stops.map(({ name }) => name);
}

async function story() {
  await steps.step("the page of stories is built and served", async () => {
    stories.build();
    await stories.start();
    browser = await openBrowser();
    const page = await sit(WIDE);
    names = await stories.names(page);
    must(names.length >= 35, `only ${names.length} states`);
    await page.context().close();
  });
  await steps.step("what looks at them notices what is wrong", async () => {
    const page = await sit(NARROW);
    await stories.open(page, "prime");
    await page.getByTestId("modal").evaluate((modal) => {
      modal.insertAdjacentHTML("beforeend", '<button style="width:9px;margin-left:330px;color:#ddd;background:#eee"></button><p style="color:#ccc">Pale</p>');
    });
    const found = (await violations(page)).join();
    for (const rule of ["button-name", "color-contrast"]) must(found.includes(rule), `axe does not notice ${rule}: ${found}`);
    must((await page.evaluate(tooSmall, 24)).length === 1, "a button of 9 px is not too small");
    must((await page.evaluate(overTheEdge)).length > 0, "a button beyond the edge is not noticed");
    await page.context().close();
  });
  for (const theme of THEMES) {
    for (const language of LANGUAGES) {
      await steps.step(`axe finds nothing in any state: ${theme}, ${language}`, async () => {
        const page = await sit(WIDE);
        await everyState(page, { theme, language }, violations);
        await page.context().close();
      });
    }
  }
  for (const language of LANGUAGES) {
    await steps.step(`320 px, a phone: all there, nothing sideways, 44 px for a finger, axe finds nothing: ${language}`, async () => {
      const page = await sit(NARROW, { hasTouch: true, isMobile: true });
      await everyState(page, { language }, async () => [
        ...(await page.evaluate(overTheEdge)),
        ...(await page.evaluate(tooSmall, 40)),
        ...(await violations(page)),
      ]);
      await page.context().close();
    });
  }
  await steps.step("200 % zoom, and little height: all there", async () => {
    const page = await sit(ZOOMED, { deviceScaleFactor: 2 });
    for (const language of LANGUAGES) await everyState(page, { language }, () => page.evaluate(overTheEdge));
    await page.context().close();
  });
  await steps.step("a phone on its side: what is above the picture is one line, in every state that has a picture", async () => {
    for (const viewport of ON_ITS_SIDE) {
      const page = await sit(viewport, { hasTouch: true, isMobile: true });
      for (const language of LANGUAGES) {
        await everyState(page, { language }, async () => [
          ...(await page.evaluate(overTheEdge)),
          ...(await page.evaluate(() => {
            const head = document.querySelector('[data-layout="work"] .window-head');
            const height = head?.getBoundingClientRect().height ?? 0;
            // The buttons are 44 high for a finger; three small lines beside them are hardly more.
            return height > 54 ? [`${height} px above the picture`] : [];
          })),
        ]);
      }
      await page.context().close();
    }
  });
  await steps.step("a page's own colour is readable, whatever it is", async () => {
    const page = await sit(WIDE);
    // Too light for the one theme, and too dark for the other.
    await everyState(page, { theme: "light", accent: "#ffe600" }, violations);
    await everyState(page, { theme: "dark", accent: "#151515" }, violations);
    await page.context().close();
  });
  await steps.step("who wants no motion sees none; what waits still turns, slowly", async () => {
    const page = await sit(WIDE);
    await everyState(page, {}, () =>
      page.evaluate(() =>
        document
          .getAnimations()
          .map((one) => one.effect)
          .filter(({ target }) => !target.matches(".spinner"))
          .map(({ target }) => `${target.className || target.localName} moves`),
      ),
    );
    await page.context().close();
  });
  await steps.step("where the system draws its own colours, the window has an edge and buttons theirs", async () => {
    const page = await sit(WIDE, { forcedColors: "active" });
    await everyState(page, {}, () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".window, .sheet, .button:not(:disabled)")]
          .filter((one) => one.checkVisibility() && /rgba\(.*, 0\)|transparent/.test(getComputedStyle(one).borderTopColor))
          .map((one) => `${one.className} has no edge`),
      ),
    );
    await page.context().close();
  });
  await steps.step("by keyboard: each stop is seen, and in the order in which it is read", async () => {
    const page = await sit(WIDE);
    await stories.open(page, "prime");
    mustEqual(await tabStops(page), ["modal-close", "prime-continue", "Cancel"], "the stops while reading");
    await stories.open(page, "not-detected");
    const stops = await tabStops(page);
    mustEqual(stops.slice(0, 4), ["more-time", "open-phone", "open-watch", "modal-close"], "the first stops at work");
    mustEqual(stops.slice(-2), ["Cancel", "finish"], "the last stops at work");
    await stories.open(page, "leave");
    mustEqual(await page.evaluate(() => document.activeElement.dataset.testid), "leave", "what has the focus when it is asked");
    mustEqual((await tabStops(page)).slice(-2), ["leave-stop", "leave-stay"], "the stops when it is asked");
    await page.context().close();
  });
  for (const theme of THEMES) {
    await steps.step(`the data on the integrations page: axe finds nothing in any state, nothing sideways: ${theme}`, () =>
      everyStateOfTheData(WIDE, { theme }, async (page) => [...(await violations(page)), ...(await page.evaluate(sideways))]),
    );
    await steps.step(`the same on a phone of 320 px, 40 px for a finger: ${theme}`, () =>
      everyStateOfTheData(
        NARROW,
        { theme },
        async (page) => [...(await violations(page)), ...(await page.evaluate(sideways)), ...(await page.evaluate(tooSmall, 40))],
        { hasTouch: true, isMobile: true },
      ),
    );
  }
  await steps.step("the same at 200 % zoom: nothing sideways", () =>
    everyStateOfTheData(ZOOMED, { theme: "light" }, (page) => page.evaluate(sideways), { deviceScaleFactor: 2 }),
  );
  await steps.step("who hears the data hears the columns, their order, and how a run ended", async () => {
    const page = await sit(WIDE);
    await openState(page, stories.origin, STATES.records);
    await page.getByTestId("sort-price").click();
    await page.locator('th[aria-sort="ascending"]').waitFor();
    const tree = await page.getByTestId("records").ariaSnapshot();
    for (const part of ['button "Data" [pressed]', 'searchbox "Search"', 'button "Download CSV"', 'region "products of Demo Market"', 'columnheader "price"', "1–25 of 10,000"]) {
      must(tree.includes(part), `“${part}” is not in what is heard:\n${tree.slice(0, 3000)}`);
    }
    await openState(page, stories.origin, STATES["running-to-an-end"]);
    const heard = await page.getByTestId("card-demo-market").ariaSnapshot();
    for (const part of ['progressbar "Scraping products"', 'button "Stop scraping products"']) must(heard.includes(part), `“${part}” is not in what is heard:\n${heard}`);
    await page.context().close();
  });
  await steps.step("who hears the page hears the title, the state and the buttons", async () => {
    const page = await sit(WIDE);
    await stories.open(page, "detected");
    const tree = await page.getByTestId("modal").ariaSnapshot();
    for (const part of [
      'heading "Connect to Hotmart" [level=1]',
      "status: ✅ Login detected!",
      'timer "14:05 left"',
      'button "Continue on your phone"',
      'button "I Finished Login"',
    ]) {
      must(tree.includes(part), `“${part}” is not in what is heard:\n${tree}`);
    }
    await page.context().close();
  });
}

await steps.play(story, {
  end: async () => {
    await browser?.close();
    stories.end();
  },
});
