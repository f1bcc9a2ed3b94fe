// The suites in JavaScript that are not told at a page: the web demo's, and this runner's own.

import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { readJunit } from "./junit.mjs";
import { capture, howItEnded, run } from "./processes.mjs";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Vitest calls a test "describe > test", and matches names with "describe test". */
export function vitestSuite(name, package_) {
  const vitest = path.resolve(package_, "node_modules/.bin/vitest");
  return {
    name,
    // All files are run as far as their tests' bodies: names may be made up there.
    isSlowToList: true,
    list: async () => {
      const { stdout, stderr, ...how } = await capture(vitest, ["list", "--json"], { cwd: package_ });
      const problem = howItEnded("vitest list", how);
      if (problem) throw new Error(`${problem}:\n${stderr}`);
      return JSON.parse(stdout).map((test) => ({ suite: name, file: path.relative(package_, test.file), name: test.name }));
    },
    run: async ({ log, show, tests, folder }) => {
      const report = path.resolve(folder, `${name}.junit.xml`);
      const args = ["run", "--reporter=default", "--reporter=junit", `--outputFile.junit=${report}`];
      if (tests) {
        const names = tests.map((test) => escaped(test.name.replaceAll(" > ", " ")));
        args.push("-t", `^(${names.join("|")})$`, ...new Set(tests.map(({ file }) => file)));
      }
      const how = await run(vitest, args, { log, show, cwd: package_ });
      const { cases, problem } = fromReport(report, howItEnded("vitest", how));
      return { cases: onlyWanted(cases, tests), problem };
    },
  };
}

/** The tests below a folder that Node's own runner runs. */
export function nodeSuite(name, folderOfTests) {
  const files = () => readdirSync(folderOfTests).filter((file) => file.endsWith(".test.mjs")).map((file) => path.join(folderOfTests, file));
  const runAll = async ({ log, show, report, patterns = [] }) => {
    const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit", `--test-reporter-destination=${report}`];
    const how = await run("node", ["--test", ...reporters, ...patterns, ...files()], { log, show });
    const { cases, problem } = fromReport(report, howItEnded("node --test", how));
    return { cases: cases.map(({ file, ...rest }) => rest), problem };
  };
  return {
    name,
    // Node's runner has no list, and these take a second.
    list: async ({ folder, log }) => {
      const { cases, problem } = await runAll({ log, report: path.join(folder, `${name}.junit.xml`) });
      if (cases.length === 0) throw new Error(problem);
      return cases.map((one) => ({ suite: name, name: one.name }));
    },
    run: async ({ log, show, tests, folder }) => {
      const patterns = (tests ?? []).map((test) => `--test-name-pattern=/^${escaped(test.name)}$/`);
      const { cases, problem } = await runAll({ log, show, report: path.join(folder, `${name}.junit.xml`), patterns });
      return { cases: onlyWanted(cases, tests), problem };
    },
  };
}

/** Runners report what was not wanted as skipped. */
function onlyWanted(cases, tests) {
  return tests ? cases.filter((one) => tests.some(({ name, file }) => name === one.name && file === one.file)) : cases;
}

function fromReport(report, problem) {
  if (!existsSync(report)) return { cases: [], problem: problem ?? "it wrote no report" };
  const cases = readJunit(readFileSync(report, "utf8"));
  rmSync(report);
  return { cases, problem };
}
