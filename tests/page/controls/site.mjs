// A site that has every kind of control there is. It keeps what each of them was given, as the page tells it: what a story
// compares with what the person meant.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { selfSigned } from "./certificate.mjs";
import { PAGES, popUp, privatePage, welcome } from "./pages.mjs";
import { until } from "../support/waiting.mjs";

const CLIENT = readFileSync(new URL("client.js", import.meta.url), "utf8");
const STYLE = readFileSync(new URL("style.css", import.meta.url), "utf8");
export const PRIVATE = { username: "ana", password: "of-the-gate" };
const COOKIE = "controls_session=ana";
const SIGNED_IN = `${COOKIE}; Path=/; HttpOnly; SameSite=Lax`;

export class Site {
  /** What each control was given last, by its name. */
  values = new Map();
  /** How often each page was asked for. */
  visits = new Map();
  /** Nobody has to sign up: the first page is that of those who have. */
  letsEverybodyIn = false;
  /** How often somebody came to the site that nobody vouches for, and went. */
  mistrusted = 0;

  async start() {
    this.server = await listen((request, response) => this.answer(request, response), 0);
    this.port = this.server.address().port;
    this.origin = `http://controls.localhost:${this.port}`;
    // What nobody vouches for.
    this.secured = await listen((request, response) => this.answer(request, response), 0, selfSigned("controls.localhost"));
    this.secured.on("tlsClientError", () => (this.mistrusted += 1));
    this.securedPort = this.secured.address().port;
    this.unproven = `https://controls.localhost:${this.securedPort}`;
    // A port where nobody is, until somebody comes there: see `rise`.
    const held = await listen(() => undefined, 0);
    this.deadPort = held.address().port;
    await new Promise((resolve) => held.close(resolve));
    this.dead = `http://controls.localhost:${this.deadPort}`;
    return this;
  }

  /** The dead site is there after all. */
  async rise() {
    this.risen = await listen((request, response) => this.answer(request, response), this.deadPort);
  }

  answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.origin);
    const send = (status, body, type = "text/html; charset=utf-8", more = {}) =>
      response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...more }).end(body);
    const at = { port: this.port, dead: this.dead, unproven: this.unproven, host: (request.headers.host ?? "").split(":")[0] };
    const name = pathname.slice(1);
    if (request.method === "POST" && name === "told") return this.hear(request, response);
    if (request.method === "POST" && name === "enter") return send(204, "", "text/plain", { "set-cookie": SIGNED_IN });
    if (!searchParams.has("still")) this.visits.set(name, (this.visits.get(name) ?? 0) + 1);
    if (name === "client.js") return send(200, CLIENT, "text/javascript; charset=utf-8");
    if (name === "style.css") return send(200, STYLE, "text/css; charset=utf-8");
    if (name === "report.pdf") return send(200, "%PDF-1.4", "application/pdf", { "content-disposition": 'attachment; filename="report.pdf"' });
    if (name === "pop-up") return send(200, popUp());
    if (name === "private") {
      const { username, password } = PRIVATE;
      const given = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
      if (given !== `${username}:${password}`) return send(401, "No", "text/plain", { "www-authenticate": 'Basic realm="The inner rooms"' });
      this.values.set("private", given);
      return send(200, privatePage());
    }
    if (this.letsEverybodyIn && name === "pickers") return send(302, "", "text/plain", { "set-cookie": SIGNED_IN, location: "/welcome" });
    const isIn = (request.headers.cookie ?? "").includes(COOKIE);
    if (name === "me") return isIn ? send(200, '{"id":"7","email":"ana@example.com"}', "application/json") : send(401, "{}", "application/json");
    if (name === "welcome") return isIn ? send(200, welcome()) : send(302, "", "text/plain", { location: "/sign-up" });
    const page = PAGES[name || "pickers"];
    return page ? send(200, page(at)) : send(404, "There is nothing here.", "text/plain");
  }

  hear(request, response) {
    let text = "";
    request.setEncoding("utf8").on("data", (part) => (text += part));
    request.on("end", () => {
      const { name, value } = JSON.parse(text);
      this.values.set(name, value);
      response.writeHead(204).end();
    });
  }

  /** The control has this value, which is what the person meant. */
  async has(name, value, seconds = 30) {
    const wanted = JSON.stringify(value);
    await until(`“${name}” is ${wanted}`, () => JSON.stringify(this.values.get(name)) === wanted, seconds).catch((error) => {
      throw new Error(`${error.message}; the site was told ${JSON.stringify(this.values.get(name))}`);
    });
  }

  end() {
    for (const server of [this.server, this.secured, this.risen]) {
      server?.closeAllConnections();
      server?.close();
    }
  }

  /** What the service has to know of it. */
  definition() {
    const { origin, port, deadPort, securedPort } = this;
    return `
format   = 1
id       = "controls"
name     = "Controls"
homepage = "${origin}/"

[scope]
cookies  = ["controls.localhost"]
origins  = ["${origin}"]
navigate = ["http://controls.localhost:${port}/**", "http://controls.localhost:${deadPort}/**", "https://controls.localhost:${securedPort}/**"]

[login]
start   = "${origin}/pickers"
timeout = "30m"
settle  = "1s"

[[login.logged_in.all]]
url = "${origin}/welcome"
[[login.logged_in.all]]
cookie = { name = "controls_session", domain = "controls.localhost" }

[probe]
visit      = "${origin}/welcome"
wait       = "25s"
logged_in  = { response = { url = "${origin}/me", method = "GET", status = 200, json = "$.id" } }
logged_out = { url = "${origin}/sign-up" }

[account]
response = { url = "${origin}/me", method = "GET", status = 200 }
id       = "$.id"
label    = "$.email"

[politeness]
min_interval = "100ms"
max_pages    = 5

[[streams]]
name   = "rooms"
key    = ["name"]
expect = { min_items = 1, max_missing = 0.0 }

[streams.fields]
name = { type = "string", required = true }

[[streams.sources]]
kind  = "markup"
visit = "${origin}/welcome"
wait  = "20s"
ready = { selector = { css = ".room", visible = true } }
items = ".room"

[streams.sources.fields]
name = { text = true }
`;
  }
}

async function listen(answer, port, certificate) {
  const server = certificate ? https.createServer(certificate, answer) : http.createServer(answer);
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return server;
}
