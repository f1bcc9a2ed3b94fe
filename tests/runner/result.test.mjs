import { deepEqual, equal } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { failedSince, readFailed, writeFailed } from "./failed.mjs";
import { pageLog, secondsTable, suiteEnded, suiteLine, summary } from "./report.mjs";
import { isGood, judge } from "./result.mjs";

const passed = { name: "a", status: "passed", seconds: 1 };
const failed = { name: "b", file: "f.spec.mjs", status: "failed", message: "broke" };
const skipped = { name: "c", status: "skipped", message: "did not run, since something before it failed" };

test("results: a suite that ran no test has failed, unless nobody could be asked", () => {
  deepEqual(judge("s", { cases: [], seconds: 0 }).cases, [{ name: "s", status: "failed", message: "the suite ran no test" }]);
  deepEqual(judge("s", { cases: [], seconds: 0, notes: ["the registry does not answer"] }).cases, []);
});

test("results: a program that went wrong without a test that says so has failed", () => {
  deepEqual(judge("s", { cases: [passed], seconds: 0, problem: "cargo exited with 101" }).cases.at(-1).message, "cargo exited with 101");
  deepEqual(judge("s", { cases: [failed], seconds: 0, problem: "cargo exited with 101" }).cases, [failed]);
});

test("results: what was skipped is not good", () => {
  equal(isGood(judge("s", { cases: [passed], seconds: 0 })), true);
  equal(isGood(judge("s", { cases: [passed, skipped], seconds: 0 })), false);
});

test("failed: kept until it passes, or its suite no longer has it", () => {
  const before = [{ suite: "s", name: "b", file: "f.spec.mjs" }, { suite: "s", name: "renamed" }, { suite: "t", name: "t" }];
  const some = [{ suite: "s", cases: [passed, { ...failed, status: "passed" }] }];
  deepEqual(failedSince(before, some, new Set()), [{ suite: "s", name: "renamed" }, { suite: "t", name: "t" }]);
  deepEqual(failedSince(before, some, new Set(["s"])), [{ suite: "t", name: "t" }]);
  deepEqual(failedSince([], [{ suite: "s", cases: [failed, skipped] }], new Set()), [{ suite: "s", name: "b", file: "f.spec.mjs" }, { suite: "s", name: "c" }]);
});

test("failed: what is written is read back", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "runner-"));
  const file = path.join(folder, "failed.tsv");
  try {
    deepEqual(readFailed(file), []);
    const list = [{ suite: "s", name: "b › c", file: "f.spec.mjs" }, { suite: "t", name: "t" }];
    writeFailed(file, list);
    deepEqual(readFailed(file), list);
    equal(readFileSync(file, "utf8"), "s\tf.spec.mjs\tb › c\nt\t\tt\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("report: a suite that is not good shows what failed and the end of its log", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "runner-"));
  const log = path.join(folder, "s.log");
  try {
    writeFileSync(log, `${Array.from({ length: 200 }, (_, index) => `line ${index + 1}`).join("\n")}\n`);
    const lines = suiteEnded({ suite: "s", cases: [passed, failed, skipped], seconds: 2, notes: [], log }).split("\n");
    deepEqual(lines.slice(0, 5), [
      "s                       1 passed    1 failed    1 skipped     2.0 s",
      "    failed: s: f.spec.mjs › b",
      "    skipped: s: c (did not run, since something before it failed)",
      `--- the end of ${log} ---`,
      "line 81",
    ]);
    deepEqual(lines.slice(-2), ["line 200", `--- ${log} ---`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("report: at its end why a test failed is said in a few lines, without its stack", () => {
  const message = "thread 'a' panicked at b.rs:1:1:\nit did not happen within 60s\nstack backtrace:\n   0: begin";
  const cases = [{ name: "a", status: "failed", message }, { name: "b", status: "failed", message: "Error: not there\n\n    at c.mjs:1:1" }];
  const lines = summary([{ suite: "s", cases, seconds: 1, notes: [] }], { folder: "f", seconds: 1 }).split("\n");
  const at = lines.indexOf("failed: s: a");
  deepEqual(lines.slice(at, at + 5), [
    "failed: s: a",
    "    thread 'a' panicked at b.rs:1:1:",
    "    it did not happen within 60s",
    "failed: s: b",
    "    Error: not there",
  ]);
});

test("report: the counts stand alone on the last line", () => {
  const results = [{ suite: "s", cases: [passed, failed], seconds: 61, notes: ["a registry"] }, { suite: "t", cases: [skipped], seconds: 0, notes: [] }];
  const lines = summary(results, { folder: "target/test", seconds: 125.4 }).split("\n");
  equal(lines.at(-1), "1 passed, 1 failed, 1 skipped");
  equal(lines.at(-2), "2 min 5 s in all; logs, seconds.tsv and junit.xml are in target/test");
  equal(lines.includes("not asked: a registry"), true);
  equal(lines[lines.indexOf("failed: s: f.spec.mjs › b") + 1], "    broke");
  equal(lines.includes("    1.0 s  s: a"), true);
});

test("report: seconds of suites, then of tests, the slowest first and those that nobody measured last", () => {
  const cases = [{ name: "x", status: "passed" }, { name: "y\tz", status: "passed", seconds: 1 }, { name: "w", file: "f", status: "passed", seconds: 2 }];
  equal(secondsTable([{ suite: "s", seconds: 3, cases }]), "suite\ttest\tseconds\ns\t\t3.00\ns\tf › w\t2.00\ns\ty z\t1.00\ns\tx\t\n");
});

test("report: the log of a page suite tells all about what failed", () => {
  const log = pageLog([{ ...passed }, { ...failed, seconds: 2, output: "printed\n", files: ["trace.zip"] }]);
  equal(log, "ok a (1.0 s)\nnot ok f.spec.mjs › b (2.0 s)\n    broke\n    printed\n    trace.zip\n");
});

test("report: a suite has one line", () => {
  equal(suiteLine({ suite: "page-screen-reader", cases: [passed], seconds: 100.04 }), "page-screen-reader      1 passed    0 failed    0 skipped   100.0 s");
});
