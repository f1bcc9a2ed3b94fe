// One runner for all that is told at a page or in a terminal. A suite is a folder; a file is one story, whose tests run in order
// in one worker; several workers run files side by side, each with a marketplace of its own (support/fixtures.mjs).
//
//   npx playwright test --config tests/page [FOLDER/] [-g TEST]

import path from "node:path";
import { fileURLToPath } from "node:url";
import { launchOptions } from "./support/person.mjs";

// Everything here names its files from the root of the repository.
process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

const target = path.resolve(process.env.CARGO_TARGET_DIR ?? "target");

export default {
  testDir: ".",
  testMatch: "*.spec.mjs",
  outputDir: path.join(target, "page", "failed"),
  workers: Number(process.env.PAGE_WORKERS ?? 3),
  // A file is a story: its tests run in order. Files that hold independent tests say so themselves.
  fullyParallel: false,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  reporter: [["list"], ["junit", { outputFile: path.resolve(process.env.PAGE_JUNIT ?? path.join(target, "page", "junit.xml")) }]],
  use: {
    launchOptions: launchOptions(),
    // What shows why a test failed: the trace of its contexts, and a picture of every page that was open. With PAGE_TRACE=full the
    // trace shows the page at every step, too: a tenth more of the processor's time for all tests.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: process.env.PAGE_TRACE === "full", sources: false },
    screenshot: "only-on-failure",
  },
};
