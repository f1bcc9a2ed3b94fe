// What whoever writes a definition runs in a terminal, `provider record` and `provider try`, with a person at the browser's
// window.
//
//   node tests/tools/provider-tools.mjs [try|record]

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { Server } from "../page/support/server.mjs";
import { Steps } from "../page/support/steps.mjs";
import { Display } from "../page/support/display.mjs";
import { Tool } from "./tool.mjs";
import { recordStories } from "./record.mjs";
import { tryStories } from "./try.mjs";

const logs = path.join(process.env.CARGO_TARGET_DIR ?? "target", "test");
mkdirSync(logs, { recursive: true });
const logFile = path.join(logs, "provider-tools-program.log");
const folder = mkdtempSync("/tmp/slt-");
chmodSync(folder, 0o755); // The browser's user has to get through.

const steps = new Steps();
const step = (name, action) => steps.step(name, action);
const server = new Server(path.join(logs, "provider-tools-server.log"));
const display = new Display();
const tools = [];

const start = (args, options = {}) => {
  const tool = new Tool(args, { folder, display: display.name, canSandbox: server.canSandbox, logFile, ...options });
  tools.push(tool);
  return tool;
};

const stories = { try: tryStories, record: recordStories };
const wanted = process.argv.slice(2);

await steps.play(
  async () => {
    await step("the marketplace and a display start", () => Promise.all([server.start(), display.start()]));
    for (const [name, story] of Object.entries(stories)) {
      if (wanted.length === 0 || wanted.includes(name)) await story({ step, market: server, display, start, folder, logFile });
    }
  },
  {
    end: async () => {
      for (const tool of tools) await tool.end();
      await display.end();
      await server.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  },
);
