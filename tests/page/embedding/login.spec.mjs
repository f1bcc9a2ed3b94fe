// A login in the modal in another page. A second Chromium plays the product's customer.

import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { Customer, Guest, Product } from "./product.mjs";

test.describe.configure({ mode: "serial" });

const product = new Product("login");
let customer, token;

test.beforeAll(({ market }) => market.reset());
test.afterAll(async () => {
  await customer?.leave();
  await product.end();
});

/** What lies at a corner of the window, as three numbers. */
async function corner(page) {
  const png = (await page.screenshot({ clip: { x: 4, y: 4, width: 1, height: 1 } })).toString("base64");
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }, png);
}

test("a service that lets one page show the modal, and a product with that page", async ({ browser, market }) => {
  await product.start(market);
  customer = await new Customer(browser, product.service).sit();
  await customer.visit(product.origin);
});
test("Connect: the modal lies over the page, see-through at its edges, with the focus in it", async () => {
  const before = await corner(customer.page);
  await customer.connect();
  mustEqual(await customer.modal().getByRole("heading").first().innerText(), WORDS.title, "the modal's title");
  mustEqual(await customer.frame().getAttribute("title"), WORDS.title, "the frame's title");
  const after = await corner(customer.page);
  must(after[0] < before[0] && after[0] > before[0] * 0.2, `the page is not seen behind the modal: ${before} became ${after}`);
  mustEqual(await customer.page.evaluate(() => document.activeElement.dataset.testid), "connect-frame", "what has the focus");
  mustEqual(await customer.page.evaluate(() => document.documentElement.style.overflow), "hidden", "the page's scrolling");
  await product.pictures.take("prime", customer.page);
});
test("the page behind is out of reach, by mouse and by keyboard", async () => {
  const box = await customer.page.locator("#connect").boundingBox();
  await customer.page.mouse.click(box.x + 5, box.y + 5);
  for (let n = 0; n < 12; n += 1) {
    await customer.page.keyboard.press("Tab");
    const on = await customer.page.evaluate(() => document.activeElement?.id);
    must(on !== "connect", "Tab leads to the page behind");
  }
  mustEqual(await customer.frame().count(), 1, "modals");
});
test("the token is in no address, neither the page's nor the frame's", async () => {
  const addresses = [customer.page.url(), customer.address()];
  must(addresses.every((one) => one && !one.includes("ct_")), `there it is: ${addresses.join(" ")}`);
  token = await customer.frame().evaluate((frame) => /ct_[\w-]+/.exec(frame.src)[0]);
});
test("the browser has started meanwhile; Continue shows it, with the page's own colour", async () => {
  await customer.reads(WORDS.awaiting, 60);
  await customer.inModal("prime-continue").click();
  await customer.picture();
  const accent = await customer.modal().locator("html").evaluate((page) => page.style.getPropertyValue("--accent"));
  mustEqual(accent, "#6d28d9", "the accent");
  await product.pictures.take("work", customer.page);
});
test("a reload of the frame finds the login where it is", async () => {
  await customer.page.frames().find((one) => one.url().includes("/connect")).evaluate(() => window.location.reload());
  await customer.picture();
  await customer.reads(WORDS.awaiting);
  // A private window's frame has no storage either to be known again by: the service takes it for another device.
  const take = customer.modal().getByRole("button", { name: "Use it here" });
  await take.click();
  await take.waitFor({ state: "detached" });
});
test("somebody else opens a view-only link: they see, and can do nothing; ended, it opens nothing", async ({ browser }) => {
  await customer.inModal("open-watch").click();
  const link = await customer.inModal("link").inputValue();
  const watcher = await new Guest(browser, product.service).sit();
  try {
    await watcher.page.goto(link);
    await watcher.reads(WORDS.awaiting);
    must(!watcher.page.url().includes("cl_"), "the link's token stays in the address");
    mustEqual(await watcher.at("finish").count(), 0, "buttons to finish with");
    mustEqual(await watcher.page.getByRole("heading", { level: 1 }).innerText(), WORDS.title, "the title for who watches");
    await product.pictures.take("watching", watcher.page);
    await customer.inModal("end-link").click();
    await customer.inModal("watch").getByText("The link has been ended.").waitFor();
    await watcher.page.reload();
    await watcher.at("refused").waitFor();
  } finally {
    await watcher.leave();
  }
  await customer.page.keyboard.press("Escape");
  await customer.inModal("watch").waitFor({ state: "detached" });
});
test("a phone cannot reach this computer's own address: the modal says so", async () => {
  await customer.inModal("open-phone").click();
  const why = await customer.inModal("phone").innerText();
  must(why.includes(new URL(product.service.url).host), `the reason is not said: ${why}`);
  await customer.page.keyboard.press("Escape");
  await customer.inModal("phone").waitFor({ state: "detached" });
});
test("logged in, finished, saved: the page learns it, and asks its own server what is so", async () => {
  await customer.logIn();
  await product.pictures.take("detected", customer.page);
  await customer.finish();
  await customer.result(`demo-market is connected as ${product.service.account.email}`);
  mustEqual(await customer.frame().count(), 0, "modals");
  mustEqual(await customer.page.evaluate(() => document.activeElement.id), "connect", "what has the focus");
  mustEqual(await customer.page.evaluate(() => document.documentElement.style.overflow), "", "the page's scrolling");
});
test("the token is spent: the modal says so, and the page learns why", async () => {
  await customer.page.evaluate((spent) => {
    window.exit = null;
    window.Staylogged.open({ token: spent, onExit: (exit) => (window.exit = exit) });
  }, token);
  await customer.inModal("refused").waitFor();
  await product.pictures.take("refused", customer.page);
  await customer.inModal("modal-close").click();
  const exit = await until("the page learns it", () => customer.page.evaluate(() => window.exit));
  mustEqual([exit.reason, exit.failure.code], ["refused", "token-expired"], "the exit");
});
