// Suites of one test: a program that exits with 0, or a look at the files.

import { appendFileSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { capture, howItEnded, run } from "./processes.mjs";

/** A suite of one test, called as the suite. `look` answers what is wrong, or null. */
export function check(name, look) {
  return {
    name,
    list: async () => [{ suite: name, name }],
    run: async (context) => {
      const problem = await look(context);
      if (problem) appendFileSync(context.log, `${problem}\n`);
      return { cases: [{ name, status: problem ? "failed" : "passed", ...(problem && { message: problem }) }] };
    },
  };
}

/** @param cure what to do when it does not exit with 0 */
export function command(name, program, args, cure) {
  return check(name, async ({ log, show }) => {
    const problem = howItEnded(program, await run(program, args, { log, show }));
    return problem && [problem, cure].filter(Boolean).join(". ");
  });
}

/** Every script of ours can be read by the program that runs it. */
export async function scriptsParse({ log }) {
  const isBash = (file) => /^#!.*bash/.test(readFileSync(file, "utf8"));
  const problems = [];
  for (const file of [...filesBelow("script"), ...filesBelow(".ci"), "fuzz/instrumented-rustc"].filter(isBash)) {
    // What it sets while it runs is not set while it is only read.
    const how = await run("bash", ["-O", "extglob", "-n", file], { log });
    problems.push(howItEnded(`bash -n ${file}`, how));
  }
  const modules = ["benches", "script", "tests"].flatMap(filesBelow).filter((file) => file.endsWith(".mjs"));
  const how = await run("node", ["--experimental-vm-modules", "--no-warnings", "tests/runner/parse-modules.mjs", ...modules], { log });
  problems.push(howItEnded("the parser of the modules", how));
  return problems.filter(Boolean).join("\n") || null;
}

/** The checked-in document is what this program says. */
export async function openapiDrift({ log, target, folder }) {
  const program = path.resolve(target, "debug", "staylogged");
  const { stdout, stderr, ...how } = await capture(program, ["openapi"]);
  const problem = howItEnded(program, how);
  if (problem) return `${problem}: ${stderr}`;
  const now = path.join(folder, "openapi.yaml");
  writeFileSync(now, stdout);
  const differs = howItEnded("diff", await run("diff", ["-u", "openapi/openapi.yaml", now], { log }));
  return differs && "openapi/openapi.yaml is out of date. Run: script/openapi";
}

function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (!statSync(file).isDirectory()) return [file];
    return name === "node_modules" ? [] : filesBelow(file);
  });
}
