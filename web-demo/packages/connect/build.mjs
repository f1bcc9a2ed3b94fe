// Builds the package into dist/: ES modules with their types, and the classic script.
//
//   node build.mjs                 the whole package
//   node build.mjs --script FILE   the classic script alone, to that file

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const { version } = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8"));
const banner = { js: `/*! staylogged-connect ${version} · Apache-2.0 · The Staylogged authors */` };
// The browsers that have <dialog>, and what the modal itself needs.
const target = ["chrome111", "edge111", "firefox111", "safari16.4"];

export async function buildScript(outfile) {
  await build({
    entryPoints: [path.join(here, "src/script.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "Staylogged",
    legalComments: "none",
    target,
    banner,
    outfile,
  });
}

async function buildPackage() {
  const dist = path.join(here, "dist");
  rmSync(dist, { recursive: true, force: true });
  await build({
    entryPoints: { index: path.join(here, "src/index.ts"), react: path.join(here, "src/react.tsx") },
    bundle: true,
    // Both entries share what is open: the second must not open a modal beside the first.
    splitting: true,
    format: "esm",
    jsx: "automatic",
    external: ["react", "react/jsx-runtime"],
    target,
    banner,
    outdir: dist,
  });
  await buildScript(path.join(dist, "staylogged.js"));
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", path.join(here, "tsconfig.json")], { stdio: "inherit" });
  // Node's way of finding modules wants the names of files, in types too.
  for (const name of readdirSync(dist).filter((name) => name.endsWith(".d.ts"))) {
    const file = path.join(dist, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(from|import\() ?"(\.\/[\w-]+)"/g, '$1 "$2.js"'));
  }
}

if (process.argv[1] === import.meta.filename) {
  const at = process.argv.indexOf("--script");
  if (at > 0) await buildScript(process.argv[at + 1]);
  else await buildPackage();
}
