// A product of somebody's own, as docs/embedding.md says: its server makes a token, and its page opens the modal with the script that
// the service serves.

import { spawn } from "node:child_process";
import http from "node:http";
import path from "node:path";
import { Pictures, Service, outputFolder } from "../support/fixtures.mjs";
import { Person } from "../support/person.mjs";
import { until } from "../support/waiting.mjs";

/** The product, and a service that lets its page, and no other, show the modal. */
export class Product {
  constructor(story) {
    this.logs = outputFolder(`embedding-${story}`);
    this.pictures = new Pictures(`embedding-${story}`);
  }

  async start(market) {
    const port = await freePort();
    this.service = new Service(path.join(this.logs, "service.log"), market, { variables: { EMBED_ORIGINS: `http://localhost:${port}` } });
    await this.service.start();
    const env = { ...process.env, STAYLOGGED_URL: this.service.url, PORT: String(port), PROVIDER: "demo-market" };
    this.server = spawn(process.execPath, ["web-demo/packages/connect/example/server.mjs"], { env, stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    this.server.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    this.origin = await until("the product's server", () => /http:\S+/.exec(printed)?.[0]);
  }

  async end() {
    this.server?.kill();
    await this.service?.clear();
  }
}

/** Somebody at the product's page: the modal is in its frame. */
export class Customer extends Person {
  async visit(origin) {
    await this.page.goto(origin);
  }

  frame() {
    return this.at("connect-frame");
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
export class Guest extends Person {
  modal() {
    return this.page;
  }
}

/** A port that is free now: the service must know the page's origin before the page is there. */
async function freePort() {
  const probe = http.createServer().listen(0, "localhost");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
