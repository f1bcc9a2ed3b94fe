// The service, and viewers at its WebSocket.

import { randomUUID } from "node:crypto";
import path from "node:path";
import WebSocket from "ws";
import { Service } from "../../tests/page/support/server.mjs";
import { Viewer, cpuOf } from "./measure.mjs";

/** A definition that begins at the page; nobody ever logs in there. */
function definition(id, url) {
  return `format = 1
id = "${id}"
name = "Bench"
homepage = "${url}/login"
[scope]
cookies = ["*.bench.localhost"]
[login]
start = "${url}/${id.slice("bench-".length)}"
timeout = "60m"
settle = "1s"
logged_in = { title = "never" }
[probe]
visit = "${url}/login"
wait = "5s"
logged_in = { title = "never" }
logged_out = { title = "login" }
[politeness]
min_interval = "1s"
max_pages = 1
[[streams]]
name = "nothing"
key = ["id"]
[streams.fields]
id = { type = "string", required = true }
[[streams.sources]]
kind = "markup"
visit = "${url}/login"
wait = "5s"
ready = { title = "login" }
items = "p"
page = { kind = "next", css = "a.next" }
[streams.sources.fields]
id = { attr = "id" }
`;
}

export class Ours {
  name = "Staylogged";

  constructor(out, pages) {
    const market = { marketUrl: pages.url, controlUrl: pages.url, account: null, canSandbox: process.env.BROWSER_SANDBOX !== "off" };
    const ids = ["login", "scroll", "animation"].map((page) => `bench-${page}`);
    const definitions = Object.fromEntries(ids.map((id) => [id, definition(id, pages.url)]));
    this.service = new Service(path.join(out, "server.log"), market, { variables: { MAX_LOGINS: "20" }, definitions, profile: "release" });
  }

  async start() {
    await this.service.start();
  }

  cpu() {
    return cpuOf(this.service.child.pid);
  }

  async open(page, place) {
    const viewer = new OurViewer(this.service);
    await viewer.connect(`bench-${page}`, `account-${place}`);
    return viewer;
  }

  async stop() {
    await this.service.clear();
  }
}

class OurViewer extends Viewer {
  n = 0;

  constructor(service) {
    super();
    this.service = service;
  }

  async connect(provider, account) {
    const { json } = await this.service.api("POST", `/integrations/${provider}/connect`, { body: { account } });
    this.login = json.login.id;
    const { json: ticket } = await this.service.api("POST", `/logins/${this.login}/live-ticket`);
    this.socket = new WebSocket(this.service.url.replace("http", "ws") + ticket.url, [ticket.protocol, `ticket.${ticket.ticket}`]);
    this.socket.binaryType = "nodebuffer";
    await new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
    this.say({ type: "hello", viewer: randomUUID(), device: "computer" });
    const first = new Promise((resolve) => (this.seenFirst = resolve));
    this.socket.on("message", (data, binary) => {
      if (!binary) return;
      this.arrived(data.subarray(16));
      // As a page does once it has painted it.
      this.say({ type: "seen", sequence: data.readUInt32BE(12) });
      this.seenFirst();
    });
    this.does({ type: "resize", width: 1280, height: 800, scale: 1 });
    await first;
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  does(input) {
    this.n += 1;
    this.say({ type: "input", n: this.n, input });
  }

  async press(x, y) {
    for (const action of ["pressed", "released"]) this.does({ type: "mouse", action, x, y, button: "left", clickCount: 1 });
  }

  async type(letter) {
    for (const action of ["down", "up"]) this.does({ type: "key", action, key: letter, code: `Key${letter.toUpperCase()}` });
  }

  async close() {
    await this.service.api("POST", `/logins/${this.login}/cancel`);
    this.socket.terminate();
  }
}
