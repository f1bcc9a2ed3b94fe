// script/test: see options.mjs for what it can be asked.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startDatabases } from "./databases.mjs";
import { failedSince, readFailed, writeFailed } from "./failed.mjs";
import { writeJunit } from "./junit.mjs";
import { bounds, runLanes } from "./lanes.mjs";
import { fullName, isMistypedSuite } from "./names.mjs";
import { USAGE, UsageError, parseOptions } from "./options.mjs";
import { PAGE_SUITES, runPages } from "./pages.mjs";
import { endAll, howItEnded, passThrough } from "./processes.mjs";
import { pageLog, secondsTable, suiteEnded, summary } from "./report.mjs";
import { isGood, judge } from "./result.mjs";
import { compileTests, onDatabases } from "./rust.mjs";
import { SUITES } from "./suites.mjs";
import { everything, failedBefore, listTests, suitesNamed, testsNamed, unknownName } from "./wanted.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
Object.assign(process.env, {
  CARGO_TERM_COLOR: "never", NO_COLOR: "1", COLORS: "false", NEXT_TELEMETRY_DISABLED: "1", REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
});
const target = process.env.CARGO_TARGET_DIR ?? "target";
const folder = path.join(target, "test");
const failedFile = path.join(folder, "failed.tsv");

const say = (text) => console.log(text);
const secondsSince = (began) => (performance.now() - began) / 1000;
const contextOf = (name) => ({ log: path.join(folder, `${name}.log`), folder, target });

async function main() {
  const asked = parseOptions(process.argv.slice(2));
  if (asked.kind === "help") return say(USAGE);
  if (asked.kind === "list") return list(asked.names);
  const began = performance.now();
  if (asked.kind === "failed") {
    const wanted = failedBefore(readFailed(failedFile));
    if (wanted.size === 0) return say("nothing has failed that has not passed since");
    await setUp();
    return runWanted(wanted, { began });
  }
  for (const name of asked.names) if (isMistypedSuite(name, [...SUITES.keys()])) throw new UsageError(unknownName(name, []));
  await setUp();
  if (asked.names.length === 0) return runWanted(everything(), { began });
  const suites = suitesNamed(asked.names);
  return runWanted(suites ?? (await testsNamed(asked.names, contextOf)), { began, show: suites === null });
}

async function list(names) {
  if (names.length === 0) return say([...SUITES.keys()].join("\n"));
  for (const name of names) if (!SUITES.has(name)) throw new UsageError(unknownName(name, []));
  await setUp();
  const tests = await listTests(names.map((name) => SUITES.get(name)), contextOf);
  say(tests.map((test) => (names.length > 1 ? `${test.suite}: ${fullName(test)}` : fullName(test))).join("\n"));
}

async function setUp() {
  const problem = howItEnded("script/setup", await passThrough("script/setup", ["tests"]));
  if (problem) throw new Error(problem);
  mkdirSync(folder, { recursive: true });
}

/** @param wanted for each suite its tests, or null for all */
async function runWanted(wanted, { began, show = false }) {
  const before = readFailed(failedFile);
  for (const name of readdirSync(folder)) if (path.join(folder, name) !== failedFile) rmSync(path.join(folder, name), { recursive: true });
  const limits = bounds();
  const suites = [...SUITES.values()].filter(({ name }) => wanted.has(name));
  const need = (what) => suites.some(({ needs = [] }) => needs.includes(what));
  if (need("tests")) {
    const start = performance.now();
    // What does not compile fails the suites that need it, with the compiler's words in their logs.
    const problem = howItEnded("cargo test --no-run", await compileTests({ log: path.join(folder, "compile.log") }));
    say(`the tests in Rust are ${problem ? "not all " : ""}compiled (${secondsSince(start).toFixed(1)} s)`);
  }
  if (need("databases")) {
    const { url, sqlite, postgres } = await startDatabases();
    process.env.STAYLOGGED_TEST_POSTGRES = url;
    say(`databases: SQLite ${sqlite} (built in) and PostgreSQL ${postgres} (a throw-away cluster)`);
  }

  const results = [];
  const told = (suite, outcome) => {
    const result = judge(suite, outcome);
    results.push(result);
    say(suiteEnded(result));
    if (SUITES.get(suite)?.needs?.includes("databases")) {
      const { sqlite, postgres } = onDatabases(result.cases);
      if (sqlite + postgres > 0) say(`    of these, on SQLite alone: ${sqlite}, the same on Postgres: ${postgres}`);
    }
  };
  // Until the pages are over, all else leaves them their time.
  let pagesAreOver;
  const alone = new Promise((resolve) => (pagesAreOver = resolve));
  const runSuite = async ({ name, run }) => {
    const context = { ...contextOf(name), tests: wanted.get(name), show, bounds: limits, alone };
    writeFileSync(context.log, "");
    const start = performance.now();
    const outcome = await run(context).catch((error) => ({ cases: [], problem: error.stack }));
    // A suite of one test takes as long as its test.
    if (outcome.cases.length === 1) outcome.cases[0].seconds ??= secondsSince(start);
    told(name, { ...outcome, seconds: secondsSince(start), log: context.log });
  };
  const runAllPages = () => {
    const pages = new Map([...wanted].filter(([name]) => SUITES.get(name).lane === "pages"));
    return runPages(pages, { folder, show, workers: limits.pageWorkers }, (suite, outcome) => {
      // Where no test of it has ended, Playwright's own log says why.
      const ownLog = outcome.cases.length > 0;
      const log = ownLog ? contextOf(suite).log : contextOf("pages").log;
      if (ownLog) writeFileSync(log, pageLog(outcome.cases));
      told(suite, { ...outcome, log });
    }).finally(pagesAreOver);
  };
  const inLane = (lane) => suites.filter((suite) => suite.lane === lane);
  const pages = inLane("pages").length > 0 ? [runAllPages] : [];
  // Of what is shown, the pages come last.
  if (pages.length === 0 || show) pagesAreOver();
  const processor = inLane("processor").map((suite) => () => runSuite(suite));
  const either = inLane("either").map((suite) => () => runSuite(suite));
  // What is shown is not mixed.
  const lanes = show ? [[...processor, ...pages]] : [processor, pages];
  await runLanes(lanes, either, (job) => job());

  const order = [...SUITES.keys()];
  results.sort((one, other) => order.indexOf(one.suite) - order.indexOf(other.suite));
  const whole = new Set([...wanted].filter(([, tests]) => tests === null).map(([name]) => name));
  if (PAGE_SUITES.every((name) => whole.has(name))) whole.add("pages");
  writeFailed(failedFile, failedSince(before, results, whole));
  writeFileSync(path.join(folder, "seconds.tsv"), secondsTable(results));
  writeFileSync(path.join(folder, "junit.xml"), writeJunit(results));
  say(summary(results, { folder, seconds: secondsSince(began) }));
  process.exitCode = results.every(isGood) ? 0 : 1;
}

let interrupted = false;
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
  process.on(signal, async () => {
    // The second time nothing is waited for.
    const patience = interrupted ? 0 : 20;
    interrupted = true;
    console.error(`script/test: ${signal}; ending what runs`);
    await endAll(patience);
    process.exit(code);
  });
}

try {
  await main();
} catch (error) {
  if (!interrupted) {
    console.error(`script/test: ${error instanceof UsageError ? error.message : error.stack}`);
    await endAll();
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}
