// Which suites, and which of their tests, are to run: for each suite its tests, or null for all of them.

import { UsageError } from "./options.mjs";
import { fullName, matchTests, nearestNames } from "./names.mjs";
import { PAGE_SUITES, listPages } from "./pages.mjs";
import { SUITES } from "./suites.mjs";

export const everything = () => new Map([...SUITES.keys()].map((name) => [name, null]));

/** By names of suites alone; null where one is none. */
export function suitesNamed(names) {
  return names.every((name) => SUITES.has(name)) ? new Map(names.map((name) => [name, null])) : null;
}

/** By names of suites and of tests. Only as much is listed as it takes to find them. */
export async function testsNamed(names, context) {
  const stages = [...SUITES.values()].reduce((all, suite) => {
    (all[stageOf(suite)] ??= []).push(suite);
    return all;
  }, []);
  const known = [];
  const find = async (name) => {
    for (;;) {
      const found = matchTests(name, known);
      if (found.length > 0) return found;
      if (stages.length === 0) return matchTests(name, known, { anyText: true });
      known.push(...(await listTests(stages.shift(), context)));
    }
  };
  const wanted = new Map();
  for (const name of names) {
    if (SUITES.has(name)) {
      wanted.set(name, null);
      continue;
    }
    const found = await find(name);
    if (found.length === 0) throw new UsageError(unknownName(name, known));
    for (const test of found) add(wanted, test);
  }
  return wanted;
}

/** How long it takes to list a suite: seconds, half a minute, or as long as it takes to compile it. */
const stageOf = ({ needs = [], isSlowToList = false }) => (needs.includes("tests") ? 2 : Number(isSlowToList));

/** @param failed as failed.mjs reads them; what the suite is to blame for as a whole is called as the suite */
export function failedBefore(failed) {
  const wanted = new Map();
  for (const test of failed) {
    if (test.suite === "pages") for (const name of PAGE_SUITES) wanted.set(name, null);
    else if (SUITES.has(test.suite)) {
      if (test.name === test.suite) wanted.set(test.suite, null);
      else add(wanted, test);
    }
  }
  return wanted;
}

/** The tests of suites. */
export async function listTests(suites, context) {
  const pages = suites.filter(({ lane }) => lane === "pages").map(({ name }) => name);
  const lists = suites.filter(({ list }) => list).map((suite) => suite.list(context(suite.name)));
  if (pages.length > 0) lists.push(listPages(pages, context("pages").folder));
  return (await Promise.all(lists)).flat();
}

export function unknownName(name, tests) {
  const near = nearestNames(name, [...SUITES.keys(), ...tests.map((test) => test.name)]);
  const meant = near.length > 0 ? `\nPerhaps one of these is meant:\n${near.map((one) => `    ${one}`).join("\n")}` : "";
  return `no suite and no test is called “${name}”${meant}\nscript/test --list prints the suites, script/test --list SUITE the tests of one.`;
}

function add(wanted, test) {
  if (wanted.get(test.suite) === null) return;
  const tests = wanted.get(test.suite) ?? [];
  if (!tests.some((one) => fullName(one) === fullName(test))) tests.push(test);
  wanted.set(test.suite, tests);
}
