// `staylogged provider record` at a list that comes without JSON.

import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { mustEqual } from "../support/waiting.mjs";
import { RecordingDesk, filesBelow } from "./recording.mjs";

test.describe.configure({ mode: "serial" });

let desk, out;

test.beforeAll(async ({ market }) => {
  desk = new RecordingDesk("record-elements");
  await desk.start(market);
  out = path.join(desk.folder, "plain");
});

test.afterEach(({}, testInfo) => desk?.picture(testInfo));
test.afterAll(() => desk?.end());

test("record: where there is no JSON, the elements that repeat make the stream; it passes check as it is, with --yes without a question", async () => {
  const tool = desk.record("--out", out, "--id", "plain", "--yes");
  await desk.logIn();
  await tool.says(/^ {2}at app\.demo\.localhost\/market$/m);
  await desk.goTo("/market/list?page=2");
  await tool.says(/^ {2}at app\.demo\.localhost\/market\/list$/m);
  await desk.goTo("/market/list");
  await tool.says(/^ {2}at app\.demo\.localhost\/market\/list, another page of it$/m);
  // The window closed says as much as Enter.
  await desk.display.chord("Control", "w");
  mustEqual(await tool.exit(), 0, `the exit code: ${tool.printed.slice(-1500)}`);
  const check = desk.run(["provider", "check", path.join(out, "plain.toml")]);
  mustEqual(await check.exit(), 0, `the exit code of check: ${check.printed}`);
  desk.mustHoldNothingPersonal(filesBelow(out));
});

test("record: a service connects with what the elements made, scrapes 137 products with it, and notices the logout", async () => {
  await desk.mustConnectAndScrape("plain", readFileSync(path.join(out, "plain.toml"), "utf8"));
});
