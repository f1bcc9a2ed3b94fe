// Clients in two languages, generated from openapi/openapi.yaml, each drive connect → events → scrape on the running server.
// Only the login itself is done by a person: the one of the demo check, at the page, beside the client.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Person, openBrowser } from "../page/support/person.mjs";
import { Server } from "../page/support/server.mjs";
import { Steps } from "../page/support/steps.mjs";
import { must } from "../page/support/waiting.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const out = path.resolve(process.env.CARGO_TARGET_DIR ?? "target", "clients");
const document = path.resolve("openapi/openapi.yaml");
mkdirSync(out, { recursive: true });

const server = new Server(path.join(out, "server.log"));
const steps = new Steps();
let browser;

function call(program, ...args) {
  try {
    execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  } catch (error) {
    console.log(error.stdout + error.stderr);
    throw new Error(`${path.basename(program)} failed`);
  }
}

function generateTypeScript() {
  const from = path.resolve("tests/clients/typescript");
  const to = path.join(out, "typescript");
  const bin = (name) => path.join(from, "node_modules/.bin", name);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const file of ["drive.ts", "tsconfig.json", "package.json"]) cpSync(path.join(from, file), path.join(to, file));
  symlinkSync(path.join(from, "node_modules"), path.join(to, "node_modules"));
  call(bin("openapi-typescript"), document, "-o", path.join(to, "schema.d.ts"));
  call(bin("tsc"), "-p", to);
  return ["node", path.join(to, "drive.js")];
}

function generatePython() {
  const to = path.join(out, "python");
  const bin = (name) => path.join(out, "venv/bin", name);
  rmSync(to, { recursive: true, force: true });
  call(
    bin("openapi-python-client"), "generate", "--path", document, "--meta", "none", "--fail-on-warning",
    "--config", "tests/clients/python/config.yml", "--output-path", path.join(to, "staylogged_client"),
  );
  cpSync("tests/clients/python/drive.py", path.join(to, "drive.py"));
  return [bin("python"), path.join(to, "drive.py")];
}

/** Runs a client, and has a person log in when it asks for one. Each "done NAME" is a step. */
async function drive(language, [program, ...args]) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, STAYLOGGED_URL: server.url, PYTHONUNBUFFERED: "1" };
  const client = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => client.once("exit", (code, signal) => resolve(code ?? signal)));
  const timer = setTimeout(() => client.kill("SIGKILL"), 240_000);
  let person, login;
  try {
    for await (const line of createInterface({ input: client.stdout })) {
      if (line.startsWith("done ")) await steps.step(`${language}: ${line.slice(5)}`, () => undefined);
      else if (line === "awaiting-login" && !person) {
        person = await new Person(browser, server).sit();
        login = steps.step(`${language}: a person finds that login at the page and logs in`, async () => {
          await person.open();
          await person.press("connect-demo-market");
          await person.logIn({ finishedByOthers: true });
        });
        login.catch(() => client.kill("SIGTERM"));
      } else console.log(`   ${line}`);
    }
    await login;
    await steps.step(`${language}: the client ends well`, async () => {
      const code = await ended;
      must(code === 0, `it ended with ${code}`);
    });
  } finally {
    clearTimeout(timer);
    client.kill("SIGKILL");
    await person?.leave();
  }
}

async function run() {
  await steps.step("the server starts", () => server.start());
  browser = await openBrowser();
  const typescript = await steps.step("a TypeScript client is generated and compiles", generateTypeScript);
  await drive("TypeScript", typescript);
  const python = await steps.step("a Python client is generated, without a warning", generatePython);
  await drive("Python", python);
}

await steps.play(run, {
  failed: () => console.log(`The server's log is in ${out}`),
  end: async () => {
    await browser?.close().catch(() => undefined);
    await server.clear();
  },
});
