// The line stalls or is slow from the middle of the first text to the end of the login, which is finished all the same, and
// nothing typed is lost or doubled: the site gets each text exactly once.

import { test } from "../support/fixtures.mjs";
import { losing } from "./line.mjs";
import { begins, ends, loginAcross } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const story = begins("slow");

loginAcross(story, "stalls as of 5 % loss", async ({ line }, type) => {
  line.stall = losing(0.05, 20240229);
  await type();
});

loginAcross(story, "300 ms each way", async ({ line }, type) => {
  line.delayMs = 300;
  await type();
});

ends(story);
