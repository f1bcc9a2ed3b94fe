// Waiting for something to happen, never for time to pass.

import { setTimeout as pause } from "node:timers/promises";

/** The first truthy answer of `look`, asked again and again; after `seconds` an error that says what was waited for. */
export async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const answer = await look();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s${last ? ` (${firstLine(last)})` : ""}`);
    await pause(100);
  }
}

export function firstLine(error) {
  return String(error?.message ?? error).split("\n", 1)[0];
}

export function must(holds, message) {
  if (!holds) throw new Error(message);
}

/** Both, as text, when they differ. */
export function mustEqual(seen, wanted, what) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
  must(a === b, `${what}: ${b} was expected, and this is ${a}`);
}
