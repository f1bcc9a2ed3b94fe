// A TypeScript client, generated from openapi/openapi.yaml.

import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { CLIENTS, ClientStory, DOCUMENT, call } from "./client.mjs";

test.describe.configure({ mode: "serial" });

let story;

test.beforeAll(() => {
  story = new ClientStory("TypeScript");
});
test.afterAll(() => story?.end());

test("the server starts, for the TypeScript client", () => story.server.start());
test("a TypeScript client is generated and compiles", () => story.run(generate()));
for (const name of ["lists the providers", "is told of an unknown provider by a typed problem", "connects"]) {
  test(`TypeScript: ${name}`, () => story.client.did(name));
}
test("TypeScript: a person finds that login at the page and logs in", ({ browser }) => story.personLogsIn(browser));
test("TypeScript: follows the login by server-sent events to its end", () => {
  return story.client.says(/^done follows the login by server-sent events \(\d+ of them\) to its end$/);
});
for (const name of [
  "is told by 204 that there is nothing more to come",
  "reads the same events as JSON",
  "scrapes 137 products, each once",
  "disconnects, and is told needsReconnect by a typed problem",
]) {
  test(`TypeScript: ${name}`, () => story.client.did(name));
}
test("TypeScript: the client ends well", () => story.client.endsWell());

function generate() {
  const from = path.resolve("tests/clients/typescript");
  const to = path.join(CLIENTS, "typescript");
  const bin = (name) => path.join(from, "node_modules/.bin", name);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const file of ["drive.ts", "tsconfig.json", "package.json"]) cpSync(path.join(from, file), path.join(to, file));
  symlinkSync(path.join(from, "node_modules"), path.join(to, "node_modules"));
  call(bin("openapi-typescript"), DOCUMENT, "-o", path.join(to, "schema.d.ts"));
  call(bin("tsc"), "-p", to);
  return ["node", path.join(to, "drive.js")];
}
