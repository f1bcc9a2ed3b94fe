// All suites, in the order of the report.

import { check, command, openapiDrift, scriptsParse } from "./checks.mjs";
import { nodeSuite, vitestSuite } from "./node-suites.mjs";
import { PAGE_SUITES } from "./pages.mjs";
import { libtestSuite, storiesSuite } from "./rust.mjs";
import { cargoDeny, npmAudit } from "./supply-chain.mjs";

const webDemo = (name, script) => command(name, "npm", ["run", "--silent", "--prefix", "web-demo", script]);

/** One after the other: they keep the processor busy, or take Cargo's lock. */
const PROCESSOR = [
  check("scripts", scriptsParse),
  nodeSuite("test-runner", "tests/runner"),
  command("rustfmt", "cargo", ["fmt", "--check"]),
  check("openapi-drift", openapiDrift),
  // The fuzzer is a package of its own, with a lock of its own.
  command(
    "fuzz-lock", "cargo", ["fetch", "--locked", "--quiet", "--manifest-path", "fuzz/Cargo.toml"],
    "If fuzz/Cargo.lock is out of date, run: (cd fuzz && cargo update --workspace)",
  ),
  cargoDeny,
  command("clippy", "cargo", ["clippy", "--locked", "--all-targets", "--quiet", "--", "-D", "warnings"]),
  libtestSuite("rust-unit", ["--lib", "--bins"]),
  libtestSuite("rust", ["--test", "it"]),
  storiesSuite("stories", "stories"),
];

/** For the lane that has nothing else to do. */
const EITHER = [
  webDemo("web-demo-api", "api:check"),
  webDemo("web-demo-lint", "lint"),
  webDemo("web-demo-types", "typecheck"),
  vitestSuite("web-demo", "web-demo"),
  command("openapi-valid", "tests/clients/typescript/node_modules/.bin/redocly", ["lint", "--config", "tests/clients/redocly.yaml", "openapi/openapi.yaml"]),
  npmAudit,
];

/** By their names: `{ name, lane, needs, list, run }`; those of the lane "pages" have no `list` and `run` of their own. */
export const SUITES = new Map(
  [
    ...PROCESSOR.map((suite) => ({ ...suite, lane: "processor" })),
    ...EITHER.map((suite) => ({ ...suite, lane: "either" })),
    ...PAGE_SUITES.map((name) => ({ name, lane: "pages" })),
  ].map((suite) => [suite.name, suite]),
);
