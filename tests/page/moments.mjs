// The moments of the modal that a login seldom comes to, each at the page, by a person in a second Chromium: somebody else has
// logged in, nobody is there, the time runs out, the browser's own window is on this computer.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./support/person.mjs";
import { Server, Service } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";
import { idle } from "./moments/idle.mjs";
import { moreTime } from "./moments/more-time.mjs";
import { otherAccount } from "./moments/other-account.mjs";
import { ownWindow } from "./moments/own-window.mjs";
import { MomentsPerson } from "./moments/person.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-moments");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const market = new Server(path.join(OUT, "market.log"));
const steps = new Steps();
/** What is to be ended, newest first. */
const ends = [];
let browser, pictures = 0;

const story = { market, step: (name, action) => steps.step(name, action), screenshot, atService, ends };

async function screenshot(name) {
  pictures += 1;
  await story.ana.page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

/** A service of its own for each moment, and a person who has never been there. */
async function atService(name, options, play) {
  const service = new Service(path.join(OUT, `${name}.log`), market, options);
  ends.unshift(() => service.clear());
  await story.step(`a service for this: ${name}`, () => service.start());
  const ana = await new MomentsPerson(browser, service).sit();
  Object.assign(story, { service, ana });
  await ana.open();
  await play(story);
  await story.step(`no error in the page, and the service stops in order: ${name}`, async () => {
    mustEqual(ana.errors, [], "errors");
    await ana.leave();
    must(await service.stop(), "it did not end by itself within 20 seconds");
    await until("everything that it started ends", () => service.processes().length === 0, 10);
  });
}

const MOMENTS = { "other-account": otherAccount, idle, "more-time": moreTime, "own-window": ownWindow };

async function run() {
  await story.step("the marketplace starts", () => market.start());
  browser = await openBrowser();
  const wanted = process.argv.slice(2);
  for (const [name, moment] of Object.entries(MOMENTS)) {
    if (wanted.length === 0 || wanted.includes(name)) await moment(story);
  }
}

await steps.play(run, {
  failed: async () => {
    if (story.ana?.page && !story.ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the logs are in ${OUT}`);
  },
  end: async () => {
    await browser?.close().catch(() => undefined);
    for (const end of ends) await end();
    await market.clear();
  },
});
