// The built program, on free ports and with a data folder of its own; all that it starts is ended. It can be killed and
// started again: then it is where it was.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { must, until } from "./waiting.mjs";

const target = process.env.CARGO_TARGET_DIR ?? "target";

/** A variable of ours must not change what is checked. */
const NOT_PASSED_ON = [
  "SESSION_ENCRYPTION_KEY", "SESSION_ENCRYPTION_KEYS_OLD", "DATABASE_URL", "DATA_DIR", "HOST", "PORT", "DISPLAY",
  "STAYLOGGED_API_KEYS", "ALLOWED_ORIGINS", "EMBED_ORIGINS", "PROVIDERS_DIR", "MAX_LOGINS", "LOGIN_IDLE_SECONDS",
  "LOGIN_IDLE_WARNING_SECONDS", "LOG_FORMAT", "RUST_LOG",
];

class Program {
  /** Which build of it. */
  profile = "debug";

  /** Everything that the program and its browsers put on the disk or run is below this folder, so it can be found again. */
  constructor(logFile) {
    // Short: Chromium puts a socket deep below it, and the path of a socket has some hundred characters.
    this.folder = mkdtempSync(path.join(process.platform === "linux" ? "/tmp" : tmpdir(), "slc-"));
    chmodSync(this.folder, 0o755); // The browser's user has to get through.
    this.data = path.join(this.folder, "data");
    this.logFile = logFile;
  }

  /** Starts it; `up` looks whether it is up, at what it has printed among others, and answers what it found. */
  async run(args, variables, up) {
    const env = { ...process.env };
    for (const name of NOT_PASSED_ON) delete env[name];
    Object.assign(env, { TMPDIR: this.folder, RUST_LOG: "info,staylogged=debug", NO_COLOR: "1" }, variables);
    const log = createWriteStream(this.logFile, { flags: "a" });
    args = [...args, "--data-dir", this.data];
    this.child = spawn(path.resolve(target, this.profile, "staylogged"), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.printed = "";
    this.child.stdout.setEncoding("utf8").on("data", (text) => (this.printed += text));
    this.child.stdout.pipe(log, { end: false });
    this.child.stderr.pipe(log, { end: false });
    this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve({ code, signal })));
    let gone = null;
    void this.ended.then((how) => (gone = how));
    this.child.once("error", (error) => (gone = { code: error.message }));
    const found = await until(`the server's start (its log: ${this.logFile})`, () => gone ?? up(), 60);
    if (gone) throw new Error(`the server ended at its start with ${gone.code ?? gone.signal}; its log: ${this.logFile}`);
    return found;
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

  /** It ends by itself when it is told to, and nothing that it started is left running. */
  async stopsInOrder() {
    must(await this.stop(), "it did not end by itself within 20 seconds");
    await until("everything that it started ends", () => this.processes().length === 0, 10);
  }

  /** Ends it at once, as a power cut does. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
    this.child = null;
  }

  /** What runs below our folder: `{ pid, command }`, whoever its parent is by now. */
  processes() {
    return processesAt(this.folder).filter(({ pid }) => pid !== this.child?.pid);
  }

  /** Chromium's own processes with windows, without their helpers. */
  headedBrowsers() {
    return this.processes().filter(
      ({ command }) => command.includes("--user-data-dir=") && !command.includes("--type=") && !command.includes("--headless"),
    );
  }

  async api(method, route, { body, headers } = {}) {
    const own = { accept: "application/json" };
    if (body) own["content-type"] = "application/json";
    if (this.key) own.authorization = `Bearer ${this.key}`;
    const response = await fetch(`${this.url}/api${route}`, {
      method,
      headers: { ...own, ...headers },
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

/** `staylogged demo`: the service and its marketplace in one. */
export class Server extends Program {
  async start() {
    const readyFile = path.join(this.folder, "ready.json");
    const ports = ["--port", "--market-port", "--market-control-port"].flatMap((name) => [name, "0"]);
    const ready = () => existsSync(readyFile) && JSON.parse(readFileSync(readyFile, "utf8"));
    return Object.assign(this, await this.run(["demo", ...ports, "--ready-file", readyFile], {}, ready));
  }

  /** The marketplace as it was at its start: nobody is logged in, every mode is off, nothing is logged. */
  async reset() {
    await this.control("POST", "/reset");
  }

  /** `demo` finds out by itself, and says so; `serve` has to be told. */
  get canSandbox() {
    return !this.printed.includes("This machine cannot sandbox a browser");
  }
}

/** `staylogged serve`, for the marketplace of a demo that runs beside it: one outlives the other. */
export class Service extends Program {
  encryptionKey = randomBytes(32).toString("hex");
  port = 0;

  /**
   * @param key the one access key that it takes; without one it is open to this computer
   * @param definitions of providers, by their ids
   * @param profile which build of it: "release" where it is measured
   */
  constructor(logFile, market, { variables = {}, key, definitions = theMarkets(market), profile = "debug" } = {}) {
    super(logFile);
    this.profile = profile;
    const { marketUrl, controlUrl, account, otherAccount } = market;
    Object.assign(this, { marketUrl, controlUrl, account, otherAccount, key });
    const providers = path.join(this.folder, "providers");
    mkdirSync(providers);
    for (const [id, text] of Object.entries(definitions)) writeFileSync(path.join(providers, `${id}.toml`), text);
    this.variables = { PROVIDERS_DIR: providers, ...variables };
    if (key) this.variables.STAYLOGGED_API_KEYS = key;
    if (!market.canSandbox) this.variables.BROWSER_SANDBOX = "off";
  }

  async start() {
    const said = () => /Staylogged serves at (\S+)\/integrations/.exec(this.printed)?.[1];
    this.url = await this.run(["serve", "--port", String(this.port)], { SESSION_ENCRYPTION_KEY: this.encryptionKey, ...this.variables }, said);
    this.port = new URL(this.url).port;
    return this;
  }
}

/** The marketplace's, at the port that it has. */
export function theMarkets({ marketUrl }) {
  const definition = readFileSync("providers/demo-market.toml", "utf8");
  return { "demo-market": definition.replaceAll("localhost:4381", `localhost:${new URL(marketUrl).port}`) };
}

/** What has this folder on its command line or in its environment: all that the browsers there are made of. */
export function processesAt(folder) {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file) => {
      try {
        return readFileSync(`/proc/${name}/${file}`, "utf8").replaceAll("\0", " ").trim();
      } catch {
        return ""; // It has just ended, or is another user's.
      }
    };
    const command = read("cmdline");
    // A process that has ended and was not yet waited for has no command line.
    if (command && (command.includes(folder) || read("environ").includes(folder))) found.push({ pid: Number(name), command });
  }
  return found;
}
