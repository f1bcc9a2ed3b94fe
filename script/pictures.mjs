// Pictures of the modal for the documentation: every state, wide and narrow, light and dark, each kind on one sheet. Run it by hand when the modal has changed: script/setup && node script/pictures.mjs

import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../tests/page/support/person.mjs";
import { StoriesPage } from "../tests/page/support/stories.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const OUT = "docs/images";
mkdirSync(OUT, { recursive: true });

const KINDS = {
  wide: { viewport: { width: 1180, height: 800 }, columns: 4, shown: 480 },
  narrow: { viewport: { width: 390, height: 780 }, columns: 8, shown: 240 },
};

const stories = new StoriesPage();
await stories.start();
const browser = await openBrowser();

async function sheet(kind, theme) {
  const { viewport, columns, shown } = KINDS[kind];
  const context = await browser.newContext({ viewport, hasTouch: kind === "narrow", locale: "en-GB", timezoneId: "Europe/Lisbon" });
  const page = await context.newPage();
  const cells = [];
  for (const name of await stories.names(page)) {
    await stories.open(page, name, { theme });
    const png = (await page.screenshot({ animations: "disabled" })).toString("base64");
    cells.push(`<figure><img src="data:image/png;base64,${png}"><figcaption>${name}</figcaption></figure>`);
  }
  const [ground, text] = theme === "dark" ? ["#0b0f0f", "#dfe7e6"] : ["#ffffff", "#17201f"];
  await page.setViewportSize({ width: columns * (shown + 16) + 16, height: 400 });
  await page.setContent(
    `<style>body{display:grid;grid-template-columns:repeat(${columns},${shown}px);gap:16px;margin:16px;background:${ground};color:${text};font:13px system-ui}
     figure{margin:0}img{display:block;width:100%;border-radius:6px}figcaption{padding-top:4px}</style>${cells.join("")}`,
  );
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  await page.screenshot({ path: path.join(OUT, `modal-${kind}-${theme}.jpg`), fullPage: true, type: "jpeg", quality: 72 });
  await context.close();
}

try {
  for (const kind of Object.keys(KINDS)) for (const theme of ["light", "dark"]) await sheet(kind, theme);
} finally {
  await browser.close();
  stories.end();
}
