// A product of yours, as small as can be: it knows who is logged in to it, and lets that person connect.
//
//   STAYLOGGED_URL=http://localhost:4380 STAYLOGGED_KEY=… node server.mjs     → http://localhost:3000
//
// The service must be told that this page may show its modal: EMBED_ORIGINS=http://localhost:3000

import { readFileSync } from "node:fs";
import http from "node:http";

const service = (process.env.STAYLOGGED_URL ?? "http://localhost:4380").replace(/\/+$/, "");
const key = process.env.STAYLOGGED_KEY; // Not needed while the service runs openly on this computer.
const provider = process.env.PROVIDER ?? "demo-market";
const port = Number(process.env.PORT ?? 3000);

/** Whoever is logged in to your product. The id is yours, and opaque to the service. */
const currentUser = () => "customer-42";

async function ask(method, path, body) {
  const response = await fetch(`${service}/api${path}`, {
    method,
    headers: {
      "Content-Type": "application/json",
      "Staylogged-User": currentUser(),
      ...(key ? { Authorization: `Bearer ${key}` } : {}),
    },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, body: await response.text() };
}

const server = http.createServer(async (request, response) => {
  const send = (status, type, body) => response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" }).end(body);
  try {
    const connection = /^\/connections\/(con_[0-9a-f]{32})$/.exec(request.url)?.[1];
    if (request.method === "GET" && request.url === "/") {
      const page = readFileSync(new URL("index.html", import.meta.url), "utf8");
      send(200, "text/html; charset=utf-8", page.replaceAll("{{service}}", service));
    } else if (request.method === "POST" && request.url === "/connect-token") {
      // For this person and this site only; it is spent once a session is saved.
      const answer = await ask("POST", "/connect-tokens", { provider });
      send(answer.status, "application/json", answer.body);
    } else if (request.method === "GET" && connection) {
      // What the browser says is a hint; this is what is so.
      const answer = await ask("GET", `/connections/${connection}`);
      send(answer.status, "application/json", answer.body);
    } else {
      send(404, "text/plain", "There is nothing here.");
    }
  } catch (error) {
    send(502, "text/plain", `The service at ${service} does not answer: ${error.cause?.code ?? error.message}`);
  }
});

server.listen(port, "localhost", () => console.log(`http://localhost:${server.address().port}`));
