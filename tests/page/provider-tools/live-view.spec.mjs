// `staylogged provider try` and `record` on a computer without a display: the browser is shown live at an address that is printed.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { Person } from "../support/person.mjs";
import { theMarkets } from "../support/server.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { RecordingDesk, filesBelow, tellsOfLists } from "./recording.mjs";

test.describe.configure({ mode: "serial" });

const ADDRESS = /^ {4}(http:\/\/127\.0\.0\.1:(\d+)\/live#(\w{64}))$/m;

/** A person at that address, in a Chromium of their own: the live view is the page itself. */
class Viewer extends Person {
  modal() {
    return this.page;
  }
}

let desk;

test.beforeAll(async ({ market }) => {
  desk = new RecordingDesk("live-view");
  await desk.start(market);
});

test.afterAll(() => desk?.end());

async function open(browser, market, address) {
  const viewer = await new Viewer(browser, market).sit();
  await viewer.page.goto(address);
  return viewer;
}

async function isOver(viewer, tool) {
  await viewer.page.getByText("The browser is closed. Go on in the terminal.").waitFor();
  mustEqual(viewer.errors, [], "errors of the page");
  await viewer.leave();
  await until("nothing that it started is left", () => tool.left().length === 0);
}

test("try: the address shows the browser, to whoever has the key that is printed with it, and the login is seen", async ({ browser, market }) => {
  const file = path.join(desk.folder, "demo-market.toml");
  writeFileSync(file, theMarkets(market)["demo-market"]);
  const tool = desk.run(["provider", "try", file], { display: null });
  const [, address, port, key] = await tool.says(ADDRESS);
  must(tool.printed.includes(`ssh -N -L ${port}:127.0.0.1:${port} `), tool.printed);

  const ticket = new URL("/api/logins/by-hand/live-ticket", address);
  for (const Authorization of ["", "Bearer ", `Bearer ${key.slice(1)}0`]) {
    const { status } = await fetch(ticket, { method: "POST", headers: Authorization ? { Authorization } : {} });
    mustEqual(status, 401, `with “${Authorization}”`);
  }
  const stranger = await open(browser, market, address.replace(key, ""));
  await stranger.page.getByText("Open the whole address").waitFor();
  await stranger.leave();

  const viewer = await open(browser, market, address);
  await viewer.picture();
  // A reload in the middle: the key is still in the address.
  await viewer.page.reload();
  await viewer.logIn({ finishedByOthers: true });
  mustEqual(await tool.exit(), 0, `the exit code, after ${tool.printed.slice(-800)}`);
  must(tool.printed.includes("Demo Market passed"), tool.printed.slice(-800));
  must(!tool.printed.includes(market.account.password), "the password is in the terminal");
  await isOver(viewer, tool);
});

test("record: the person logs in at the address, and Enter in the terminal ends it", async ({ browser, market }) => {
  await market.reset();
  const out = path.join(desk.folder, "recorded");
  mkdirSync(out);
  const tool = desk.run(["provider", "record", desk.page("/market"), "--out", out, "--id", "recorded", "--yes"], { display: null });
  const [, address] = await tool.says(ADDRESS);
  const viewer = await open(browser, market, address);
  await viewer.logIn({ finishedByOthers: true });
  await tellsOfLists(tool, 1);
  tool.enter();
  mustEqual(await tool.exit(), 0, `the exit code, after ${tool.printed.slice(-800)}`);
  desk.mustHoldNothingPersonal(filesBelow(out));
  must(filesBelow(out).some(([name]) => name.endsWith("recorded.toml")), "no definition was written");
  await isOver(viewer, tool);
});
