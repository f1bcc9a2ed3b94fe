// The suites in Rust: libtest's own, and the stories with a browser, whose program writes a report.

import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { readJunit } from "./junit.mjs";
import { countedByLibtest, parseLibtest, parseLibtestList } from "./libtest.mjs";
import { capture, howItEnded, run } from "./processes.mjs";
import { countCases } from "./result.mjs";

/** Compiles everything in Rust that is tested, once for all suites. */
export const compileTests = ({ log }) => run("cargo", ["test", "--locked", "--no-run", "--lib", "--bins", "--tests"], { log });

/** @param targets what of the package: the options of `cargo test` */
export function libtestSuite(name, targets) {
  return {
    name,
    needs: ["tests", "databases"],
    list: () => listTests(name, targets),
    run: async ({ log, show, tests, bounds }) => {
      const env = { RUST_TEST_THREADS: String(bounds.testThreads) };
      const args = ["test", "--locked", "--no-fail-fast", ...targets, "--", ...only(tests), ...(show ? ["--nocapture"] : [])];
      const how = await run("cargo", args, { log, show, env });
      return libtestResult(readFileSync(log, "utf8"), howItEnded("cargo test", how));
    },
  };
}

export function storiesSuite(name, target) {
  const targets = ["--test", target];
  return {
    name,
    needs: ["tests", "databases"],
    list: () => listTests(name, targets),
    run: async ({ log, show, tests, bounds, folder, alone }) => {
      const threads = ["--test-threads", String(Math.max(bounds.storyThreads, bounds.storyThreadsAlone))];
      const results = [];
      // It takes one name at a time.
      for (const filter of tests ? tests.map((test) => only([test])) : [[]]) {
        const report = path.resolve(folder, `${name}.junit.xml`);
        rmSync(report, { force: true });
        const args = ["test", "--locked", ...targets, "--", ...filter, ...threads, ...(show ? ["--nocapture"] : [])];
        // Its standard input ends when it has the machine for itself: then more stories run at once.
        const env = { STORIES_JUNIT: report, STORIES_AT_FIRST: String(bounds.storyThreads) };
        const how = await run("cargo", args, { log, show, env, inputUntil: alone });
        const problem = howItEnded("cargo test", how);
        if (existsSync(report)) results.push({ cases: readJunit(readFileSync(report, "utf8")).map(withoutFile), problem });
        else results.push({ ...libtestResult(readFileSync(log, "utf8"), null), problem: problem ?? "it wrote no report" });
      }
      return { cases: results.flatMap(({ cases }) => cases), problem: results.map(({ problem }) => problem).find(Boolean) ?? null };
    },
  };
}

/** The cases of a log, and what is wrong with it as a whole. */
export function libtestResult(log, problem) {
  const cases = parseLibtest(log);
  const named = countCases(cases);
  const counted = countedByLibtest(log);
  const differs = ["passed", "failed", "skipped"].some((status) => named[status] !== counted[status]);
  if (!problem && differs) problem = `libtest counts ${JSON.stringify(counted)}, and the log names ${JSON.stringify(named)}`;
  return { cases, problem };
}

/** How many of these were told on each database. */
export function onDatabases(cases) {
  const passed = cases.filter(({ status }) => status === "passed");
  const on = (database) => passed.filter(({ name }) => name.endsWith(`::${database}`)).length;
  return { sqlite: on("sqlite"), postgres: on("postgres") };
}

const only = (tests) => (tests ? ["--exact", ...tests.map(({ name }) => name)] : []);
const withoutFile = ({ file, ...rest }) => rest;

async function listTests(suite, targets) {
  const { stdout, stderr, ...how } = await capture("cargo", ["test", "--locked", "--quiet", ...targets, "--", "--list", "--format", "terse"]);
  const problem = howItEnded("cargo test", how);
  if (problem) throw new Error(`${problem}:\n${stderr}`);
  return parseLibtestList(stdout).map((name) => ({ suite, name }));
}
