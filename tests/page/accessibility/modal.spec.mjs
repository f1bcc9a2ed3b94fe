// Every state of the modal in every language and theme: axe (WCAG 2.2 AA) finds nothing; it fits 320 pixels, 200 % zoom and little
// height; nothing moves for those who do not want it; everything is reached by keyboard, and seen to be.

import { overTheEdge, tooSmall, violations, violationsOfColour } from "../support/looks.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { LANGUAGES, NARROW, PHONE, THEMES, WIDE, ZOOMED, nothingIsWrong, test, violationsIn } from "./fixtures.mjs";

test.describe.configure({ mode: "parallel" });

/** Phones on their side: a usual one, and the smallest that is still sold. */
const ON_ITS_SIDE = [
  { width: 844, height: 390 },
  { width: 667, height: 375 },
];

/** Looks at every state in turn. */
async function everyState(stories, page, options, look) {
  const wrong = [];
  const names = await stories.names(page);
  must(names.length >= 35, `only ${names.length} states`);
  for (const name of names) {
    await stories.open(page, name, options);
    for (const one of await look(page)) wrong.push(`${name}: ${one}`);
  }
  nothingIsWrong(wrong);
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
        name: one.dataset.testid ?? (one.ariaLabel || one.textContent.trim()),
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (!stop || (stops.length > 0 && stops[0].name === stop.name)) break;
    stops.push(stop);
  }
  const unseen = stops.filter(({ seen }) => !seen).map(({ name }) => name);
  must(unseen.length === 0, `the focus is not seen on: ${unseen.join(", ")}`);
  const names = stops.map(({ name }) => name);
  must(names.every(Boolean), `a stop has no name: ${names.join(", ")}`);
  return names;
}

test("the page of stories is built and served", async ({ stories, sit }) => {
  const names = await stories.names(await sit(WIDE));
  must(names.length >= 35, `only ${names.length} states`);
});

test("what looks at them notices what is wrong", async ({ stories, sit }) => {
  const page = await sit(NARROW);
  await stories.open(page, "prime");
  await page.getByTestId("modal").evaluate((modal) => {
    modal.insertAdjacentHTML("beforeend", '<button style="width:9px;margin-left:330px;color:#ddd;background:#eee"></button><p style="color:#ccc">Pale</p>');
  });
  const found = (await violations(page)).join();
  for (const rule of ["button-name", "color-contrast"]) must(found.includes(rule), `axe does not notice ${rule}: ${found}`);
  must((await violationsOfColour(page)).join().includes("color-contrast"), "the look at the colours alone does not notice a pale text");
  must((await page.evaluate(tooSmall, 24)).length === 1, "a button of 9 px is not too small");
  must((await page.evaluate(overTheEdge)).length > 0, "a button beyond the edge is not noticed");
});

for (const theme of THEMES) {
  for (const language of LANGUAGES) {
    test(`axe finds nothing in any state: ${theme}, ${language}`, async ({ stories, sit }) => {
      await everyState(stories, await sit(WIDE), { theme, language }, violationsIn(theme));
    });
  }
}

for (const language of LANGUAGES) {
  test(`320 px, a phone: all there, nothing sideways, 44 px for a finger, axe finds nothing: ${language}`, async ({ stories, sit }) => {
    await everyState(stories, await sit(NARROW, PHONE), { language }, async (page) => [
      ...(await page.evaluate(overTheEdge)),
      ...(await page.evaluate(tooSmall, 40)),
      ...(await violations(page)),
    ]);
  });
}

test("200 % zoom, and little height: all there", async ({ stories, sit }) => {
  const page = await sit(ZOOMED, { deviceScaleFactor: 2 });
  for (const language of LANGUAGES) await everyState(stories, page, { language }, () => page.evaluate(overTheEdge));
});

test("a phone on its side: what is above the picture is one line, in every state that has a picture", async ({ stories, sit }) => {
  for (const viewport of ON_ITS_SIDE) {
    const page = await sit(viewport, PHONE);
    for (const language of LANGUAGES) {
      await everyState(stories, page, { language }, async () => [
        ...(await page.evaluate(overTheEdge)),
        ...(await page.evaluate(() => {
          const head = document.querySelector('[data-layout="work"] .window-head');
          const height = head?.getBoundingClientRect().height ?? 0;
          // The buttons are 44 high for a finger; three small lines beside them are hardly more.
          return height > 54 ? [`${height} px above the picture`] : [];
        })),
      ]);
    }
  }
});

test("a page's own colour is readable, whatever it is", async ({ stories, sit }) => {
  const page = await sit(WIDE);
  // Too light for the one theme, and too dark for the other.
  await everyState(stories, page, { theme: "light", accent: "#ffe600" }, violationsOfColour);
  await everyState(stories, page, { theme: "dark", accent: "#151515" }, violationsOfColour);
});

test("who wants no motion sees none; what waits still turns, slowly", async ({ stories, sit }) => {
  const page = await sit(WIDE);
  await everyState(stories, page, {}, () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .map((one) => one.effect)
        .filter(({ target }) => !target.matches(".spinner"))
        .map(({ target }) => `${target.className || target.localName} moves`),
    ),
  );
});

test("where the system draws its own colours, the window has an edge and buttons theirs", async ({ stories, sit }) => {
  const page = await sit(WIDE, { forcedColors: "active" });
  await everyState(stories, page, {}, () =>
    page.evaluate(() =>
      [...document.querySelectorAll(".window, .sheet, .button:not(:disabled)")]
        .filter((one) => one.checkVisibility() && /rgba\(.*, 0\)|transparent/.test(getComputedStyle(one).borderTopColor))
        .map((one) => `${one.className} has no edge`),
    ),
  );
});

test("by keyboard: each stop is seen, and in the order in which it is read", async ({ stories, sit }) => {
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
});

test("who hears the page hears the title, the state and the buttons", async ({ stories, sit }) => {
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
});
