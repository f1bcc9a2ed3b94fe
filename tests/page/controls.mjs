// A site with every kind of control, operated wholly through the modal by a person in a second Chromium, at a computer and then
// with a phone: each control ends with the value that they meant, which is read where the site was told it.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./support/person.mjs";
import { Service } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must } from "./support/waiting.mjs";
import { atTheComputer } from "./controls/computer.mjs";
import { PHONE, withThePhone } from "./controls/phone.mjs";
import { ControlsPerson } from "./controls/person.mjs";
import { Site } from "./controls/site.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const target = process.env.CARGO_TARGET_DIR ?? "target";
const OUT = path.join(target, "page-controls");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const site = new Site();
const steps = new Steps();
const story = { site, step: (name, action) => steps.step(name, action), screenshot };
let service, browser, pictures = 0;

async function screenshot(name) {
  pictures += 1;
  await story.ana.page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

/** `serve` has to be told where a machine cannot sandbox a browser; the doctor finds it out. */
function canSandbox() {
  try {
    return execFileSync(path.join(target, "debug/staylogged"), ["doctor"], { encoding: "utf8", stdio: "pipe" }).includes("with its sandbox");
  } catch (error) {
    // It misses the key and the database, which this service gets.
    return String(error.stdout).includes("with its sandbox");
  }
}

async function sits(options) {
  story.ana = await new ControlsPerson(browser, service, site).sit(options);
}

async function run() {
  await story.step("the site of controls starts, and the service that has its definition", async () => {
    await site.start();
    const about = { marketUrl: site.origin, canSandbox: canSandbox() };
    service = new Service(path.join(OUT, "service.log"), about, { definitions: { controls: site.definition() } });
    await service.start();
  });
  browser = await openBrowser();
  story.service = service;

  await sits({});
  await atTheComputer(story);
  await story.ana.leave();

  site.forget();
  await sits(PHONE);
  await withThePhone(story);
  await story.ana.leave();

  await story.step("the service stops in order", async () => must(await service.stop(), "it did not end by itself within 20 seconds"));
}

await steps.play(run, {
  failed: async () => {
    if (story.ana?.page && !story.ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the log are in ${OUT}`);
  },
  end: async () => {
    await browser?.close().catch(() => undefined);
    await service?.clear();
    site.end();
  },
});
