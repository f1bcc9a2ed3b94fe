// The suites of the pages: one run of Playwright for all of them, in which each is a folder.

import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SUITES } from "../page/suites.mjs";
import { howItEnded, run } from "./processes.mjs";

export const PAGE_SUITES = Object.keys(SUITES);

const CLI = "tests/page/node_modules/@playwright/test/cli.js";
const REPORTER = fileURLToPath(new URL("page-reporter.mjs", import.meta.url));

/** The tests of these suites, in the order in which they are declared. */
export async function listPages(suites, folder) {
  const events = fresh(path.join(folder, "pages.list.jsonl"));
  const log = path.join(folder, "pages.list.log");
  const args = [CLI, "test", "--config", "tests/page", "--list", "--reporter", REPORTER, ...folders(suites)];
  await run("node", args, { log, env: { PAGE_EVENTS: events } });
  const found = readEvents(events).find(({ event }) => event === "tests")?.tests ?? [];
  if (found.length === 0 && !/No tests found/.test(readFileSync(log, "utf8"))) throw new Error(`the tests of the pages cannot be listed; see ${log}`);
  return found;
}

/**
 * Runs page suites; each is told as soon as its last test has ended.
 *
 * @param wanted for each suite the tests of it, or null for all
 * @param told takes a suite's `{ cases, seconds, problem }`, its seconds being the sum of its tests'
 */
export async function runPages(wanted, { folder, show, workers }, told) {
  const log = path.join(folder, "pages.log");
  const events = fresh(path.join(folder, "pages.events.jsonl"));
  const args = [CLI, "test", "--config", "tests/page", "--add-reporter", REPORTER, ...folders([...wanted.keys()])];
  if ([...wanted.values()].some(Boolean)) {
    const tests = select(wanted, await listPages([...wanted.keys()], folder), readsAsParallel);
    args.push("--grep", patternOf(tests));
  }
  const progress = new Progress([...wanted.keys()], (suite, cases) => told(suite, { cases, seconds: sum(cases) }));
  const follower = new Follower(events, (event) => progress.take(event));
  // Playwright asks its workers for colours; with both variables Node warns in each of them.
  const env = { NO_COLOR: undefined, PAGE_EVENTS: events, PAGE_WORKERS: String(workers), PAGE_JUNIT: path.join(folder, "pages.junit.xml") };
  const how = await run("node", args, { log, show, env });
  follower.end();
  const problem = howItEnded("Playwright", how);
  for (const [suite, cases] of progress.unfinished()) told(suite, { cases, seconds: sum(cases), problem: problem ?? "not all of its tests ended" });
  // Each failed test has been told with its suite; this is what belongs to no test.
  if (progress.errors.length > 0 || (problem && !progress.anyFailed)) {
    told("pages", { cases: [], seconds: 0, problem: progress.errors.join("\n\n") || problem });
  }
}

/** Collects what the reporter tells, suite by suite. */
export class Progress {
  errors = [];
  anyFailed = false;
  #left = new Map();
  #cases = new Map();
  #finished;

  constructor(suites, finished) {
    this.#finished = finished;
    for (const suite of suites) this.#cases.set(suite, []);
  }

  take({ event, tests, suite, ...test }) {
    if (event === "error") this.errors.push(test.message);
    if (event === "tests") for (const one of tests) this.#left.set(one.suite, (this.#left.get(one.suite) ?? 0) + 1);
    if (event !== "test") return;
    delete test.event;
    this.#cases.get(suite).push(test);
    if (test.status !== "passed") this.anyFailed = true;
    this.#left.set(suite, this.#left.get(suite) - 1);
    if (this.#left.get(suite) > 0) return;
    this.#finished(suite, this.#cases.get(suite));
    this.#cases.delete(suite);
  }

  unfinished() {
    return this.#cases;
  }
}

/** Of each file that is one story, the wanted tests and those before them; of other files only the wanted. */
export function select(wanted, all, isParallel) {
  return all.filter((test, index) => {
    const tests = wanted.get(test.suite);
    if (!tests) return wanted.has(test.suite);
    const isWanted = (one) => tests.some(({ file, name }) => file === one.file && name === one.name);
    if (isParallel(test.file)) return isWanted(test);
    return all.slice(index).some((later) => later.suite === test.suite && later.file === test.file && isWanted(later));
  });
}

// The convention of tests/page: a file is one story in order, unless it says otherwise.
const readsAsParallel = (file) => /mode:\s*"parallel"/.test(readFileSync(path.join("tests/page", file), "utf8"));

const sum = (cases) => cases.reduce((total, { seconds = 0 }) => total + seconds, 0);

/** What Playwright is asked for: patterns of the paths of files. */
const folders = (suites) => suites.map((suite) => `/tests/page/${SUITES[suite]}/`);

/** Matches these tests alone. Playwright's own --test-list does not find what a file registers by a helper in another one. */
export function patternOf(tests) {
  const titles = tests.map(({ file, name }) => `${file} ${name.replaceAll(" › ", " ")}`);
  return `(?:^|\\s)(?:${titles.map((title) => title.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|")})$`;
}

function fresh(file) {
  rmSync(file, { force: true });
  writeFileSync(file, "");
  return path.resolve(file);
}

function readEvents(file) {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)) : [];
}

/** Reads a file's lines as they are written. */
class Follower {
  #rest = Buffer.alloc(0);

  constructor(file, take) {
    this.take = take;
    this.file = openSync(file, "r");
    this.watcher = watch(file, () => this.#read());
  }

  end() {
    this.watcher.close();
    this.#read();
    closeSync(this.file);
  }

  #read() {
    const chunk = Buffer.alloc(1 << 16);
    const parts = [this.#rest];
    for (let length; (length = readSync(this.file, chunk)) > 0; ) parts.push(Buffer.from(chunk.subarray(0, length)));
    const read = Buffer.concat(parts);
    const whole = read.lastIndexOf("\n") + 1;
    this.#rest = read.subarray(whole);
    for (const line of read.subarray(0, whole).toString("utf8").split("\n")) if (line) this.take(JSON.parse(line));
  }
}
