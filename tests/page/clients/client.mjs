// A client that drives connect → events → scrape on the running server, in a language of its own. It prints a line "done NAME"
// for each thing that worked, and the line "awaiting-login" when it needs a person. Only the login itself is done by a person,
// at the page.

import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { Server, outputFolder } from "../support/fixtures.mjs";
import { Person } from "../support/person.mjs";
import { must, mustEqual } from "../support/waiting.mjs";

/** Where generated clients are; script/setup makes the Python environment there. */
export const CLIENTS = path.resolve(process.env.CARGO_TARGET_DIR ?? "target", "clients");
export const DOCUMENT = path.resolve("openapi/openapi.yaml");

/** A client, its server, and the person who logs in for it. */
export class ClientStory {
  constructor(language) {
    this.server = new Server(path.join(outputFolder("clients"), `${language}.log`));
  }

  run(command) {
    this.client = new Client(command, this.server);
  }

  /** Waits until the client asks for a person. */
  async personLogsIn(browser) {
    await this.client.says("awaiting-login");
    this.person = await new Person(browser, this.server).sit();
    await this.person.open();
    await this.person.press("connect-demo-market");
    await this.person.logIn({ finishedByOthers: true });
  }

  async end() {
    await this.person?.leave();
    await this.client?.end();
    await this.server.clear();
  }
}

class Client {
  constructor([program, ...args], server) {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, STAYLOGGED_URL: server.url, PYTHONUNBUFFERED: "1" };
    this.child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.child.once("close", (code, signal) => resolve(code ?? signal)));
    this.child.once("error", (error) => (this.complaints += error.message));
    this.complaints = "";
    this.child.stderr.setEncoding("utf8").on("data", (text) => (this.complaints += text));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits for its next line, which must be this text or match this pattern. */
  async says(wanted) {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`“${wanted}” was expected, and the client ended with ${await this.ended}: ${this.complaints}`);
    must(wanted instanceof RegExp ? wanted.test(value) : wanted === value, `“${wanted}” was expected, and it printed “${value}”`);
  }

  did(name) {
    return this.says(`done ${name}`);
  }

  async endsWell() {
    const { value, done } = await this.lines.next();
    must(done, `it printed “${value}” after all that was expected`);
    mustEqual(await this.ended, 0, `its exit code, after ${this.complaints}`);
  }

  async end() {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** Runs a generator; throws with what it printed. */
export function call(program, ...args) {
  try {
    execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  } catch (error) {
    throw new Error(`${path.basename(program)} failed:\n${error.stdout}${error.stderr}`);
  }
}
