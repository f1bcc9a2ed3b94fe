// `staylogged provider record`: the person logs in, goes to the list and to its second page; what is proposed passes `check` as
// it is, and a service connects and scrapes with it.

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mustBeAllProducts } from "../page/support/products.mjs";
import { Service } from "../page/support/server.mjs";
import { must, mustEqual, until } from "../page/support/waiting.mjs";
import { goTo, logInAtTheWindow } from "../page/support/at-the-window.mjs";

/** What nobody may find in what is written: what was typed, and whose account it is. */
const isNowhere = (files, secrets) => {
  for (const [name, text] of files) for (const secret of secrets) must(!text.includes(secret), `${name} holds “${secret}”`);
};

const allFiles = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [file, readFileSync(file, "utf8")]);

export async function recordStories({ step, market, display, start, folder, logFile }) {
  const app = new URL(market.marketUrl);
  const page = (address) => new URL(address, app).href;
  const out = path.join(folder, "recorded");
  mkdirSync(out);
  const { account } = market;
  const secrets = [account.password, account.email, account.name ?? account.email];
  const toPage = (address) => goTo(display, market, page(address));
  /** Waits until the tool has told so many lists. */
  const lists = (tool, count) =>
    until(`${count} lists in the terminal`, () => [...tool.printed.matchAll(/a list of \d+ items came from .*\/v1\/market\/search$/gm)].length >= count);

  await step("record: the person logs in, goes to the list and its second page, presses Enter: a definition is shown, nothing is written yet", async () => {
    const tool = start(["provider", "record", page("/market"), "--out", out, "--id", "recorded"]);
    recordStories.tool = tool;
    await logInAtTheWindow(display, market);
    await tool.says(/^ {2}at app\.demo\.localhost\/market$/m);
    // The application begins with a list.
    await lists(tool, 1);
    await toPage("/market/search?page=2");
    await lists(tool, 2);
    await tool.says(/^ {2}at app\.demo\.localhost\/market\/search$/m);
    await toPage("/market/search?page=1");
    await lists(tool, 3);
    tool.enter();
    await tool.says(/Write these \d files into .*\[y\/n\]/, 180);
    mustEqual(readdirSync(out), [], "files before the answer");
    isNowhere([["the terminal", tool.printed.replaceAll(app.host, "")]], [account.password, account.email]);
    must(!/eyJ[\w-]+\./.test(tool.printed), "a token is in the terminal");
    must(/^logged_in +with what was captured/m.test(tool.printed), "the proposal was not seen to be logged in");
    must(/^logged_out +with nothing saved/m.test(tool.printed), "the proposal was not seen to be logged out");
  });
  await step("record: after “y” it is there; it says from what each rule came; nothing of the person is in it", async () => {
    const tool = recordStories.tool;
    tool.enter("y");
    mustEqual(await tool.exit(), 0, "the exit code");
    const files = allFiles(out);
    mustEqual(files.map(([name]) => path.relative(out, name)).sort(), [
      "fixtures/recorded/account.json", "fixtures/recorded/list.expected.json", "fixtures/recorded/list.json",
      "fixtures/recorded/logged-out.html", "recorded.toml",
    ], "the files");
    isNowhere(files, secrets);
    const text = readFileSync(path.join(out, "recorded.toml"), "utf8");
    for (const part of [
      /^logged_in = \{ response = .*\/v1\/me.*# /m, /^\[\[login\.logged_in\.all\]\] # .*cookie/m, /demo_session/, /^\[\[probe\.logged_out\.any\]\] # /m, /^kind = "fetch"/m, /^kind = "capture"/m,
      /field = "page", first = 1, last = "\$\.last"/, /param = "page", first = 1/, /auth = \{ bearer = \{ local_storage/, /^product_price = \{ type = "money" \}/m, /^key = \["(product_ucode|product_id)"\]/m,
      /^drop_cookies = \["_ga\*"\]/m, /^indexed_db = true/m,
    ]) must(part.test(text), `${part} is not in ${text}`);
    const market = JSON.parse(readFileSync(path.join(out, "fixtures/recorded/list.json"), "utf8"));
    mustEqual(market.content.length, 3, "items in the fixture");
    await until("nothing that it started is left", () => tool.left().length === 0);
  });
  await step("record: what is proposed passes check as it is", async () => {
    const tool = start(["provider", "check", path.join(out, "recorded.toml")]);
    mustEqual(await tool.exit(), 0, `the exit code: ${tool.printed}`);
    must(tool.printed.includes("1 definition, 0 mistakes"), tool.printed);
  });
  await step("record: what is there already is not overwritten without asking, also with --yes", async () => {
    const before = readFileSync(path.join(out, "recorded.toml"), "utf8");
    const tool = start(["provider", "record", page("/market"), "--out", out, "--id", "recorded", "--yes"]);
    await logInAtTheWindow(display, market);
    await lists(tool, 1);
    await toPage("/market/search?page=1");
    await tool.says(/^ {2}at app\.demo\.localhost\/market\/search$/m);
    tool.enter();
    await tool.says(/There is already .*recorded\.toml.*Overwrite\? \[y\/n\]/, 180);
    tool.enter("n");
    mustEqual(await tool.exit(), 1, "the exit code");
    must(tool.printed.includes("nothing was written"), tool.printed.slice(-300));
    mustEqual(readFileSync(path.join(out, "recorded.toml"), "utf8"), before, "the file");
  });
  await step("record: somebody who did not log in is told so, and nothing is written", async () => {
    const tool = start(["provider", "record", page("/market"), "--out", path.join(folder, "none")]);
    await tool.says(/^ {2}at sso\.demo\.localhost\/login$/m);
    tool.enter();
    mustEqual(await tool.exit(), 1, "the exit code");
    must(/log in before you press Enter/.test(tool.printed), tool.printed.slice(-500));
    must(!existsSync(path.join(folder, "none")), "something was written");
  });
  await step("record: where there is no JSON, the elements that repeat make the stream; it passes check as it is, with --yes without a question", async () => {
    const plain = path.join(folder, "plain");
    const tool = start(["provider", "record", page("/market"), "--out", plain, "--id", "plain", "--yes"]);
    await logInAtTheWindow(display, market);
    await tool.says(/^ {2}at app\.demo\.localhost\/market$/m);
    await toPage("/market/list?page=2");
    await toPage("/market/list");
    await tool.says(/^ {2}at app\.demo\.localhost\/market\/list$/m);
    // The window closed says as much as Enter.
    await display.chord("Control", "w");
    mustEqual(await tool.exit(180), 0, `the exit code: ${tool.printed.slice(-1500)}`);
    const check = start(["provider", "check", path.join(plain, "plain.toml")]);
    mustEqual(await check.exit(), 0, `the exit code of check: ${check.printed}`);
    isNowhere(allFiles(plain), secrets);
  });

  await step("record: a service connects with what was proposed, scrapes 137 products with each, and notices the logout", async () => {
    const definitions = { recorded: readFileSync(path.join(out, "recorded.toml"), "utf8"), plain: readFileSync(path.join(folder, "plain/plain.toml"), "utf8") };
    const service = new Service(logFile.replace("program", "service"), market, { definitions, variables: { DISPLAY: display.name } });
    try {
      await service.start();
      for (const provider of Object.keys(definitions)) {
        const login = await connect(service, provider, () => logInAtTheWindow(display, market));
        mustEqual(login.state, "saved", `the login with ${provider}: ${JSON.stringify(login)}`);
        mustBeAllProducts(await service.api("POST", `/scraper/${provider}/scrape`));
      }
      await market.control("POST", "/revoke");
      for (const provider of Object.keys(definitions)) {
        const { status, json } = await service.api("POST", `/scraper/${provider}/scrape`);
        mustEqual([status, json.needsReconnect], [409, true], `after the logout, with ${provider}: ${JSON.stringify(json)}`);
      }
    } finally {
      await service.clear();
    }
  });
}

/** A login from its begin to its end, by the API. */
async function connect(service, provider, logIn) {
  const begun = await service.api("POST", `/integrations/${provider}/connect`);
  must(begun.status < 300, `connect: ${JSON.stringify(begun.json)}`);
  const id = begun.json.login.id;
  const now = async () => (await service.api("GET", `/logins/${id}`)).json;
  await until("the login's browser", async () => (await now()).state === "awaiting_login", 60);
  await logIn();
  await until("the detected login", async () => (await now()).state === "detected", 60);
  await service.api("POST", `/logins/${id}/finish`);
  return until("the end of the login", async () => {
    const login = await now();
    return ["saved", "failed", "cancelled", "expired"].includes(login.state) && login;
  }, 90);
}
