// What failed and has not passed since, from one run to the next: a line each of suite, file and test.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

const key = ({ suite, file = "", name }) => [suite, file, name].join("\t");

export function readFailed(path) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [suite, file, name] = line.split("\t");
    return { suite, name, ...(file && { file }) };
  });
}

export function writeFailed(path, failed) {
  writeFileSync(path, failed.map((one) => `${key(one)}\n`).join(""));
}

/** @param whole the names of the suites of which everything ran: what they no longer have is forgotten */
export function failedSince(before, results, whole) {
  const now = results.flatMap(({ suite, cases }) => cases.map((one) => ({ suite, ...one })));
  const ran = new Set(now.map(key));
  const undecided = before.filter((one) => !ran.has(key(one)) && !whole.has(one.suite));
  const failed = now.filter(({ status }) => status !== "passed").map(({ suite, file, name }) => ({ suite, name, ...(file && { file }) }));
  return [...undecided, ...failed];
}
