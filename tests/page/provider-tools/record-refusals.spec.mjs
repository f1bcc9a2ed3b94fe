// When `staylogged provider record` writes nothing.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { RecordingDesk, filesBelow, tellsOfLists } from "./recording.mjs";

test.describe.configure({ mode: "serial" });

let desk;

test.beforeAll(async ({ market }) => {
  desk = new RecordingDesk("record-refusals");
  await desk.start(market);
});

test.afterEach(({}, testInfo) => desk?.picture(testInfo));
test.afterAll(() => desk?.end());

test("record: what is there already is not overwritten without asking, also with --yes", async () => {
  const out = path.join(desk.folder, "recorded");
  mkdirSync(path.join(out, "fixtures/recorded"), { recursive: true });
  for (const file of ["recorded.toml", "fixtures/recorded/list.json"]) writeFileSync(path.join(out, file), `${file} of before\n`);
  const before = filesBelow(out);
  const tool = desk.record("--out", out, "--id", "recorded", "--yes");
  await desk.logIn();
  await tellsOfLists(tool, 1);
  await desk.goTo("/market/search?page=1");
  await tool.says(/^ {2}at app\.demo\.localhost\/market\/search$/m);
  tool.enter();
  const [question] = await tool.says(/There is already .*Overwrite\? \[y\/n\]/);
  for (const [file] of before) must(question.includes(file), `${file} is not in the question: ${question}`);
  tool.enter("n");
  mustEqual(await tool.exit(), 1, "the exit code");
  must(tool.printed.includes("nothing was written"), tool.printed.slice(-300));
  mustEqual(filesBelow(out), before, "the files");
});

test("record: somebody who did not log in is told so, and nothing is written", async () => {
  const out = path.join(desk.folder, "none");
  const tool = desk.record("--out", out);
  await tool.says(/^ {2}at sso\.demo\.localhost\/login$/m);
  tool.enter();
  mustEqual(await tool.exit(), 1, "the exit code");
  must(/log in before you press Enter/.test(tool.printed), tool.printed.slice(-500));
  must(!existsSync(out), "something was written");
});
