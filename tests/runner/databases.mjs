// A Postgres of its own for a run, gone when this process ends, however it ends.

import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { capture, howItEnded } from "./processes.mjs";

/** Starts it and answers its URL, and the versions of both databases. */
export async function startDatabases() {
  // In /tmp itself: the path of a Unix socket is short, and another user must be able to enter.
  const folder = mkdtempSync("/tmp/staylogged-postgres-");
  const { stdout, stderr, ...how } = await capture("script/postgres", ["start", folder, "--while", String(process.pid)]);
  const problem = howItEnded("script/postgres", how);
  if (problem) throw new Error(`${problem}:\n${stderr}`);
  const postgres = /starting PostgreSQL ([0-9.]+)/.exec(readFileSync(path.join(folder, "log"), "utf8"))?.[1];
  return { url: stdout.trim(), postgres, sqlite: await sqliteVersion() };
}

/** Of the SQLite that is built in. */
async function sqliteVersion() {
  const { stdout } = await capture("cargo", ["metadata", "--locked", "--format-version", "1"]);
  const library = JSON.parse(stdout).packages.find(({ name }) => name === "libsqlite3-sys");
  const header = readFileSync(path.join(path.dirname(library.manifest_path), "sqlite3", "sqlite3.h"), "utf8");
  return /#define SQLITE_VERSION +"([0-9.]+)"/.exec(header)[1];
}
