// `staylogged provider record`: the person logs in, goes to the list and to its second page; what is proposed passes `check` as
// it is, and a service connects and scrapes with it.

import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordingDesk, filesBelow, tellsOfLists } from "./recording.mjs";

test.describe.configure({ mode: "serial" });

let desk, out, tool;

test.beforeAll(async ({ market }) => {
  desk = new RecordingDesk("record");
  await desk.start(market);
  out = path.join(desk.folder, "recorded");
  mkdirSync(out);
});

test.afterEach(({}, testInfo) => desk?.picture(testInfo));
test.afterAll(() => desk?.end());

test("record: the person logs in, goes to the list and its second page, presses Enter: a definition is shown, nothing is written yet", async () => {
  tool = desk.record("--out", out, "--id", "recorded");
  await desk.logIn();
  await tool.says(/^ {2}at app\.demo\.localhost\/market$/m);
  // The application begins with a list.
  await tellsOfLists(tool, 1);
  await desk.goTo("/market/search?page=2");
  await tellsOfLists(tool, 2);
  await tool.says(/^ {2}at app\.demo\.localhost\/market\/search$/m);
  await desk.goTo("/market/search?page=1");
  await tellsOfLists(tool, 3);
  tool.enter();
  await tool.says(/Write these \d files into .*\[y\/n\]/);
  mustEqual(readdirSync(out), [], "files before the answer");
  desk.mustHoldNothingPersonal([["the terminal", tool.printed]]);
  must(!/eyJ[\w-]+\./.test(tool.printed), "a token is in the terminal");
  must(/^logged_in +with what was captured/m.test(tool.printed), "the proposal was not seen to be logged in");
  must(/^logged_out +with nothing saved/m.test(tool.printed), "the proposal was not seen to be logged out");
  must(/^login\.logged_in does not hold with nothing saved$/m.test(tool.printed), "the login rule was not tried as nobody");
  must(/^login\.logged_in holds with what was captured$/m.test(tool.printed), "the login rule was not tried as the person");
});

test("record: after “y” it is there; it says from what each rule came; nothing of the person is in it", async () => {
  tool.enter("y");
  mustEqual(await tool.exit(), 0, "the exit code");
  const files = filesBelow(out);
  mustEqual(files.map(([name]) => path.relative(out, name)).sort(), [
    "fixtures/recorded/account.json", "fixtures/recorded/list.expected.json", "fixtures/recorded/list.json",
    "fixtures/recorded/logged-out.html", "recorded.toml",
  ], "the files");
  desk.mustHoldNothingPersonal(files);
  const text = readFileSync(path.join(out, "recorded.toml"), "utf8");
  for (const part of [
    /^logged_in = \{ response = .*\/v1\/me.*# /m, /^\[\[login\.logged_in\.all\]\] # .*cookie/m, /demo_session/, /^\[\[probe\.logged_out\.any\]\] # /m, /^kind = "fetch"/m, /^kind = "capture"/m,
    /field = "page", first = 1, last = "\$\.last"/, /param = "page", first = 1/, /auth = \{ bearer = \{ local_storage/, /^product_price = \{ type = "money" \}/m, /^key = \["(product_ucode|product_id)"\]/m,
    /^drop_cookies = \["_ga\*"\]/m, /^indexed_db = true/m,
  ]) must(part.test(text), `${part} is not in ${text}`);
  const list = JSON.parse(readFileSync(path.join(out, "fixtures/recorded/list.json"), "utf8"));
  mustEqual(list.content.length, 3, "items in the fixture");
  await until("nothing that it started is left", () => tool.left().length === 0);
});

test("record: what is proposed passes check as it is", async () => {
  const check = desk.run(["provider", "check", path.join(out, "recorded.toml")]);
  mustEqual(await check.exit(), 0, `the exit code: ${check.printed}`);
  must(check.printed.includes("1 definition, 0 mistakes"), check.printed);
});

test("record: a service connects with what was proposed, scrapes 137 products with it, and notices the logout", async () => {
  await desk.mustConnectAndScrape("recorded", readFileSync(path.join(out, "recorded.toml"), "utf8"));
});
