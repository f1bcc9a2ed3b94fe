// Connections of one kind alone are cut in the middle of typing. The login is finished all the same, and nothing typed is lost
// or doubled: the site gets each text exactly once.

import { test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { begins, ends, loginAcross } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const story = begins("one-kind");

loginAcross(story, "the socket alone is cut, as by a proxy after 15 minutes", async ({ line }, type, times) => {
  const since = Date.now();
  mustEqual(line.cut("socket"), 1, "sockets cut");
  await type();
  await times.back(since);
});

loginAcross(story, "the event streams alone are cut", async ({ line }, type, times) => {
  const since = Date.now();
  must(line.cut("stream") > 0, "there was no stream to cut");
  await type();
  await times.back(since, "modal");
});

ends(story);
