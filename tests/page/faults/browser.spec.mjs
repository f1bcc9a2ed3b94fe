// kill -9 of Chromium, of its Node driver and of its display, each in the middle of a login, as the person at the page sees it:
// told what happened, offered to try again, and what was saved before still works.

import { existsSync } from "node:fs";
import { test } from "../support/fixtures.mjs";
import { processesAt } from "../support/server.mjs";
import { until } from "../support/waiting.mjs";
import { TOLD_WITHIN, begins, ends, goesOn } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const BROWSER_LOST = "The browser on the server ended unexpectedly. Nothing that was saved before is lost. Please try again.";
const NAMES = { chromium: "Chromium", driver: "the Node driver", display: "Xvfb" };

const story = begins("browser");

for (const [part, name] of Object.entries(NAMES)) {
  test(`a login is under way, the password is given (${name})`, () => story.toTheMiddle());
  test(`kill -9 of ${name}: within ${TOLD_WITHIN} s the modal says so and offers “Try again”`, async () => {
    process.kill(story.before[part].pid, "SIGKILL");
    await story.isTold(BROWSER_LOST, `${part}-killed`);
  });
  test(`nothing is left running of that browser, its driver and its display, nor its folder (${name})`, async () => {
    const { room } = story.before;
    await until("all of it ends", () => processesAt(room).length === 0 && !existsSync(room));
  });
  goesOn(story, name);
}

ends(story);
