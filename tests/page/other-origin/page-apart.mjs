// The web demo deployed alone, as web-demo/README.md says: what was built, and `npm start` with the address of the API.

import { spawn } from "node:child_process";
import { cpSync, createWriteStream, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "../support/waiting.mjs";

/** What `npm start` needs. */
const NEEDED = ["package.json", "scripts", "out"];

export class PageApart {
  /** In a folder of its own: what is embedded in the program stays as it is. */
  constructor(logFile) {
    this.logFile = logFile;
    this.folder = mkdtempSync(path.join(tmpdir(), "page-apart-"));
    for (const one of NEEDED) cpSync(path.join("web-demo", one), path.join(this.folder, one), { recursive: true });
    symlinkSync(path.resolve("web-demo/node_modules"), path.join(this.folder, "node_modules"));
  }

  /** Serves it on this computer, for the API at that address; a browser finds it under every name that ends in .localhost. */
  async start(api) {
    const env = { ...process.env, NEXT_PUBLIC_API_URL: api, HOST: "127.0.0.1", PORT: "0", NO_COLOR: "1" };
    // In a process group of its own: npm ends before what it has started.
    this.child = spawn("npm", ["start"], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let printed = "", gone = false;
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    void this.ended.then(() => (gone = true));
    const log = createWriteStream(this.logFile);
    this.child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    for (const output of [this.child.stdout, this.child.stderr]) output.pipe(log, { end: false });
    this.port = await until(`the page's own server (its log: ${this.logFile})`, () => {
      if (gone) return "gone";
      return /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
    });
    if (this.port === "gone") throw new Error(`npm start ended, see ${this.logFile}`);
  }

  /** Its address under that name. */
  origin(host) {
    return `http://${host}:${this.port}`;
  }

  async clear() {
    try {
      if (this.child) process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
