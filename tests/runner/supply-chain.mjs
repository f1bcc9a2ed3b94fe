// What comes in from outside: licences, sources and bans of crates, and known vulnerabilities of crates and packages.
// A database of vulnerabilities that cannot be asked is noted, and counted neither as passed nor as failed.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { capture, howItEnded, run } from "./processes.mjs";

/** The folders with a package-lock.json whose packages the program, its page and its tests are made with. */
const PACKAGES = ["driver", "web-demo", "tests/page", "tests/clients/typescript"];

/** The bits of cargo-deny's exit code. */
const CHECKS = { bans: 2, licenses: 4, sources: 8 };

export const cargoDeny = {
  name: "cargo-deny",
  list: async () => [...Object.keys(CHECKS), "advisories"].map((name) => ({ suite: "cargo-deny", name })),
  run: async ({ log, show, target }) => {
    const program = path.resolve(target, "tools", "cargo-deny");
    const deny = (...args) => run(program, args, { log, show });
    const how = await deny("--locked", "check", ...Object.keys(CHECKS));
    const { cases, problem } = denyResult(how);
    if (problem) return { cases, problem };
    // That it could not be fetched has an exit code of its own only apart from the check.
    if (howItEnded(program, await deny("fetch", "db"))) {
      return { cases, notes: [`advisories of crates: their database cannot be fetched (see ${log})`] };
    }
    const wrong = howItEnded("cargo-deny check advisories", await deny("--locked", "--offline", "check", "advisories"));
    return { cases: [...cases, { name: "advisories", ...(wrong ? { status: "failed", message: wrong } : { status: "passed" }) }] };
  },
};

/** The cases of a check, read from the bits of its exit code; any other code means that nothing was checked. */
export function denyResult(how) {
  const all = Object.values(CHECKS).reduce((sum, bit) => sum | bit, 0);
  const problem = howItEnded("cargo-deny", how);
  if (problem && (how.code === null || how.code === 0 || (how.code & ~all) !== 0)) return { cases: [], problem };
  const cases = Object.entries(CHECKS).map(([name, bit]) => {
    return how.code & bit ? { name, status: "failed", message: `cargo-deny check ${name} found something` } : { name, status: "passed" };
  });
  return { cases, problem: null };
}

export const npmAudit = {
  name: "npm-audit",
  list: async () => PACKAGES.map((name) => ({ suite: "npm-audit", name })),
  run: async ({ log }) => {
    const cases = [];
    const unreachable = new Map();
    for (const folder of PACKAGES) {
      const { stdout, stderr, ...how } = await capture("npm", ["audit", "--audit-level=high", "--json"], { cwd: folder });
      writeFileSync(log, `$ npm audit --audit-level=high --json   # in ${folder}\n${stdout}${stderr}\n`, { flag: "a" });
      const { status, message } = auditResult(stdout, how);
      if (status === "unreachable") unreachable.set(message, [...(unreachable.get(message) ?? []), folder]);
      else cases.push({ name: folder, status, ...(message && { message }) });
    }
    return { cases, notes: [...unreachable].map(([why, folders]) => `vulnerabilities of the packages of ${folders.join(", ")}: ${why}`) };
  },
};

/** What `npm audit --json` has said: a report, the endpoint's error, or an error of its own. */
export function auditResult(stdout, how) {
  let said;
  try {
    said = JSON.parse(stdout);
  } catch {
    return { status: "failed", message: `${howItEnded("npm audit", how) ?? "npm audit"}, and wrote no JSON: ${stdout.slice(0, 200)}` };
  }
  if (said.auditReportVersion) {
    const serious = Object.values(said.vulnerabilities).filter(({ severity }) => severity === "high" || severity === "critical");
    if (how.code === 0 && serious.length === 0) return { status: "passed" };
    return { status: "failed", message: serious.map(({ name, severity, range }) => `${name} ${range}: ${severity}`).join("\n") || howItEnded("npm audit", how) };
  }
  // npm says `message` at the top only of what the registry answered, or of a registry that did not.
  const refused = said.statusCode === undefined || [401, 403, 404, 405, 429].includes(said.statusCode) || said.statusCode >= 500;
  if (typeof said.message === "string" && !said.error?.code && refused) return { status: "unreachable", message: `the registry does not answer (${said.message})` };
  return { status: "failed", message: said.error?.summary || said.message || "npm audit reported nothing" };
}
