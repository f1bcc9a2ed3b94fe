// What `script/demo --help` prints. It answers before anything is installed or built, so the script holds a copy of the
// program's options.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";

const NEEDED = ["bash", "cat", "dirname"];
let folder;

test.beforeAll(() => {
  folder = mkdtempSync("/tmp/slh-");
  for (const name of NEEDED) symlinkSync(execFileSync("which", [name], { encoding: "utf8" }).trim(), path.join(folder, name));
});

test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("script/demo --help lists the options of the program's own --help, and needs neither Node nor Cargo", () => {
  const program = path.resolve(process.env.CARGO_TARGET_DIR ?? "target", "debug/staylogged");
  const own = execFileSync(program, ["demo", "--help"], { encoding: "utf8" });
  const options = own.slice(own.indexOf("\nOptions:\n"));
  must(options.includes("--market-port"), `the program's help lists no options: ${own}`);
  for (const args of [["--help"], ["-h"], ["--check", "--help"]]) {
    // Nothing else is in the search path, so that nothing can be installed or built.
    const printed = execFileSync("script/demo", args, { encoding: "utf8", env: { PATH: folder } });
    must(/^ +script\/demo --check /m.test(printed), `script/demo ${args.join(" ")} does not tell of --check: ${printed}`);
    mustEqual(printed.slice(printed.indexOf("\nOptions:\n")), options, `the options in script/demo ${args.join(" ")}`);
  }
});
