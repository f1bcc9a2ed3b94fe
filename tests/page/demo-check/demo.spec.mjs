// The whole product, unattended: a second Chromium plays the person, and this file the programs that call the API.
// `script/demo --check` runs it. Its pictures and the server's log are in target/page/demo-check/.

import { rmSync } from "node:fs";
import path from "node:path";
import { Pictures, Server, outputFolder, test } from "../support/fixtures.mjs";
import { Person, TITLES, WORDS } from "../support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

test.describe.configure({ mode: "serial" });

let server, ana, pictures;

test.beforeAll(() => {
  const folder = outputFolder("demo-check");
  rmSync(folder, { recursive: true });
  pictures = new Pictures("demo-check");
  server = new Server(path.join(folder, "server.log"));
});

test.afterAll(async () => {
  await ana?.leave();
  await server?.clear();
});

test("the server starts, with its marketplace", async ({ browser }) => {
  await server.start();
  ana = await new Person(browser, server).sit();
});

test("the integrations page shows a card each for Hotmart and Demo Market", async () => {
  await ana.open();
  mustEqual(await ana.at("card-hotmart").getByRole("heading").innerText(), "Hotmart", "the first card");
  mustEqual(await ana.at("card-demo-market").getByRole("heading").innerText(), "Demo Market", "the second card");
  mustEqual((await ana.at("connect-hotmart").innerText()).trim(), "Connect", "the button of Hotmart");
  await ana.cardReads("Not connected", "Connect");
  await pictures.take("integrations", ana.page);
});

test("scraping Hotmart before anyone connected: 409 and needsReconnect", async () => mustNeedReconnect(await scrape("hotmart")));

test("an unknown provider: 404 naming the known ones", async () => {
  const answer = await scrape("nowhere");
  mustEqual(answer.status, 404, "the status");
  must(JSON.stringify(answer.json).includes("demo-market"), "the known providers are not named");
});

test("Connect opens the modal “Connect to Demo Market”, and a headed Chromium starts", async () => {
  await ana.openModal();
  mustEqual(await ana.inModal("modal").getByRole("heading").first().innerText(), WORDS.title, "the modal's title");
  await pictures.take("launching", ana.page);
  await ana.reads(WORDS.awaiting, 60);
  mustEqual(server.headedBrowsers().length, 1, "headed browsers");
});

test("it says what will happen and what is kept, and goes on once the person agrees", async () => {
  await pictures.take("what-will-happen", ana.page);
  await ana.agree();
});

test("the modal shows that browser live, with the marketplace's sign-in page", async () => {
  await ana.picture();
  await ana.inFront(TITLES.login);
  await pictures.take("live-view-cookie-banner", ana.page);
});

test("“I Finished Login” pressed too early: “Login not detected”, and what was seen", async () => {
  await ana.inModal("finish").click();
  await ana.inModal("not-detected").waitFor();
  const text = await ana.inModal("not-detected").innerText();
  must(text.includes(WORDS.notDetected), `the panel says: ${text}`);
  must((await ana.inModal("not-detected").locator("li").count()) >= 1 && /Seen: \S/.test(text), `no evidence: ${text}`);
  await pictures.take("login-not-detected", ana.page);
  await ana.reads(WORDS.awaiting);
  mustEqual(server.headedBrowsers().length, 1, "headed browsers");
  await ana.inModal("not-detected").getByRole("button", { name: "Dismiss" }).click();
});

test("the cookie banner in its shadow root is accepted by a click", async () => {
  must(await ana.acceptCookies(), "there was no banner to accept");
  await pictures.take("live-view", ana.page);
});

test("e-mail, Tab, password, Enter, typed into the live view: the site asks for the code", async () => {
  await ana.givePassword();
  await pictures.take("one-time-code", ana.page);
});

test("a reload in the middle finds the login where it is", async () => {
  const before = await theLogin();
  await ana.page.reload();
  await ana.inModal("modal").waitFor();
  await ana.reads(WORDS.awaiting);
  await ana.picture();
  await ana.inFront(TITLES.code);
  mustEqual((await theLogin()).id, before.id, "the login under way");
});

test("the one-time code: the modal says “✅ Login detected!” by itself", async () => {
  await ana.giveCode();
  await ana.reads(WORDS.detected);
  await pictures.take("login-detected", ana.page);
});

test("a second tab shows the same login", async ({ browser }) => {
  const second = await new Person(browser, server).sit();
  try {
    await second.open();
    mustEqual((await second.at("connect-demo-market").innerText()).trim(), "Continue", "the card's button");
    await second.press("connect-demo-market");
    await second.reads(WORDS.detected);
  } finally {
    await second.leave();
  }
  await ana.reads(WORDS.detected);
});

test("“I Finished Login”: verifying, then “✅ Connection successful! Session saved.”", () => finishAndSave("first"));

test("the modal closes; the card says “Connected”, whose account and since when", async () => {
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustEqual(await ana.at("account-demo-market").innerText(), server.account.email, "the account");
  must(await ana.at("card-demo-market").locator("time").first().isVisible(), "no time on the card");
  await pictures.take("connected", ana.page);
});

test("the login's browser is gone within seconds", browserIsGone);

test(`POST /api/scraper/demo-market/scrape, plain: 200 and ${PRODUCTS} products, each once, typed`, async () => {
  const answer = await scrape();
  mustBeAllProducts(answer);
  await mustBeTyped(answer);
});

test("the card's button scrapes with progress, and the records are in a table", async () => {
  await ana.press("scrape-demo-market");
  await ana.at("progress-demo-market").waitFor();
  await ana.at("last-run-demo-market").waitFor({ timeout: 60_000 });
  const words = await ana.at("last-run-demo-market").innerText();
  must(words.includes(String(PRODUCTS)), `the card says: ${words}`);
  if (!(await ana.at("records").isVisible())) await ana.press("show-demo-market");
  await until("the table's rows", async () => (await ana.at("records").locator("tbody tr").count()) > 10);
  mustEqual((await ana.at("records-total").innerText()).trim(), String(PRODUCTS), "the count above the table");
  await ana.at("records").scrollIntoViewIfNeeded();
  await pictures.take("records", ana.page);
});

test("the marketplace ends the session: the scrape answers 409 and needsReconnect", async () => {
  await server.control("POST", "/revoke");
  mustNeedReconnect(await scrape());
  mustNeedReconnect(await scrape());
});

test("the card says so by itself and offers “Reconnect”; the records are still there", async () => {
  await ana.cardReads("Needs reconnect", "Reconnect");
  must(await ana.at("reason-demo-market").isVisible(), "the card does not say why");
  mustEqual((await card()).records, PRODUCTS, "the records kept");
  await ana.page.evaluate(() => window.scrollTo(0, 0));
  await pictures.take("needs-reconnect", ana.page);
});

test("closing the modal in the middle cancels, and the browser is gone within seconds", async () => {
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  const { id } = await theLogin();
  await ana.cancel();
  await until("the login is cancelled", async () => (await server.api("GET", `/logins/${id}`)).json.state === "cancelled");
  await browserIsGone();
  await ana.cardReads("Needs reconnect", "Reconnect");
});

test("Reconnect: “Continue with” opens a pop-up, which appears as a tab", async () => {
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.inFront(TITLES.login);
  await ana.acceptCookies();
  await ana.continueWith();
  await pictures.take("pop-up", ana.page);
});

test("the account is chosen, the pop-up goes, the login is detected", async () => {
  await ana.chooseAccount();
  await ana.reads(WORDS.detected);
});

test("“I Finished Login” again: saved, and the card is “Connected”", async () => {
  await finishAndSave("second");
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustEqual((await card()).records, PRODUCTS, "the records kept");
  await pictures.take("reconnected", ana.page);
});

test(`the scrape works again: ${PRODUCTS} products`, async () => mustBeAllProducts(await scrape()));

test("a site that logs out with HTTP 200 and a form never yields “0 records”", async () => {
  await server.control("POST", "/mode", { loggedOut: "form200" });
  await server.control("POST", "/revoke");
  mustNeedReconnect(await scrape());
  mustEqual((await card()).records, PRODUCTS, "the records kept");
});

test("the password went nowhere but to the marketplace's sign-in", async () => {
  const { requests } = await server.control("GET", "/log");
  must(requests.some((request) => request.passwordInBody), "the log of the marketplace knows of no password at all");
  for (const { passwordInUrl, passwordInBody, host, path: at } of requests) {
    must(!passwordInUrl, `a password in the address of ${host}${at}`);
    must(!passwordInBody || host === "sso.demo.localhost", `a password in a body for ${host}${at}`);
  }
});

test("the page looks as it should when it is dark and narrow", async ({ browser }) => {
  const phone = await new Person(browser, server).sit({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  try {
    await phone.open();
    const tooWide = await phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    must(tooWide <= 0, `the page is ${tooWide} pixels wider than a phone`);
    await pictures.take("dark-and-narrow", phone.page);
  } finally {
    await phone.leave();
  }
});

test("no error in the page", () => mustEqual(ana.errors, [], "errors"));

test("the server stops in order, and nothing of it is left running", async () => {
  await server.stopsInOrder();
});

async function card() {
  const { json } = await server.api("GET", "/integrations");
  return json.integrations.find(({ provider }) => provider.id === "demo-market");
}

async function theLogin() {
  return (await card()).login;
}

/** Plain, as a person types it into a terminal. */
async function scrape(provider = "demo-market") {
  return server.api("POST", `/scraper/${provider}/scrape`);
}

function mustNeedReconnect(answer) {
  mustEqual(answer.status, 409, "the status");
  must(answer.type.startsWith("application/problem+json"), `the answer is ${answer.type}, not a problem`);
  mustEqual(answer.json.needsReconnect, true, "needsReconnect");
  must(answer.json.detail?.length > 20, "the problem does not say what to do");
}

async function mustBeTyped(answer) {
  const { provider } = await card();
  const { fields } = provider.streams.find(({ name }) => name === answer.json.run.stream);
  must(fields.length > 3, `the stream has only ${fields.length} fields`);
  const fits = {
    string: (v) => typeof v === "string",
    integer: Number.isInteger,
    decimal: (v) => /^-?\d+(\.\d+)?$/.test(v),
    money: (v) => /^-?\d+(\.\d+)?$/.test(v.amount) && /^[A-Z]{3}$/.test(v.currency),
    bool: (v) => typeof v === "boolean",
    url: (v) => URL.canParse(v),
    datetime: (v) => /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(v),
    enum: (v) => typeof v === "string",
    list: Array.isArray,
    json: () => true,
  };
  for (const { data } of answer.json.records) {
    for (const { name, type } of fields) {
      const value = data[name];
      if (value === null || value === undefined) continue;
      must(fits[type], `a field of the unknown type ${type}`);
      must(fits[type](value), `${name} is to be of the type ${type} and is ${JSON.stringify(value)}`);
    }
  }
}

async function finishAndSave(name) {
  await ana.finish({ verifying: () => pictures.take(`${name}-verifying`, ana.page) });
  await pictures.take(`${name}-saved`, ana.page);
}

async function browserIsGone() {
  await until("the login's browser goes", () => server.headedBrowsers().length === 0, 10);
}
