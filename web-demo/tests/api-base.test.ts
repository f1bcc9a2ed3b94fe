import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

// Each run is a program of its own.
vi.setConfig({ testTimeout: 60_000 });

const SCRIPT = path.resolve("scripts/api-base.mjs");
const ELSEWHERE = "https://backend.example.com/api";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "api-base-"));
  for (const one of ["public", "out"]) mkdirSync(path.join(folder, one));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(step: "build" | "start" | "embed", address?: string): void {
  execFileSync(process.execPath, [SCRIPT, step], { cwd: folder, env: { ...process.env, NEXT_PUBLIC_API_URL: address } });
}

/** What the page finds once the file is loaded. */
function baseIn(place: "public" | "out"): unknown {
  const self: { STAYLOGGED_API_BASE?: unknown } = {};
  runInNewContext(readFileSync(path.join(folder, place, "api-base.js"), "utf8"), { self });
  return self.STAYLOGGED_API_BASE;
}

it("a build writes the variable's address, and without it the page's own origin", () => {
  run("build", ELSEWHERE);
  expect(baseIn("public")).toBe(ELSEWHERE);
  run("build");
  expect(baseIn("public")).toBe("/api");
  run("build", "");
  expect(baseIn("public")).toBe("/api");
});

it("a start writes the variable's address over what was built, and without it changes nothing", () => {
  run("start", ELSEWHERE);
  expect(baseIn("out")).toBe(ELSEWHERE);
  run("start");
  expect(baseIn("out")).toBe(ELSEWHERE);
  run("start", 'https://other.example.com/a"b');
  expect(baseIn("out")).toBe('https://other.example.com/a"b');
});

it("what is embedded calls the page's own origin, whatever was started before", () => {
  run("start", ELSEWHERE);
  run("embed", ELSEWHERE);
  expect(baseIn("out")).toBe("/api");
});
