// The whole product, unattended: a second real Chromium plays the person, and this program the programs that call the API.
// Prints each step; leaves screenshots and the server's log in target/demo-check/. `script/demo --check` runs it.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Person, TITLES, WORDS, openBrowser } from "../tests/page/support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../tests/page/support/products.mjs";
import { Server } from "../tests/page/support/server.mjs";
import { Steps } from "../tests/page/support/steps.mjs";
import { must, mustEqual, until } from "../tests/page/support/waiting.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "demo-check");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const server = new Server(path.join(OUT, "server.log"));
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let browser, ana, pictures = 0;

async function screenshot(name, page = ana.page) {
  pictures += 1;
  await page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

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
  await ana.finish({ verifying: () => screenshot(`${name}-verifying`) });
  await screenshot(`${name}-saved`);
}

async function browserIsGone(seconds = 10) {
  await until("the login's browser goes", () => server.headedBrowsers().length === 0, seconds);
}

async function run() {
  await step("the server starts, with its marketplace", () => server.start());
  browser = await openBrowser();
  ana = await new Person(browser, server).sit();

  await step("the integrations page shows a card each for Hotmart and Demo Market", async () => {
    await ana.open();
    mustEqual(await ana.at("card-hotmart").getByRole("heading").innerText(), "Hotmart", "the first card");
    mustEqual(await ana.at("card-demo-market").getByRole("heading").innerText(), "Demo Market", "the second card");
    mustEqual((await ana.at("connect-hotmart").innerText()).trim(), "Connect", "the button of Hotmart");
    await ana.cardReads("Not connected", "Connect");
    await screenshot("integrations");
  });
  await step("scraping Hotmart before anyone connected: 409 and needsReconnect", async () => mustNeedReconnect(await scrape("hotmart")));
  await step("an unknown provider: 404 naming the known ones", async () => {
    const answer = await scrape("nowhere");
    mustEqual(answer.status, 404, "the status");
    must(JSON.stringify(answer.json).includes("demo-market"), "the known providers are not named");
  });

  await step("Connect opens the modal “Connect to Demo Market”, and a headed Chromium starts", async () => {
    await ana.openModal();
    mustEqual(await ana.inModal("modal").getByRole("heading").first().innerText(), WORDS.title, "the modal's title");
    await screenshot("launching");
    await ana.reads(WORDS.awaiting, 60);
    mustEqual(server.headedBrowsers().length, 1, "headed browsers");
  });
  await step("it says what will happen and what is kept, and goes on once the person agrees", async () => {
    await screenshot("what-will-happen");
    await ana.agree();
  });
  await step("the modal shows that browser live, with the marketplace's sign-in page", async () => {
    await ana.picture();
    await ana.inFront(TITLES.login);
    await screenshot("live-view-cookie-banner");
  });
  await step("“I Finished Login” pressed too early: “Login not detected”, and what was seen", async () => {
    await ana.inModal("finish").click();
    await ana.inModal("not-detected").waitFor();
    const text = await ana.inModal("not-detected").innerText();
    must(text.includes(WORDS.notDetected), `the panel says: ${text}`);
    must((await ana.inModal("not-detected").locator("li").count()) >= 1 && /Seen: \S/.test(text), `no evidence: ${text}`);
    await screenshot("login-not-detected");
    await ana.reads(WORDS.awaiting);
    mustEqual(server.headedBrowsers().length, 1, "headed browsers");
    await ana.inModal("not-detected").getByRole("button", { name: "Dismiss" }).click();
  });
  await step("the cookie banner in its shadow root is accepted by a click", async () => {
    must(await ana.acceptCookies(), "there was no banner to accept");
    await screenshot("live-view");
  });
  await step("e-mail, Tab, password, Enter, typed into the live view: the site asks for the code", async () => {
    await ana.givePassword();
    await screenshot("one-time-code");
  });
  await step("a reload in the middle finds the login where it is", async () => {
    const before = await theLogin();
    await ana.page.reload();
    await ana.inModal("modal").waitFor();
    await ana.reads(WORDS.awaiting);
    await ana.picture();
    await ana.inFront(TITLES.code);
    mustEqual((await theLogin()).id, before.id, "the login under way");
  });
  await step("the one-time code: the modal says “✅ Login detected!” by itself", async () => {
    await ana.giveCode();
    await ana.reads(WORDS.detected);
    await screenshot("login-detected");
  });
  await step("a second tab shows the same login", async () => {
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
  await step("“I Finished Login”: verifying, then “✅ Connection successful! Session saved.”", () => finishAndSave("first"));
  await step("the modal closes; the card says “Connected”, whose account and since when", async () => {
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    mustEqual(await ana.at("account-demo-market").innerText(), server.account.email, "the account");
    must(await ana.at("card-demo-market").locator("time").first().isVisible(), "no time on the card");
    await screenshot("connected");
  });
  await step("the login's browser is gone within seconds", () => browserIsGone());

  await step(`POST /api/scraper/demo-market/scrape, plain: 200 and ${PRODUCTS} products, each once, typed`, async () => {
    const answer = await scrape();
    mustBeAllProducts(answer);
    await mustBeTyped(answer);
  });
  await step("the card's button scrapes with progress, and the records are in a table", async () => {
    await ana.press("scrape-demo-market");
    await ana.at("progress-demo-market").waitFor();
    await ana.at("last-run-demo-market").waitFor({ timeout: 60_000 });
    const words = await ana.at("last-run-demo-market").innerText();
    must(words.includes(String(PRODUCTS)), `the card says: ${words}`);
    if (!(await ana.at("records").isVisible())) await ana.press("show-demo-market");
    await until("the table's rows", async () => (await ana.at("records").locator("tbody tr").count()) > 10);
    mustEqual((await ana.at("records-total").innerText()).trim(), String(PRODUCTS), "the count above the table");
    await ana.at("records").scrollIntoViewIfNeeded();
    await screenshot("records");
  });

  await step("the marketplace ends the session: the scrape answers 409 and needsReconnect", async () => {
    await server.control("POST", "/revoke");
    mustNeedReconnect(await scrape());
    mustNeedReconnect(await scrape());
  });
  await step("the card says so by itself and offers “Reconnect”; the records are still there", async () => {
    await ana.cardReads("Needs reconnect", "Reconnect");
    must(await ana.at("reason-demo-market").isVisible(), "the card does not say why");
    mustEqual((await card()).records, PRODUCTS, "the records kept");
    await ana.page.evaluate(() => window.scrollTo(0, 0));
    await screenshot("needs-reconnect");
  });
  await step("closing the modal in the middle cancels, and the browser is gone within seconds", async () => {
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    const { id } = await theLogin();
    await ana.cancel();
    await until("the login is cancelled", async () => (await server.api("GET", `/logins/${id}`)).json.state === "cancelled");
    await browserIsGone();
    await ana.cardReads("Needs reconnect", "Reconnect");
  });
  await step("Reconnect: “Continue with” opens a pop-up, which appears as a tab", async () => {
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login);
    await ana.acceptCookies();
    await ana.continueWith();
    await screenshot("pop-up");
  });
  await step("the account is chosen, the pop-up goes, the login is detected", async () => {
    await ana.chooseAccount();
    await ana.reads(WORDS.detected);
  });
  await step("“I Finished Login” again: saved, and the card is “Connected”", async () => {
    await finishAndSave("second");
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    mustEqual((await card()).records, PRODUCTS, "the records kept");
    await screenshot("reconnected");
  });
  await step(`the scrape works again: ${PRODUCTS} products`, async () => mustBeAllProducts(await scrape()));
  await step("a site that logs out with HTTP 200 and a form never yields “0 records”", async () => {
    await server.control("POST", "/mode", { loggedOut: "form200" });
    await server.control("POST", "/revoke");
    mustNeedReconnect(await scrape());
    mustEqual((await card()).records, PRODUCTS, "the records kept");
  });
  await step("the password went nowhere but to the marketplace's sign-in", async () => {
    const { requests } = await server.control("GET", "/log");
    must(requests.some((request) => request.passwordInBody), "the log of the marketplace knows of no password at all");
    for (const { passwordInUrl, passwordInBody, host, path: at } of requests) {
      must(!passwordInUrl, `a password in the address of ${host}${at}`);
      must(!passwordInBody || host === "sso.demo.localhost", `a password in a body for ${host}${at}`);
    }
  });
  await step("Swagger UI works offline, and an operation can be tried by hand", async () => {
    const page = await ana.context.newPage();
    const outside = [];
    await page.route(
      (url) => !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname),
      (route) => {
        outside.push(route.request().url());
        return route.abort();
      },
    );
    await page.goto(`${server.url}/docs`);
    const operations = page.locator(".opblock");
    await operations.first().waitFor();
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const known = Object.values(document.paths).flatMap((path) =>
      Object.keys(path).filter((key) => ["get", "post", "put", "patch", "delete"].includes(key)),
    );
    mustEqual(await operations.count(), known.length, "operations on the page");
    const providers = page.locator(".opblock-get", { has: page.locator('[data-path$="/providers"]') });
    await providers.locator(".opblock-summary-control").click();
    await providers.getByRole("button", { name: "Try it out" }).click();
    await providers.getByRole("button", { name: "Execute" }).click();
    await providers.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
    await screenshot("swagger-ui", page);
    mustEqual(outside, [], "requests to other hosts");
    await page.close();
  });
  await step("the page looks as it should when it is dark and narrow", async () => {
    const phone = await new Person(browser, server).sit({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    try {
      await phone.open();
      const tooWide = await phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      must(tooWide <= 0, `the page is ${tooWide} pixels wider than a phone`);
      await screenshot("dark-and-narrow", phone.page);
    } finally {
      await phone.leave();
    }
  });
  await step("no error in the page", () => mustEqual(ana.errors, [], "errors"));
  await step("the server stops in order, and nothing of it is left running", async () => {
    must(await server.stop(), "it did not end by itself within 20 seconds");
    await until("everything that it started ends", () => server.processes().length === 0, 10);
  });
}

await steps.play(run, {
  failed: async () => {
    if (ana?.page && !ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the server's log are in ${OUT}`);
  },
  end: async () => {
    await browser?.close().catch(() => undefined);
    await server.clear();
  },
});
