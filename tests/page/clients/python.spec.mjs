// A Python client, generated from openapi/openapi.yaml.

import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { CLIENTS, ClientStory, DOCUMENT, call } from "./client.mjs";

test.describe.configure({ mode: "serial" });

let story;

test.beforeAll(() => {
  story = new ClientStory("Python");
});
test.afterAll(() => story?.end());

test("the server starts, for the Python client", () => story.server.start());
test("a Python client is generated, without a warning", () => story.run(generate()));
for (const name of ["lists the providers", "connects"]) {
  test(`Python: ${name}`, () => story.client.did(name));
}
test("Python: a person finds that login at the page and logs in", ({ browser }) => story.personLogsIn(browser));
test("Python: follows the login by server-sent events to its end", () => {
  return story.client.says(/^done follows the login by server-sent events \(\d+ of them\) to its end$/);
});
for (const name of [
  "reads the same events as JSON",
  "scrapes 137 products, each once",
  "disconnects, and is told needsReconnect by a typed problem",
]) {
  test(`Python: ${name}`, () => story.client.did(name));
}
test("Python: the client ends well", () => story.client.endsWell());

function generate() {
  const to = path.join(CLIENTS, "python");
  const bin = (name) => path.join(CLIENTS, "venv/bin", name);
  rmSync(to, { recursive: true, force: true });
  call(
    bin("openapi-python-client"), "generate", "--path", DOCUMENT, "--meta", "none", "--fail-on-warning",
    "--config", "tests/clients/python/config.yml", "--output-path", path.join(to, "staylogged_client"),
  );
  cpSync("tests/clients/python/drive.py", path.join(to, "drive.py"));
  return [bin("python"), path.join(to, "drive.py")];
}
