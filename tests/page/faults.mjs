// kill -9 of Chromium, of its Node driver, of its display and of the service, each in the middle of a login, as the person at
// the page sees it: told what happened, offered to try again, and what was saved before still works.

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Person, TITLES, WORDS, openBrowser } from "./support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "./support/products.mjs";
import { Server, Service, processesAt } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-faults");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

/** How soon the person must be told. */
const TOLD_WITHIN = 10;
/** The account whose session is saved at the start; the logins that are disturbed are those of another one. */
const KEPT = "kept";
const SAYS = {
  browserLost: "The browser on the server ended unexpectedly. Nothing that was saved before is lost. Please try again.",
  interrupted: "The service stopped in the middle of this login. Nothing that was saved before is lost. Please try again.",
};

const market = new Server(path.join(OUT, "market.log"));
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let service, browser, ana, pictures = 0;

async function screenshot(name) {
  pictures += 1;
  await ana.page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

async function theLogin() {
  const { json } = await service.api("GET", "/integrations");
  return json.integrations.find(({ provider }) => provider.id === "demo-market").login;
}

/** What the headed browser is made of, and the folder that all of it lives in. */
function headedBrowser() {
  const browsers = service.headedBrowsers();
  mustEqual(browsers.length, 1, "headed browsers");
  const [, room] = /--user-data-dir=(\S*?\/staylogged-browser-[^/\s]+)/.exec(browsers[0].command);
  const all = processesAt(room);
  const one = (what, is) => {
    const found = all.filter(({ command }) => is(command));
    mustEqual(found.length, 1, `processes that are ${what}`);
    return found[0];
  };
  return {
    room,
    chromium: browsers[0],
    driver: one("the driver", (command) => command.includes("playwright-core/cli.js")),
    display: one("the display", (command) => /^\S*Xvfb /.test(command)),
  };
}

/** To the middle of a login: the password is given, the site asks for the code. */
async function toTheMiddle() {
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.inFront(TITLES.login);
  await ana.acceptCookies();
  await ana.givePassword();
  return { login: await theLogin(), ...headedBrowser() };
}

/** The modal says what happened, in words, and offers to try again. */
async function isTold(words, name) {
  const result = ana.inModal("result");
  await until(
    `the modal says “${words}”`,
    async () => (await result.isVisible()) && (await result.innerText()).includes(words),
    TOLD_WITHIN,
  ).catch(async (error) => {
    throw new Error(`${error.message}; it says “${await ana.inModal("modal").innerText({ timeout: 1000 }).catch(() => "nothing")}”`);
  });
  mustEqual((await ana.inModal("try-again").innerText()).trim(), "Try again", "the button");
  must(await ana.inModal("try-again").isEnabled(), "the button to try again cannot be pressed");
  await screenshot(name);
}

/** The button leads to a new login, with a picture of the site; then it is closed. */
async function triesAgain(before) {
  await ana.inModal("try-again").click();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.inFront(TITLES.login);
  const login = await theLogin();
  must(login.id !== before.login.id, "it is the same login as before");
  const { room } = headedBrowser();
  must(room !== before.room, "it is the same browser as before");
}

async function closes() {
  await ana.cancel();
  await until("the login's browser goes", () => service.headedBrowsers().length === 0);
  await ana.cardReads("Not connected", "Connect");
}

async function savedStillScrapes() {
  mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape", { body: { account: KEPT } }));
}

const NAMES = { chromium: "Chromium", driver: "the Node driver", display: "Xvfb" };

async function killed(part) {
  const name = NAMES[part];
  const before = await step(`a login is under way, the password is given (${name})`, toTheMiddle);
  await step(`kill -9 of ${name}: within ${TOLD_WITHIN} s the modal says so and offers “Try again”`, async () => {
    process.kill(before[part].pid, "SIGKILL");
    await isTold(SAYS.browserLost, `${part}-killed`);
  });
  await step(`nothing is left running of that browser, its driver and its display, nor its folder (${name})`, () =>
    until("all of it ends", () => processesAt(before.room).length === 0 && !existsSync(before.room)),
  );
  await step(`“Try again” begins a login that gets its picture (${name})`, () => triesAgain(before));
  await step(`the session that was saved before still scrapes, ${PRODUCTS} products (${name})`, savedStillScrapes);
  await step(`the modal is closed, and the card is as before (${name})`, closes);
}

async function serviceKilled() {
  const before = await step("a login is under way, the password is given (the service)", toTheMiddle);
  await step("kill -9 of the service: the modal says that the connection is lost", async () => {
    await service.kill();
    const lost = ana.inModal("modal-lost");
    await lost.waitFor({ timeout: TOLD_WITHIN * 1000 });
    mustEqual((await lost.innerText()).trim(), "Connection lost. Trying again…", "the modal");
    mustEqual(await ana.modalSays(), WORDS.awaiting, "what the modal says of the login, of which nobody knows more");
    await screenshot("service-killed");
  });
  await step("until it is back the modal keeps trying, and keeps saying so", async () => {
    let tries = 0;
    ana.page.on("requestfailed", (request) => (tries += Number(new URL(request.url()).pathname.endsWith("/events"))));
    await until("three more tries", () => tries >= 3, 40);
    must(await ana.inModal("modal-lost").isVisible(), "it no longer says so");
    mustEqual(await ana.inModal("try-again").count(), 0, "buttons to try again, which could not help");
  });
  await step(`it starts again: within ${TOLD_WITHIN} s the modal says what happened and offers “Try again”`, async () => {
    await service.start();
    await isTold(SAYS.interrupted, "service-restarted");
    must(!(await ana.inModal("modal-lost").isVisible()), "it still says that the connection is lost");
  });
  await step("its start has swept: nothing is left running of any browser, nor a folder", () => {
    mustEqual(service.processes(), [], "processes");
    mustEqual(readdirSync(service.folder).filter((name) => name.startsWith("staylogged-browser-")), [], "folders");
  });
  await step("“Try again” begins a login that gets its picture (the service)", () => triesAgain(before));
  await step(`the session that was saved before still scrapes, ${PRODUCTS} products (the service)`, savedStillScrapes);
  await step("the modal is closed, and the card is as before (the service)", closes);
}

async function run() {
  await step("the marketplace starts, and the service apart from it", async () => {
    await market.start();
    service = new Service(path.join(OUT, "service.log"), market);
    await service.start();
  });
  browser = await openBrowser();
  ana = await new Person(browser, service).sit();

  await step("a session is saved first, by a login at the page", async () => {
    await service.api("POST", "/integrations/demo-market/connect", { body: { account: KEPT } });
    await ana.open();
    await ana.cardReads("Connecting", "Continue");
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.logIn();
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
  });
  await step(`it scrapes: ${PRODUCTS} products`, savedStillScrapes);
  await step("the card turns to another account, which is yet to be connected", async () => {
    const { json } = await service.api("POST", "/integrations/demo-market/connect");
    await service.api("POST", `/logins/${json.login.id}/cancel`);
    await until("the login's browser goes", () => service.headedBrowsers().length === 0);
    await ana.cardReads("Not connected", "Connect");
  });

  for (const part of ["chromium", "driver", "display"]) await killed(part);
  await serviceKilled();

  await step("no error in the page", () => mustEqual(ana.errors, [], "errors"));
  await step("the service stops in order, and nothing of it is left running", async () => {
    must(await service.stop(), "it did not end by itself within 20 seconds");
    await until("everything that it started ends", () => service.processes().length === 0, 10);
  });
}

await steps.play(run, {
  failed: async () => {
    if (ana?.page && !ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the logs are in ${OUT}`);
  },
  end: async () => {
    await browser?.close().catch(() => undefined);
    await service?.clear();
    await market.clear();
  },
});
