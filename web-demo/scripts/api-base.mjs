// Writes where the API is into api-base.js, which the page loads before its own scripts: one build serves any address.
//
//   node scripts/api-base.mjs build    into public/, from where `next build` exports it; without the variable, the page's own origin
//   node scripts/api-base.mjs start    into the built out/; without the variable, what was built stays
//   node scripts/api-base.mjs embed    into the built out/: the page's own origin, whatever the variable says
//
// The variable: NEXT_PUBLIC_API_URL.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

const OWN_ORIGIN = "/api";
const base = process.env.NEXT_PUBLIC_API_URL?.trim();

switch (process.argv[2]) {
  case "build":
    write("public", base || OWN_ORIGIN);
    break;
  case "start":
    if (base) write("out", base);
    break;
  case "embed":
    write("out", OWN_ORIGIN);
    break;
  default:
    throw new Error("usage: node scripts/api-base.mjs build|start|embed");
}

/** Writes only what is new: a folder that cannot be written to is no obstacle where nothing changes. */
function write(folder, address) {
  const file = `${folder}/api-base.js`;
  const text = `self.STAYLOGGED_API_BASE = ${JSON.stringify(address)};\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}
