import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { parseSteps } from "./node-suites.mjs";

test("steps: each line of a step is a test", () => {
  const log = "$ node run.mjs\nok 1 the server starts 1.5\n   some words\nnot ok 2 the client ends well 0.1\n   it ended with 1\n2 steps, 1 failed\n";
  deepEqual(parseSteps(log), [
    { name: "the server starts", status: "passed", seconds: 1.5 },
    { name: "the client ends well", status: "failed", seconds: 0.1 },
  ]);
});
