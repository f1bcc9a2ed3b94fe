import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { boundsFor, runLanes } from "./lanes.mjs";

test("lanes: each is in order, and what is shared goes to the one that is free", async () => {
  const log = [];
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const jobs = {
    slow: async () => {
      log.push("slow begins");
      await held;
      log.push("slow ends");
    },
    quick: async () => log.push("quick"),
    shared: async () => {
      log.push("shared");
      release();
    },
    last: async () => log.push("last"),
  };
  await runLanes([[jobs.slow, jobs.last], [jobs.quick]], [jobs.shared], (job) => job());
  deepEqual(log, ["slow begins", "quick", "shared", "slow ends", "last"]);
});

test("lanes: the bounds come from the cores, or as they are asked for", () => {
  deepEqual(boundsFor(2, {}), { pageWorkers: 2, testThreads: 2, storyThreads: 3, storyThreadsAlone: 6 });
  const asked = { PAGE_WORKERS: "1", RUST_TEST_THREADS: "4", STORY_THREADS: "5", STORY_THREADS_ALONE: "8" };
  deepEqual(boundsFor(2, asked), { pageWorkers: 1, testThreads: 4, storyThreads: 5, storyThreadsAlone: 8 });
  throws(() => boundsFor(2, { PAGE_WORKERS: "many" }), /PAGE_WORKERS is to be a number/);
});
