// `staylogged provider try`: the person at the browser's window logs in, and the terminal tells what the definition makes of it.
//
// The person is played at the display, by mouse and keyboard: the window is on their own computer, and no program drives its
// browser but the one that is tried here.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { logInAtTheWindow } from "../support/at-the-window.mjs";
import { test } from "../support/fixtures.mjs";
import { theMarkets } from "../support/server.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { Desk } from "./tool.mjs";

test.describe.configure({ mode: "serial" });

let desk, file;

test.afterEach(({}, testInfo) => desk?.picture(testInfo));
test.afterAll(() => desk?.end());

test("the marketplace and a display start", async ({ market }) => {
  desk = new Desk("try");
  await desk.start(market);
  file = path.join(desk.folder, "demo-market.toml");
  writeFileSync(file, theMarkets(market)["demo-market"]);
});

test("try: the rules are told live while the person logs in; then proof, ended session, and each source's first page", async ({ market }) => {
  const tool = desk.run(["provider", "try", file]);
  await tool.says(/^yes {5}probe\.logged_out$/m);
  must(/^no {6}login\.logged_in$/m.test(tool.printed), "login.logged_in is not told");
  must(/^no {6}probe\.blocked$/m.test(tool.printed), "probe.blocked is not told");
  must(/^ {8}yes {5}a visible element "form input\[name=password\]" is on the page: there is one$/m.test(tool.printed), "the evidence is not told");
  await logInAtTheWindow(desk.display, market);
  await tool.says(/^yes {5}login\.logged_in$/m);
  mustEqual(await tool.exit(), 0, `the exit code, after ${tool.printed.slice(-800)}`);
  for (const said of [/^The proof:.*\nlogged_in +probe$/m, /^A session that has ended:.*\nlogged_out +probe$/m]) {
    must(said.test(tool.printed), `${said} is not told: ${tool.printed.slice(-3000)}`);
  }
  for (const part of ["products: the first page of its capture source", "products: the first page of its markup source", "products_scroll: the first page of its capture source"]) {
    must(tool.printed.includes(part), `it does not say “${part}”`);
  }
  for (const kind of ["capture", "markup"]) {
    const said = new RegExp(`^products: its ${kind} source without a session\\n {4}\\S`, "m");
    must(said.test(tool.printed), `what the ${kind} source shows without a session is not told: ${tool.printed.slice(-3000)}`);
  }
  must(/^ {4}ucode +id +name .*\n {4}string +integer +string .*\n {4}[0-9a-f-]{27}.* \d+\.\d\d BRL/m.test(tool.printed), "no table of typed values");
  must(tool.printed.includes("Demo Market passed"), "it does not say that it passed");
  for (const secret of [market.account.password, market.account.email]) must(!tool.printed.includes(secret), "a secret is in the terminal");
  must(!/eyJ[\w-]+\./.test(tool.printed), "a token is in the terminal");
  await until("nothing that it started is left", () => tool.left().length === 0);
});

test("try: in a terminal the rules are painted in place", async () => {
  const tool = desk.run(["provider", "try", file], { terminal: true });
  await tool.says(/yes {5}probe\.logged_out/);
  await tool.says(/\x1b\[\d+A\x1b\[J/);
  tool.child.stdin.write("\x03");
  mustEqual(await tool.exit(), 1, "the exit code after Ctrl-C");
  must(tool.printed.includes("the browser is closed and nothing was kept"), tool.printed.slice(-300));
  await until("nothing that it started is left", () => tool.left().length === 0);
});
