// Another engine in the person's place: Firefox, driven over WebDriver BiDi. They connect, see the site in the live view, type
// into it, and it ends in a saved session.

import path from "node:path";
import puppeteer from "puppeteer-core";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { Person, TITLES, WORDS, codeOf, sizeOnStage } from "../support/person.mjs";
import { mustEqual, until } from "../support/waiting.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("firefox");
const errors = [];
let service, firefox, page, modal, ruler;

test.beforeAll(({ market }) => market.reset());
test.afterEach(async ({}, testInfo) => {
  // The runner takes pictures of its own browser's pages only.
  if (testInfo.status === testInfo.expectedStatus || !page) return;
  await testInfo.attach("what Firefox showed", { body: Buffer.from(await page.screenshot()), contentType: "image/png" });
});
test.afterAll(async () => {
  await firefox?.close();
  await service?.clear();
});

const byId = (id) => `[data-testid="${id}"]`;
const textOf = (where, id) => where.$eval(byId(id), (element) => element.innerText.trim());

async function reads(words, seconds = 30) {
  await until(`the modal says “${words}”`, async () => (await textOf(modal, "modal-state")) === words, seconds);
}

async function inFront(title) {
  await until(`“${title}” in the live view`, async () => (await modal.$eval(byId("live-host"), (host) => host.title)) === title, 40);
}

/** The picture in the modal, and what it shows: size of the page, place on the screen. */
async function canvas() {
  let last = "";
  return until("a live view that shows a page as large as its stage", async () => {
    const frame = await (await page.$(byId("connect-frame"))).boundingBox();
    const { size, fits } = await modal.$eval(byId("live-canvas"), sizeOnStage);
    const box = await modal.$eval(byId("live-canvas"), (canvas) => canvas.getBoundingClientRect().toJSON());
    const now = { page: size, x: frame.x + box.x, y: frame.y + box.y, width: box.width, height: box.height };
    // Twice the same: what moves into its place has come there.
    const settled = fits && JSON.stringify(now) === last;
    last = JSON.stringify(now);
    return settled && now;
  });
}

/** Where the marketplace's fields are, a browser without the modal shows at the same size. */
async function click(kind, selector) {
  const shown = await canvas();
  const spot = await ruler.measure(kind, selector, shown.page);
  await page.mouse.click(shown.x + (spot.x / shown.page.width) * shown.width, shown.y + (spot.y / shown.page.height) * shown.height);
}

test("the server and its marketplace start", async ({ browser, market }) => {
  service = new Service(path.join(outputFolder("firefox"), "service.log"), market);
  await service.start();
  ruler = new Person(browser, service);
});
test("Firefox starts", async () => {
  firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr",
    headless: true,
    defaultViewport: { width: 1280, height: 900 },
  });
  page = await firefox.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  test.info().annotations.push({ type: "version", description: await firefox.version() });
});
test("the person connects, and sees the marketplace in the live view", async () => {
  await page.goto(`${service.url}/integrations`);
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
  await pictures.take("live-view", page);
});
test("they accept the cookies, type address and password", async () => {
  await click("banner", "#accept");
  await until("the cookie banner goes", () =>
    modal.$eval(byId("live-canvas"), (canvas) => {
      const [r, g, b] = canvas.getContext("2d").getImageData(6, 6, 1, 1).data;
      return r + g + b > 600;
    }),
  );
  await click("login", "#username");
  await page.keyboard.type(service.account.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(service.account.password);
  await pictures.take("typed", page);
  await page.keyboard.press("Enter");
  await inFront(TITLES.code);
});
test("and the code: the login is detected", async () => {
  await click("code", "#code");
  await page.keyboard.type(await codeOf(service, service.account));
  await page.keyboard.press("Enter");
  await reads(WORDS.detected);
  await pictures.take("detected", page);
});
test("the button saves the session", async () => {
  await (await modal.$(byId("finish"))).click();
  await until("the modal closes", async () => !(await page.$(byId("connect-frame"))), 90);
  await until("the card says “Connected”", async () => (await textOf(page, "status-demo-market")) === "Connected");
  await pictures.take("connected", page);
  mustEqual(errors, [], "errors in the page");
});
