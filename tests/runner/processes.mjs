// The programs that suites are made of. Each leads a process group of its own, so that all it started ends with it.

import { spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";

const running = new Set();
let ending = false;

/** How a program that did not exit with 0 ended, in words; else null. */
export const howItEnded = (program, { code, signal, error }) => {
  if (error) return `${program} could not be started: ${error.message}`;
  if (signal) return `${program} was ended by ${signal}`;
  return code === 0 ? null : `${program} exited with ${code}`;
};

/**
 * Runs a program to its end and appends its output to the log.
 *
 * @param show whether its output is shown as well
 * @param inputUntil a promise: its standard input is open, and empty, until then; without one it has none
 * @returns `{ code, signal, error }`
 */
export function run(program, args, { log, show = false, env = {}, cwd, inputUntil }) {
  const file = openSync(log, "a");
  writeSync(file, `$ ${[program, ...args].join(" ")}\n`);
  // Without a pipe where nothing is shown: a pipe that a process left behind would be held open by it.
  const output = show ? "pipe" : file;
  const child = start(program, args, { env, cwd, stdio: [inputUntil ? "pipe" : "ignore", output, output] });
  // Whoever does not read it closes it.
  child.stdin?.on("error", () => undefined);
  void inputUntil?.then(() => child.stdin?.end());
  const tee = (chunk) => {
    writeSync(file, chunk);
    process.stdout.write(chunk);
  };
  child.stdout?.on("data", tee);
  child.stderr?.on("data", tee);
  return ended(child).finally(() => closeSync(file));
}

/** Runs a program to its end and answers what it wrote; `{ code, signal, error, stdout, stderr }`. */
export async function capture(program, args, { env = {}, cwd } = {}) {
  const child = start(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  return { ...(await ended(child)), ...output };
}

/** Runs a program that writes to this terminal. */
export function passThrough(program, args, { env = {} } = {}) {
  return ended(start(program, args, { env, stdio: ["ignore", "inherit", "inherit"] }));
}

/** Ends all that runs: first as Ctrl-C does, so that it clears up after itself, then at once. Nothing goes on after it. */
export async function endAll(secondsToClearUp = 20) {
  ending = true;
  const signalAll = (signal) => {
    for (const { child } of running) {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // Its whole group has just ended.
      }
    }
  };
  const all = Promise.all([...running].map(({ end }) => end));
  signalAll("SIGINT");
  const timer = setTimeout(() => signalAll("SIGKILL"), secondsToClearUp * 1000);
  await all;
  clearTimeout(timer);
}

function start(program, args, { env, ...options }) {
  return spawn(program, args, { ...options, env: { ...process.env, ...env }, detached: true });
}

function ended(child) {
  const one = { child };
  one.end = new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    const pipes = child.stdout !== null || child.stderr !== null;
    // What is left of its output is read first, unless somebody that it left behind holds the pipe.
    child.once("exit", (code, signal) => {
      if (pipes) setTimeout(() => resolve({ code, signal }), 2000).unref();
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  running.add(one);
  const gone = one.end.finally(() => running.delete(one));
  // Whoever waited would start the next one.
  return gone.then((how) => (ending ? new Promise(() => {}) : how));
}
