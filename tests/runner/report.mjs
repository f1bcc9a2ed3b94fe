// What a run says while it runs and at its end, and the files that it leaves.

import { readFileSync } from "node:fs";
import { fullName } from "./names.mjs";
import { countCases, isGood } from "./result.mjs";

const TAIL_LINES = 120;
const SLOWEST = 10;
const REASON_LINES = 6;

export function suiteLine({ suite, cases, seconds }) {
  const { passed, failed, skipped } = countCases(cases);
  const number = (value) => String(value).padStart(4);
  return `${suite.padEnd(20)} ${number(passed)} passed ${number(failed)} failed ${number(skipped)} skipped ${seconds.toFixed(1).padStart(7)} s`;
}

/** A suite's line, and why it is not good. */
export function suiteEnded(result) {
  const lines = [suiteLine(result), ...result.notes.map((note) => `    not asked: ${note}`)];
  if (isGood(result)) return lines.join("\n");
  lines.push(...result.cases.filter(({ status }) => status !== "passed").map((one) => `    ${caseLine(result.suite, one)}`));
  if (result.log) lines.push(`--- the end of ${result.log} ---`, tail(readFileSync(result.log, "utf8"), TAIL_LINES), `--- ${result.log} ---`);
  return lines.join("\n");
}

/** The whole run; its last line is the counts alone. */
export function summary(results, { folder, seconds }) {
  const cases = results.flatMap(({ suite, cases: own }) => own.map((one) => ({ suite, ...one })));
  const { passed, failed, skipped } = countCases(cases);
  const lines = ["", ...results.map(suiteLine)];
  for (const note of results.flatMap(({ notes }) => notes)) lines.push(`not asked: ${note}`);
  const slowest = bySeconds(cases).filter((one) => one.seconds !== undefined).slice(0, SLOWEST);
  if (slowest.length > 0) lines.push("", "slowest tests:");
  for (const one of slowest) lines.push(`${one.seconds.toFixed(1).padStart(7)} s  ${one.suite}: ${fullName(one)}`);
  const notGood = cases.filter(({ status }) => status !== "passed");
  // Here too: whoever sees only the end of a run, as most CI shows it, needs to know what broke.
  if (notGood.length > 0) lines.push("", ...notGood.flatMap((one) => [caseLine(one.suite, one), ...reason(one)]), "script/test --failed runs these again");
  lines.push("", `${minutes(seconds)} in all; logs, seconds.tsv and junit.xml are in ${folder}`);
  lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return lines.join("\n");
}

/** A row for each suite, then one for each test, the slowest first; a test whose seconds nobody measured has none. */
export function secondsTable(results) {
  const rows = [["suite", "test", "seconds"], ...results.map(({ suite, seconds }) => [suite, "", seconds.toFixed(2)])];
  const cases = results.flatMap(({ suite, cases: own }) => own.map((one) => ({ suite, ...one })));
  for (const one of bySeconds(cases)) rows.push([one.suite, fullName(one), one.seconds?.toFixed(2) ?? ""]);
  return rows.map((row) => `${row.map((cell) => cell.replace(/[\t\n]/g, " ")).join("\t")}\n`).join("");
}

/** What a suite of the pages has printed: its tests, and all about those that failed. */
export function pageLog(cases) {
  const words = { passed: "ok", failed: "not ok", skipped: "skipped" };
  return cases
    .map((one) => {
      const lines = [`${words[one.status]} ${fullName(one)} (${(one.seconds ?? 0).toFixed(1)} s)`];
      for (const text of [one.message, one.output, ...(one.files ?? [])]) if (text) lines.push(text.trimEnd().replace(/^/gm, "    "));
      return `${lines.join("\n")}\n`;
    })
    .join("");
}

const caseLine = (suite, one) => {
  const why = one.status === "skipped" && one.message ? ` (${one.message})` : "";
  return `${one.status}: ${suite}: ${fullName(one)}${why}`;
};

/** The first lines of why a test failed, without its stack. */
function reason({ status, message }) {
  if (status !== "failed" || !message) return [];
  const lines = message.trim().split("\n");
  const stack = lines.findIndex((line) => /^\s*(stack backtrace:|at )/.test(line));
  const said = lines.slice(0, stack < 0 ? lines.length : stack).filter((line) => line.trim());
  return said.slice(0, REASON_LINES).map((line) => `    ${line.trimEnd()}`);
}

const bySeconds = (cases) => [...cases].sort((one, other) => (other.seconds ?? -1) - (one.seconds ?? -1));

const minutes = (seconds) => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

function tail(text, count) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
