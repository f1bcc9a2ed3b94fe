// Do the tests bite? Applies each mutation of rows.mjs to a copy of a commit, runs the tests that its row names, and prints
// which of them caught it. Exits 1 when one was caught by none.
//
//   node benches/mutations/run.mjs [--commit REV] [--only TEXT]

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ROWS } from "./rows.mjs";

const { values } = parseArgs({ options: { commit: { type: "string", default: "HEAD" }, only: { type: "string", default: "" } } });
const root = path.resolve(import.meta.dirname, "../..");
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "mutations");
const copy = path.join(target, "checkout");
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/** A test that takes longer than this counts as failed: with a mutation it may wait for ever. */
const TIMEOUT_MS = 180_000;

function checkOut(commit) {
  git("worktree", "prune");
  if (existsSync(copy)) git("worktree", "remove", "--force", copy);
  git("worktree", "add", "--detach", copy, commit);
  for (const folder of ["driver/node_modules", "web-demo/node_modules", "web-demo/out"]) {
    if (!existsSync(path.join(copy, folder))) symlinkSync(path.join(root, folder), path.join(copy, folder));
  }
}

/** Before the stories had a program of their own they were tests of `it`. */
const hasStories = () => existsSync(path.join(copy, "tests/stories"));

/** What builds a suite and what runs tests of it. */
function commands(suite, filter) {
  const cargo = (...kind) => ({
    build: ["cargo", ["test", "--locked", "--quiet", "--no-run", ...kind]],
    run: ["cargo", ["test", "--locked", "--quiet", ...kind, "--", filter]],
  });
  switch (suite) {
    case "rust-unit":
      return cargo("--lib");
    case "rust":
      return cargo("--test", "it");
    case "stories":
      return cargo("--test", hasStories() ? "stories" : "it");
    case "web-demo":
      return { run: ["npm", ["run", "--silent", "test", "--", filter], "web-demo"] };
    default:
      throw new Error(`no suite ${suite}`);
  }
}

function run([program, args, folder = "."], timeout) {
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  return spawnSync(program, args, { cwd: path.join(copy, folder), env, encoding: "utf8", timeout, killSignal: "SIGKILL" });
}

function judge(row) {
  const { name, file, tests } = row;
  const place = path.join(copy, file);
  const text = readFileSync(place, "utf8");
  const change = [row, row.or].find((one) => one && text.split(one.from).length === 2);
  if (!change) return { name, verdict: "no such text" };
  writeFileSync(place, text.replace(change.from, () => change.to));
  try {
    for (const [suite, filter] of tests) {
      const { build, run: test } = commands(suite, filter);
      if (build) {
        const built = run(build);
        if (built.status !== 0) return { name, verdict: "does not compile", output: built.stderr };
      }
      const { status } = run(test, TIMEOUT_MS);
      if (status !== 0) return { name, verdict: "caught", by: `${suite} ${filter}` };
    }
    return { name, verdict: "UNCAUGHT" };
  } finally {
    writeFileSync(place, text);
  }
}

checkOut(values.commit);
const rows = ROWS.filter(({ name }) => name.includes(values.only));
// Tests that fail without a mutation would catch everything.
for (const key of new Set(rows.flatMap(({ tests }) => tests.map((test) => test.join("\t"))))) {
  const { status, stdout, stderr } = run(commands(...key.split("\t")).run, 3_600_000);
  if (status !== 0) {
    console.log(`fails without a mutation: ${key.replace("\t", " ")}\n${stdout}${stderr}`);
    process.exit(2);
  }
}
const began = Date.now();
const results = rows.map((row) => {
  const result = judge(row);
  console.log(`${result.verdict.padEnd(16)} ${result.name}${result.by ? ` (${result.by})` : ""}`);
  if (result.output) console.log(result.output.split("\n").slice(0, 12).join("\n"));
  return result;
});
git("worktree", "remove", "--force", copy);
const caught = results.filter(({ verdict }) => verdict === "caught").length;
console.log(`${caught} of ${results.length} caught, at ${git("rev-parse", "--short", values.commit)}, in ${Math.round((Date.now() - began) / 1000)} s`);
process.exitCode = caught === results.length ? 0 : 1;
