// The whole line is cut in the middle of typing. The modal says so, the login is finished all the same, and nothing
// typed is lost or doubled: the site gets each text exactly once.

import { setTimeout as pause } from "node:timers/promises";
import { test } from "../support/fixtures.mjs";
import { must, until } from "../support/waiting.mjs";
import { RECONNECTING, begins, ends, loginAcross } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const LOST = "Connection lost. Trying again…";

const story = begins("cut");

loginAcross(story, "cut, and back at once", async ({ line }, type, times) => {
  const since = Date.now();
  must(line.cut() > 0, "there was no connection to cut");
  await type();
  await times.back(since);
});

loginAcross(story, "cut for 3 s", async ({ line, seen }, type, times) => {
  const began = seen.length;
  must(line.break() > 0, "there was no connection to cut");
  await Promise.all([type(), pause(3000)]);
  await until("the live view says that it reconnects", () => seen.slice(began).some(({ view }) => view === RECONNECTING));
  await until("the modal says that the connection is lost", () => seen.slice(began).some(({ modal }) => modal === LOST));
  const since = Date.now();
  line.mend();
  await times.back(since);
});

ends(story);
