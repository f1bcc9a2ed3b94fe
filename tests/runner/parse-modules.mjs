// Parses JavaScript modules without running them: node --experimental-vm-modules parse-modules.mjs FILE...

import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";

for (const file of process.argv.slice(2)) {
  try {
    new SourceTextModule(readFileSync(file, "utf8"), { identifier: file });
  } catch (error) {
    console.error(error.stack);
    process.exitCode = 1;
  }
}
