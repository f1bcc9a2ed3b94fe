// The modal in another page, as docs/embedding.md says it: a product of somebody's own, whose server makes a token and whose
// page opens the modal with the script that the service serves. A second Chromium plays its customer.

import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Person, WORDS, openBrowser } from "./support/person.mjs";
import { Server, Service } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-embedding");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

/** Somebody at the product's page: the modal is in its frame. */
class Customer extends Person {
  async visit(origin) {
    this.origin = origin;
    await this.page.goto(origin);
  }

  frame() {
    return this.at("connect-frame");
  }

  modal() {
    return this.frame().contentFrame();
  }

  async connect() {
    await this.page.getByRole("button", { name: "Connect" }).click();
    await this.inModal("modal").waitFor();
  }

  result(words, seconds) {
    return until(`the page says “${words}”`, async () => (await this.page.locator("#result").innerText()).includes(words), seconds);
  }

  /** The frame's own address, which the page does not see. */
  address() {
    return this.page.frames().find((one) => one.url().includes("/connect"))?.url();
  }
}

/** Somebody who was given a link: there the modal is the page. */
class Guest extends Person {
  modal() {
    return this.page;
  }
}

const market = new Server(path.join(OUT, "market.log"));
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let server, browser, customer, product, stranger, origin, token;

const screenshot = (name, who = customer) => who.page.screenshot({ path: path.join(OUT, `${name}.png`) });

/** A port that is free now: the service must know the page's origin before the page is there. */
async function freePort() {
  const probe = http.createServer().listen(0, "localhost");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function startProduct(port) {
  const env = { ...process.env, STAYLOGGED_URL: server.url, PORT: String(port), PROVIDER: "demo-market" };
  product = spawn(process.execPath, ["web-demo/packages/connect/example/server.mjs"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  product.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  origin = await until("the product's server", () => /http:\S+/.exec(printed)?.[0]);
}

/** A page that the service has not been told of, with the same script. */
async function startStranger() {
  stranger = http.createServer((_, response) =>
    response
      .writeHead(200, { "Content-Type": "text/html" })
      .end(`<!doctype html><title>Stranger</title><script src="${server.url}/staylogged.js"></script><p id="result"></p>`),
  );
  await new Promise((resolve) => stranger.listen(0, "localhost", resolve));
  return `http://localhost:${stranger.address().port}`;
}

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

async function story() {
  await step("a service that lets one page show the modal, and a product with that page", async () => {
    const port = await freePort();
    await market.start();
    server = new Service(path.join(OUT, "server.log"), market, { variables: { EMBED_ORIGINS: `http://localhost:${port}` } });
    await server.start();
    await startProduct(port);
    browser = await openBrowser();
    customer = await new Customer(browser, server).sit();
    await customer.visit(origin);
  });

  await step("Connect: the modal lies over the page, see-through at its edges, with the focus in it", async () => {
    const before = await corner(customer.page);
    await customer.connect();
    mustEqual(await customer.modal().getByRole("heading").first().innerText(), WORDS.title, "the modal's title");
    mustEqual(await customer.frame().getAttribute("title"), WORDS.title, "the frame's title");
    const after = await corner(customer.page);
    must(after[0] < before[0] && after[0] > before[0] * 0.2, `the page is not seen behind the modal: ${before} became ${after}`);
    mustEqual(await customer.page.evaluate(() => document.activeElement.dataset.testid), "connect-frame", "what has the focus");
    mustEqual(await customer.page.evaluate(() => document.documentElement.style.overflow), "hidden", "the page's scrolling");
    await screenshot("prime");
  });
  await step("the page behind is out of reach, by mouse and by keyboard", async () => {
    const box = await customer.page.locator("#connect").boundingBox();
    await customer.page.mouse.click(box.x + 5, box.y + 5);
    for (let n = 0; n < 12; n += 1) {
      await customer.page.keyboard.press("Tab");
      const on = await customer.page.evaluate(() => document.activeElement?.id);
      must(on !== "connect", "Tab leads to the page behind");
    }
    mustEqual(await customer.frame().count(), 1, "modals");
  });
  await step("the token is in no address, neither the page's nor the frame's", async () => {
    const addresses = [customer.page.url(), customer.address()];
    must(addresses.every((one) => one && !one.includes("ct_")), `there it is: ${addresses.join(" ")}`);
    token = await customer.frame().evaluate((frame) => /ct_[\w-]+/.exec(frame.src)[0]);
  });
  await step("the browser has started meanwhile; Continue shows it, with the page's own colour", async () => {
    await customer.reads(WORDS.awaiting, 60);
    await customer.inModal("prime-continue").click();
    await customer.picture();
    const accent = await customer.modal().locator("html").evaluate((page) => page.style.getPropertyValue("--accent"));
    mustEqual(accent, "#6d28d9", "the accent");
    await screenshot("work");
  });
  await step("a reload of the frame finds the login where it is", async () => {
    await customer.page.frames().find((one) => one.url().includes("/connect")).evaluate(() => window.location.reload());
    await customer.picture();
    await customer.reads(WORDS.awaiting);
    // A private window's frame has no storage either to be known again by: the service takes it for another device.
    const take = customer.modal().getByRole("button", { name: "Use it here" });
    await take.click();
    await take.waitFor({ state: "detached" });
  });
  await step("somebody else opens a view-only link: they see, and can do nothing; ended, it opens nothing", async () => {
    await customer.inModal("open-watch").click();
    const link = await customer.inModal("link").inputValue();
    const watcher = await new Guest(browser, server).sit();
    try {
      await watcher.page.goto(link);
      await watcher.reads(WORDS.awaiting);
      must(!watcher.page.url().includes("cl_"), "the link's token stays in the address");
      mustEqual(await watcher.at("finish").count(), 0, "buttons to finish with");
      mustEqual(await watcher.page.getByRole("heading", { level: 1 }).innerText(), WORDS.title, "the title for who watches");
      await screenshot("watching", watcher);
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
  await step("a phone cannot reach this computer's own address: the modal says so", async () => {
    await customer.inModal("open-phone").click();
    const why = await customer.inModal("phone").innerText();
    must(why.includes(new URL(server.url).host), `the reason is not said: ${why}`);
    await customer.page.keyboard.press("Escape");
    await customer.inModal("phone").waitFor({ state: "detached" });
  });
  await step("logged in, finished, saved: the page learns it, and asks its own server what is so", async () => {
    await customer.logIn();
    await screenshot("detected");
    await customer.finish();
    await customer.result(`demo-market is connected as ${server.account.email}`);
    mustEqual(await customer.frame().count(), 0, "modals");
    mustEqual(await customer.page.evaluate(() => document.activeElement.id), "connect", "what has the focus");
    mustEqual(await customer.page.evaluate(() => document.documentElement.style.overflow), "", "the page's scrolling");
  });
  await step("the token is spent: the modal says so, and the page learns why", async () => {
    await customer.page.evaluate((spent) => {
      window.exit = null;
      window.Staylogged.open({ token: spent, onExit: (exit) => (window.exit = exit) });
    }, token);
    await customer.inModal("refused").waitFor();
    await screenshot("refused");
    await customer.inModal("modal-close").click();
    const exit = await until("the page learns it", () => customer.page.evaluate(() => window.exit));
    mustEqual([exit.reason, exit.failure.code], ["refused", "token-expired"], "the exit");
  });
  await step("Escape asks; the cross cancels, and the page learns it", async () => {
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
    await until("the login's browser goes", () => server.headedBrowsers().length === 0, 10);
  });
  await step("in the dark and in Portuguese, on a phone: the whole screen", async () => {
    const phone = await new Customer(browser, server).sit({ viewport: { width: 390, height: 780 }, colorScheme: "dark" });
    try {
      await phone.visit(origin);
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
      await screenshot("phone", phone);
      await phone.inModal("modal-close").click();
      await phone.result("Maybe later.");
    } finally {
      await phone.leave();
    }
  });
  await step("a page that is not named does not get to show it, and there is a way out", async () => {
    const other = await startStranger();
    const visitor = await new Customer(browser, server).sit();
    try {
      await visitor.visit(other);
      const { json } = await server.api("POST", "/connect-tokens", { body: {} });
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
}

await steps.play(story, {
  failed: () => customer?.page && screenshot("failed"),
  end: async () => {
    await browser?.close();
    product?.kill();
    stranger?.closeAllConnections();
    stranger?.close();
    await server?.clear();
    await market.clear();
  },
});
