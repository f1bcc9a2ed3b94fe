// The modal in another page is closed, is shown on a phone, and is refused to a page that the service has not been told of.

import http from "node:http";
import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { Customer, Product } from "./product.mjs";

test.describe.configure({ mode: "serial" });

const product = new Product("closing");
let customer, stranger;

test.beforeAll(async ({ browser, market }) => {
  await market.reset();
  await product.start(market);
  customer = await new Customer(browser, product.service).sit();
  await customer.visit(product.origin);
});
test.afterAll(async () => {
  await customer?.leave();
  stranger?.closeAllConnections();
  stranger?.close();
  await product.end();
});

/** A page that the service has not been told of, with the same script. */
async function startStranger() {
  stranger = http.createServer((_, response) =>
    response
      .writeHead(200, { "Content-Type": "text/html" })
      .end(`<!doctype html><title>Stranger</title><script src="${product.service.url}/staylogged.js"></script><p id="result"></p>`),
  );
  await new Promise((resolve) => stranger.listen(0, "localhost", resolve));
  return `http://localhost:${stranger.address().port}`;
}

test("Escape asks; the cross cancels, and the page learns it", async () => {
  await customer.connect();
  await customer.reads(WORDS.awaiting, 60);
  // A private window's frame has no storage to remember the consent in.
  await customer.inModal("prime-continue").click();
  await customer.picture();
  await customer.inModal("modal").focus();
  await customer.page.keyboard.press("Escape");
  await customer.inModal("leave-stay").click();
  await customer.modal().getByRole("button", { name: "Close and cancel the login" }).click();
  await customer.result("Maybe later.");
  await until("the login's browser goes", () => product.service.headedBrowsers().length === 0, 10);
});
test("in the dark and in Portuguese, on a phone: the whole screen", async ({ browser }) => {
  const phone = await new Customer(browser, product.service).sit({ viewport: { width: 390, height: 780 }, colorScheme: "dark" });
  try {
    await phone.visit(product.origin);
    await phone.page.evaluate(() => {
      const { open } = window.Staylogged;
      window.Staylogged = { open: (options) => open({ ...options, language: "pt-BR", words: { "prime.continue": "Vamos" } }) };
    });
    await phone.connect();
    mustEqual(await phone.inModal("prime-continue").innerText(), "Vamos", "the page's own word");
    // It grows to its place when it opens.
    await until("the modal is the whole screen", async () => {
      const { x, y, width, height } = await phone.inModal("modal").boundingBox();
      return [x, y, width, height].join() === "0,0,390,780";
    });
    await product.pictures.take("phone", phone.page);
    await phone.inModal("modal-close").click();
    await phone.result("Maybe later.");
  } finally {
    await phone.leave();
  }
});
test("a page that is not named does not get to show it, and there is a way out", async ({ browser }) => {
  const other = await startStranger();
  const visitor = await new Customer(browser, product.service).sit();
  try {
    await visitor.visit(other);
    const { json } = await product.service.api("POST", "/connect-tokens", { body: {} });
    const refused = visitor.page.waitForEvent("console", { predicate: (said) => /frame-ancestors/.test(said.text()) });
    await visitor.page.evaluate((fresh) => {
      window.exit = null;
      window.Staylogged.open({ token: fresh, onExit: (exit) => (window.exit = exit) });
    }, json.token);
    await refused;
    must(!(await visitor.frame().isVisible()), "the modal is shown");
    await visitor.page.getByRole("button", { name: "Close" }).click();
    mustEqual((await visitor.page.evaluate(() => window.exit)).reason, "closed", "the exit");
  } finally {
    await visitor.leave();
  }
});
