// The whole line is frozen in the middle of typing: nothing goes through, and nobody is told. The modal says so, the login is
// finished all the same, and nothing typed is lost or doubled: the site gets each text exactly once.

import { setTimeout as pause } from "node:timers/promises";
import { test } from "../support/fixtures.mjs";
import { until } from "../support/waiting.mjs";
import { RECONNECTING, begins, ends, loginAcross } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const story = begins("frozen");

loginAcross(story, "frozen for 2 s", async ({ line, seen }, type, times) => {
  const began = seen.length;
  line.freeze();
  await Promise.all([type(), pause(2000)]);
  await until("the live view says that it reconnects", () => seen.slice(began).some(({ view }) => view === RECONNECTING));
  const since = Date.now();
  line.mend();
  await times.back(since);
});

ends(story);
