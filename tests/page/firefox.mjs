// Another engine in the person's place: Firefox, driven over WebDriver BiDi. They connect, see the site in the live view, type
// into it, and it ends in a saved session.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { Server } from "./support/server.mjs";
import { Person, TITLES, WORDS, openBrowser } from "./support/person.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-firefox");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const server = new Server(path.join(OUT, "server.log"));
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let firefox, page, modal, ruler, pictures = 0;
const errors = [];

const byId = (id) => `[data-testid="${id}"]`;
const textOf = (where, id) => where.$eval(byId(id), (element) => element.innerText.trim());

async function screenshot(name) {
  pictures += 1;
  await page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

async function reads(words, seconds = 30) {
  await until(`the modal says “${words}”`, async () => (await textOf(modal, "modal-state")) === words, seconds);
}

async function inFront(title) {
  await until(`“${title}” in the live view`, async () => (await modal.$eval(byId("live-host"), (host) => host.title)) === title, 40);
}

/** The picture in the modal, and what it shows: size of the page, place on the screen. */
async function canvas() {
  let last;
  return until("a live view whose size stays the same", async () => {
    const frame = await (await page.$(byId("connect-frame"))).boundingBox();
    const now = await modal.$eval(byId("live-canvas"), (canvas) => {
      const { x, y, width, height } = canvas.getBoundingClientRect();
      return { x, y, width, height, page: { width: canvas.width, height: canvas.height } };
    });
    const same = JSON.stringify(now) === last && now.page.width > 0;
    last = JSON.stringify(now);
    // The page announces its size some time after the last change of it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return same && { ...now, x: frame.x + now.x, y: frame.y + now.y };
  });
}

/** Where the marketplace's fields are, a browser without the modal shows at the same size. */
async function click(kind, selector) {
  const shown = await canvas();
  const spot = await ruler.measure(kind, selector, shown.page);
  await page.mouse.click(shown.x + (spot.x / shown.page.width) * shown.width, shown.y + (spot.y / shown.page.height) * shown.height);
}

async function run() {
  await step("the server and its marketplace start", () => server.start());
  ruler = new Person(await openBrowser(), server);
  const version = await step("Firefox starts", async () => {
    firefox = await puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr",
      headless: true,
      defaultViewport: { width: 1280, height: 900 },
    });
    page = await firefox.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    return firefox.version();
  });
  console.log(`   ${version}`);
  await step("the person connects, and sees the marketplace in the live view", async () => {
    await page.goto(`${server.url}/integrations`);
    await page.waitForSelector(byId("connect-demo-market"), { visible: true });
    await page.click(byId("connect-demo-market"));
    const frame = await page.waitForSelector(byId("connect-frame"));
    modal = await frame.contentFrame();
    await modal.waitForSelector(byId("modal"));
    await reads(WORDS.awaiting, 90);
    await modal.waitForSelector(`${byId("prime-continue")}, ${byId("live-canvas")}`, { timeout: 60_000 });
    const question = await modal.$(byId("prime-continue"));
    if (question) await question.click();
    await modal.waitForSelector(`${byId("live-canvas")}[data-seen]`, { timeout: 60_000 });
    await inFront(TITLES.login);
    await screenshot("live-view");
  });
  await step("they accept the cookies, type address and password", async () => {
    await click("banner", "#accept");
    await until("the cookie banner goes", () =>
      modal.$eval(byId("live-canvas"), (canvas) => {
        const [r, g, b] = canvas.getContext("2d").getImageData(6, 6, 1, 1).data;
        return r + g + b > 600;
      }),
    );
    await click("login", "#username");
    await page.keyboard.type(server.account.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(server.account.password);
    await screenshot("typed");
    await page.keyboard.press("Enter");
    await inFront(TITLES.code);
  });
  await step("and the code: the login is detected", async () => {
    await click("code", "#code");
    const { code } = await until(
      "a one-time code with some seconds left",
      async () => {
        const totp = await server.control("GET", "/totp");
        return totp.secondsLeft > 6 && totp;
      },
      40,
    );
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
    await reads(WORDS.detected);
    await screenshot("detected");
  });
  await step("the button saves the session", async () => {
    await (await modal.$(byId("finish"))).click();
    await until("the modal closes", async () => !(await page.$(byId("connect-frame"))), 90);
    await until("the card says “Connected”", async () => (await textOf(page, "status-demo-market")) === "Connected");
    await screenshot("connected");
    mustEqual(errors, [], "errors in the page");
  });
  must(steps.failed === 0, "a step failed");
}

await steps.play(run, {
  failed: async () => {
    await screenshot("failed").catch(() => undefined);
    console.log(`What the page showed and the log are in ${OUT}`);
  },
  end: async () => {
    await firefox?.close().catch(() => undefined);
    await ruler?.browser.close().catch(() => undefined);
    await server.clear();
  },
});
