// `staylogged provider try` with definitions that have mistakes.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { logInAtTheWindow } from "../support/at-the-window.mjs";
import { test } from "../support/fixtures.mjs";
import { theMarkets } from "../support/server.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { Desk, replaced } from "./tool.mjs";

test.describe.configure({ mode: "serial" });

let desk, definition;

test.beforeAll(async ({ market }) => {
  desk = new Desk("try-mistakes");
  await desk.start(market);
  definition = theMarkets(market)["demo-market"];
});

test.afterEach(({}, testInfo) => desk?.picture(testInfo));
test.afterAll(() => desk?.end());

test("try: a definition with a mistake is explained as by check", async () => {
  const file = write(replaced(definition, "timeout =", "time_out ="));
  const tool = desk.run(["provider", "try", file]);
  mustEqual(await tool.exit(), 1, "the exit code");
  must(tool.printed.includes("unknown field `time_out`"), tool.printed);
});

test("try: what is wrong is named with what to change, and the exit code is 1", async ({ market }) => {
  let wrong = replaced(definition, /^temperature( +)= \{ type = "integer" \}/m, 'temperature$1= { type = "datetime" }');
  // Nothing tells that somebody is logged out, so the probe goes on for as long as it may.
  wrong = replaced(wrong, 'url = "http://sso.demo.localhost', 'url = "http://nowhere.demo.localhost');
  wrong = replaced(wrong, 'css = "form input[name=password]"', 'css = "form input[name=never]"');
  wrong = replaced(wrong, 'wait  = "25s"', 'wait  = "15s"');
  wrong = replaced(wrong, /\[\[states\]\][^]*$/, "");
  const tool = desk.run(["provider", "try", write(wrong)]);
  await logInAtTheWindow(desk.display, market);
  mustEqual(await tool.exit(), 1, "the exit code");
  must(/probe\] says unknown of somebody who is not logged in: give probe\.logged_out a mark/.test(tool.printed), tool.printed.slice(-2500));
  must(/20 values of temperature cannot be read as its type/.test(tool.printed), tool.printed.slice(-2500));
  must(tool.printed.includes("(unreadable)"), "unreadable values are not marked");
});

function write(text) {
  const file = path.join(desk.folder, "demo-market.toml");
  writeFileSync(file, text);
  return file;
}
