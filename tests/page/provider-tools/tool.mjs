// A verb of the program that somebody runs in a terminal, with a browser of its own on a display.

import { spawn } from "node:child_process";
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { Display } from "../support/display.mjs";
import { outputFolder } from "../support/fixtures.mjs";
import { processesAt } from "../support/server.mjs";
import { must, until } from "../support/waiting.mjs";

const target = process.env.CARGO_TARGET_DIR ?? "target";

export class Tool {
  printed = "";

  /** @param folder where everything that it makes lies, readable by the browser's user */
  constructor(args, { folder, display, canSandbox, logFile, terminal = false }) {
    this.folder = path.join(folder, "tmp");
    mkdirSync(this.folder, { recursive: true, mode: 0o755 });
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: this.folder, NO_COLOR: "1" };
    for (const name of ["CHROMIUM_PATH", "PLAYWRIGHT_BROWSERS_PATH", "NODE_EXE"]) if (process.env[name]) env[name] = process.env[name];
    if (display) env.DISPLAY = display;
    if (!canSandbox) env.BROWSER_SANDBOX = "off";
    const program = path.resolve(target, "debug", "staylogged");
    // `script` gives it a terminal, as a person's is.
    const command = terminal ? ["script", "-qefc", `exec ${[program, ...args].join(" ")}`, "/dev/null"] : [program, ...args];
    this.child = spawn(command[0], command.slice(1), { env, stdio: ["pipe", "pipe", "pipe"] });
    const log = createWriteStream(logFile, { flags: "a" });
    log.write(`\n$ staylogged ${args.join(" ")}\n`);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.printed += text));
      stream.pipe(log, { end: false });
    }
    this.ended = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** Waits until it has printed that; answers what matched. */
  says(pattern, seconds = 60) {
    return until(`${pattern} in the terminal`, () => pattern.exec(this.printed), seconds);
  }

  enter(text = "") {
    this.child.stdin.write(`${text}\n`);
  }

  /** Its exit code; what it has started is gone then. */
  async exit(seconds = 120) {
    let how;
    void this.ended.then((ended) => (how = ended));
    await until("the end of the program", () => how, seconds);
    return how.code;
  }

  /** What it has started and not ended. */
  left() {
    return processesAt(this.folder).filter(({ pid }) => pid !== this.child.pid);
  }

  async end() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    await this.ended;
    for (const { pid } of this.left()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
  }
}

/** A person's own computer: a display, a folder, and the tools that they run there. */
export class Desk {
  tools = [];

  constructor(story) {
    this.logs = outputFolder(`provider-tools-${story}`);
    // Short, as the path of Chromium's socket is below it.
    this.folder = mkdtempSync("/tmp/slt-");
    chmodSync(this.folder, 0o755); // The browser's user has to get through.
    this.display = new Display();
  }

  /** Begins with the marketplace as it was at its start. */
  async start(market) {
    this.market = market;
    await Promise.all([market.reset(), this.display.start()]);
  }

  /** Runs `staylogged` with these arguments. */
  run(args, options = {}) {
    const { folder, display, market } = this;
    const logFile = path.join(this.logs, "tools.log");
    const tool = new Tool(args, { folder, display: display.name, canSandbox: market.canSandbox, logFile, ...options });
    this.tools.push(tool);
    return tool;
  }

  /** For `afterEach`: where a test failed, what the display showed is kept with what Playwright keeps. */
  async picture(testInfo) {
    if (testInfo.status === testInfo.expectedStatus) return;
    await testInfo.attach("display", { body: await this.display.picture(), contentType: "image/png" });
  }

  async end() {
    for (const tool of this.tools) await tool.end();
    await this.display.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The text with a part replaced that has to be in it. */
export function replaced(text, part, by) {
  const changed = text.replace(part, by);
  must(changed !== text, `${part} is not in ${text}`);
  return changed;
}
