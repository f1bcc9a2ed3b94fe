// The built program with its marketplace, on free ports and with a data folder of its own; all that it starts is ended.

import { spawn } from "node:child_process";
import { chmodSync, createWriteStream, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "./waiting.mjs";

const target = process.env.CARGO_TARGET_DIR ?? "target";

/** A variable of ours must not change what is checked. */
const NOT_PASSED_ON = [
  "SESSION_ENCRYPTION_KEY", "SESSION_ENCRYPTION_KEYS_OLD", "DATABASE_URL", "DATA_DIR", "HOST", "PORT", "DISPLAY",
  "STAYLOGGED_API_KEYS", "ALLOWED_ORIGINS", "EMBED_ORIGINS", "PROVIDERS_DIR", "MAX_LOGINS", "LOG_FORMAT", "RUST_LOG",
];

export class Server {
  /** Everything that the server and its browsers put on the disk or run is below this folder, so it can be found again. */
  constructor(logFile) {
    // Short: Chromium puts a socket deep below it, and the path of a socket has some hundred characters.
    this.folder = mkdtempSync(path.join(process.platform === "linux" ? "/tmp" : tmpdir(), "slc-"));
    chmodSync(this.folder, 0o755); // The browser's user has to get through.
    this.logFile = logFile;
  }

  async start() {
    const program = path.resolve(target, "debug/staylogged");
    const readyFile = path.join(this.folder, "ready.json");
    const env = { ...process.env, TMPDIR: this.folder, RUST_LOG: "info,staylogged=debug", NO_COLOR: "1" };
    for (const name of NOT_PASSED_ON) if (name !== "RUST_LOG") delete env[name];
    rmSync(readyFile, { force: true });
    const log = createWriteStream(this.logFile, { flags: "a" });
    const ports = ["--port", "0", "--market-port", "0", "--market-control-port", "0"];
    this.child = spawn(
      program,
      ["demo", ...ports, "--data-dir", path.join(this.folder, "data"), "--ready-file", readyFile],
      { env, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.child.stdout.pipe(log, { end: false });
    this.child.stderr.pipe(log, { end: false });
    this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve({ code, signal })));
    let gone = null;
    void this.ended.then((how) => (gone = how));
    this.child.once("error", (error) => (gone = { code: error.message }));
    await until(
      `the server's start (its log: ${this.logFile})`,
      () => {
        if (gone) return true;
        return existsSync(readyFile);
      },
      60,
    );
    if (gone) throw new Error(`the server ended at its start with ${gone.code ?? gone.signal}; its log: ${this.logFile}`);
    Object.assign(this, JSON.parse(readFileSync(readyFile, "utf8")));
    return this;
  }

  /** Ends it as a service manager does; true if it went by itself. */
  async stop() {
    if (!this.child) return true;
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    const { code } = await this.ended;
    clearTimeout(timer);
    this.child = null;
    return code === 0;
  }

  /** What runs below our folder: `{ pid, command }`, whoever its parent is by now. */
  processes() {
    return commandLines().filter(({ pid, command }) => pid !== this.child?.pid && command.includes(this.folder));
  }

  /** Chromium's own processes with windows, without their helpers. */
  headedBrowsers() {
    return this.processes().filter(
      ({ command }) => command.includes("--user-data-dir=") && !command.includes("--type=") && !command.includes("--headless"),
    );
  }

  async api(method, route, { body, headers } = {}) {
    const response = await fetch(`${this.url}/api${route}`, {
      method,
      headers: { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(150_000),
    });
    const text = await response.text();
    return { status: response.status, type: response.headers.get("content-type") ?? "", json: text ? JSON.parse(text) : null };
  }

  /** The marketplace's control plane. */
  async control(method, route, body) {
    const response = await fetch(this.controlUrl + route, { method, body: body ? JSON.stringify(body) : undefined });
    if (!response.ok) throw new Error(`${method} ${route} of the control plane answers ${response.status}`);
    return response.json();
  }

  /** The last resort: nothing of ours stays, whatever happened. */
  async clear() {
    if (this.child) await this.stop();
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function commandLines() {
  const all = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // A process that has ended and was not yet waited for has no command line.
      if (command) all.push({ pid: Number(name), command });
    } catch {
      // It has just ended.
    }
  }
  return all;
}
