// What is wrong with how a page looks, by axe (WCAG 2.2 AA) and by measure.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const axe = readFileSync(
  createRequire(fileURLToPath(new URL("../../../web-demo/package.json", import.meta.url))).resolve("axe-core/axe.min.js"),
  "utf8",
);
const WCAG = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
/** All rules of axe that look at colours: nothing else of a page is another in another theme. */
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** What axe has against the page, in one line each. */
export const violations = (page) => violationsOf(page, WCAG);

/** What axe has against its colours: of a page whose other theme is looked at whole. */
export const violationsOfColour = (page) => violationsOf(page, COLOURS);

async function violationsOf(page, rules) {
  const found = await page.evaluate(runAxe, rules);
  if (found) return found;
  await page.evaluate(axe);
  return page.evaluate(runAxe, rules);
}

/** Runs in the page; answers null where axe is not loaded yet. */
async function runAxe(rules) {
  if (!window.axe) return null;
  // Every rule runs; only what passes is not described.
  const { violations: found } = await window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ""}`));
}

/** Runs in the page: what hangs over the edge, or is cut off where nobody can scroll to it. */
export function overTheEdge() {
  const wrong = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`scrolls sideways: ${scrollWidth} of ${innerWidth} px`);
  for (const element of document.querySelectorAll("button, summary, input, h1, h2, p, li, code")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".heard-only, [inert]")) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0) continue;
    const name = `${element.localName} “${element.textContent.trim().slice(0, 40)}”`;
    if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`${name} is at ${Math.round(box.left)} to ${Math.round(box.right)} px`);
    const scrolls = (one) => one && (/(auto|scroll)/.test(getComputedStyle(one).overflowY) || scrolls(one.parentElement));
    if ((box.bottom > innerHeight + 1 || box.top < -1) && !scrolls(element.parentElement)) wrong.push(`${name} is out of reach`);
  }
  return wrong;
}

/** Runs in the page: buttons too small for a finger (AA asks 24 px). */
export function tooSmall(least) {
  return [...document.querySelectorAll("button, summary, input")]
    .filter((one) => one.checkVisibility() && !one.closest("[inert]"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < least || box.height < least)
    .map(([one, box]) => `${one.localName} “${one.textContent || one.ariaLabel}” is ${Math.round(box.width)}×${Math.round(box.height)}`);
}

/** Runs in the page: what hangs over the edge of a page that scrolls downwards. A wide table scrolls in a box of its own. */
export function sideways() {
  const wrong = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`scrolls sideways: ${scrollWidth} of ${innerWidth} px`);
  for (const element of document.querySelectorAll("button, select, input, h1, h2, h3, p, li, .table-scroll")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".heard-only, [inert]")) continue;
    if (element.parentElement.closest(".table-scroll")) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.left < -1 || box.right > innerWidth + 1)) {
      wrong.push(`${element.localName} “${element.textContent.trim().slice(0, 40)}” is at ${Math.round(box.left)} to ${Math.round(box.right)} px`);
    }
  }
  return wrong;
}
