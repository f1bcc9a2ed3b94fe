// The web demo built and deployed alone, as web-demo/README.md says: a copy of its folder, `npm run build`, `npm start`.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { until } from "./support/waiting.mjs";

const MADE = ["node_modules", ".next", "out"];

export class PageApart {
  /** In a folder of its own: what is embedded in the program stays as it is. */
  constructor(folder) {
    this.folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    cpSync("web-demo", folder, { recursive: true, filter: (file) => !MADE.includes(path.relative("web-demo", file)) });
    this.copyPackages(path.join(folder, "node_modules"));
  }

  copyPackages(to) {
    try {
      // Some 500 MB: links to the same files, where the disk and `cp` know such.
      execFileSync("cp", ["-al", "web-demo/node_modules", to], { stdio: "ignore" });
    } catch {
      rmSync(to, { recursive: true, force: true });
      cpSync("web-demo/node_modules", to, { recursive: true, verbatimSymlinks: true });
    }
  }

  /** Builds it for the API at that address. */
  build(api) {
    const env = { ...process.env, NEXT_PUBLIC_API_URL: api };
    try {
      execFileSync("npm", ["run", "build"], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    } catch (error) {
      writeFileSync(`${this.folder}.log`, error.stdout + error.stderr);
      throw new Error(`npm run build failed, see ${this.folder}.log`);
    }
  }

  /** Serves it on this computer; a browser finds it under every name that ends in .localhost. */
  async start() {
    const env = { ...process.env, HOST: "127.0.0.1", PORT: "0", NO_COLOR: "1" };
    // In a process group of its own: npm ends before what it has started.
    this.child = spawn("npm", ["start"], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let printed = "", gone = false;
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    void this.ended.then(() => (gone = true));
    const log = createWriteStream(`${this.folder}.log`);
    this.child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    for (const output of [this.child.stdout, this.child.stderr]) output.pipe(log, { end: false });
    this.port = await until(`the page's own server (its log: ${this.folder}.log)`, () => {
      if (gone) return "gone";
      return /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
    });
    if (this.port === "gone") throw new Error(`npm start ended, see ${this.folder}.log`);
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
    rmSync(path.join(this.folder, "node_modules"), { recursive: true, force: true });
  }
}
