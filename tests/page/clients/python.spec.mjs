// A Python client, generated from openapi/openapi.yaml.

import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { CLIENTS, DOCUMENT, call, clientTests } from "./client.mjs";

clientTests("Python", {
  generated: "a Python client is generated, without a warning",
  generate,
  before: ["lists the providers", "connects"],
  after: [
    ["follows the login by server-sent events to its end", /^done follows the login by server-sent events \(\d+ of them\) to its end$/],
    "reads the same events as JSON",
    "scrapes 137 products, each once",
    "disconnects, and is told needsReconnect by a typed problem",
  ],
});

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
