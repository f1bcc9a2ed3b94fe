import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { auditResult, denyResult } from "./supply-chain.mjs";

const statuses = ({ cases }) => Object.fromEntries(cases.map(({ name, status }) => [name, status]));

test("cargo-deny: each bit of its exit code is a check that found something", () => {
  deepEqual(statuses(denyResult({ code: 0 })), { bans: "passed", licenses: "passed", sources: "passed" });
  deepEqual(statuses(denyResult({ code: 2 + 8 })), { bans: "failed", licenses: "passed", sources: "failed" });
});

test("cargo-deny: what could not check anything is not a finding", () => {
  deepEqual(denyResult({ code: 1 }), { cases: [], problem: "cargo-deny exited with 1" });
  deepEqual(denyResult({ code: 101 }), { cases: [], problem: "cargo-deny exited with 101" });
  deepEqual(denyResult({ code: null, signal: "SIGKILL" }), { cases: [], problem: "cargo-deny was ended by SIGKILL" });
});

const report = (vulnerabilities) => JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: {} });

test("npm audit: only what is serious is a finding", () => {
  deepEqual(auditResult(report({}), { code: 0 }), { status: "passed" });
  deepEqual(auditResult(report({ a: { name: "a", severity: "moderate", range: "<2" } }), { code: 0 }), { status: "passed" });
  deepEqual(auditResult(report({ b: { name: "b", severity: "critical", range: "<3" } }), { code: 1 }), { status: "failed", message: "b <3: critical" });
});

test("npm audit: a registry that does not answer is told from a report", () => {
  const refused = JSON.stringify({ message: "405 Method Not Allowed - POST https://registry/-/npm/v1/security/advisories/bulk", statusCode: 405, error: { summary: "", detail: "" } });
  deepEqual(auditResult(refused, { code: 1 }).status, "unreachable");
  const away = JSON.stringify({ message: "request to https://registry/ failed, reason: getaddrinfo ENOTFOUND registry" });
  deepEqual(auditResult(away, { code: 1 }).status, "unreachable");
});

test("npm audit: an error of npm itself is no excuse", () => {
  const noLock = JSON.stringify({ error: { code: "ENOLOCK", summary: "This command requires an existing lockfile.", detail: "" } });
  deepEqual(auditResult(noLock, { code: 1 }), { status: "failed", message: "This command requires an existing lockfile." });
  deepEqual(auditResult(JSON.stringify({ message: "400 Bad Request", statusCode: 400 }), { code: 1 }).status, "failed");
  deepEqual(auditResult("oops", { code: 1 }).status, "failed");
});
