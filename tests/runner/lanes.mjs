// Two lanes at once, on few cores: what waits for a browser leaves the processor to what computes.

import { availableParallelism } from "node:os";

/** How much runs at once in each lane. */
export function boundsFor(cores, env) {
  const asked = (name, otherwise) => {
    const value = Number(env[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name} is to be a number of at least 1, and is ${env[name]}`);
    return value;
  };
  return {
    // One browser of a person's and one of the service's for each: more of them take each other's time.
    pageWorkers: asked("PAGE_WORKERS", cores),
    testThreads: asked("RUST_TEST_THREADS", cores),
    // Most of a story is waiting: for a page, for what it was promised, for what must not happen.
    storyThreads: asked("STORY_THREADS", cores + 1),
    // Once nothing else runs beside them. As many from the beginning would take the pages' time.
    storyThreadsAlone: asked("STORY_THREADS_ALONE", 3 * cores),
  };
}

export const bounds = () => boundsFor(availableParallelism(), process.env);

/** Runs jobs: those of each lane one after the other, lanes beside each other, and `shared` in whichever lane is free. */
export async function runLanes(lanes, shared, runJob) {
  const left = [...shared];
  await Promise.all(
    lanes.map(async (own) => {
      const queue = [...own];
      for (let job; (job = queue.shift() ?? left.shift()); ) await runJob(job);
    }),
  );
}
