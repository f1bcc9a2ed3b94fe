// Nobody does anything on the modal's first page, which says what will happen: it is asked before the login ends.

import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must } from "../support/waiting.mjs";
import { beginsIdle, isEnded, isWarned, stays } from "./idle.mjs";
import { ends } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const NAME = "idle-first-page";
const story = beginsIdle(NAME, { quiet: 3 });

test("on the first page, which is still read, the warning comes", async () => {
  const { ana } = story;
  await ana.openModal();
  await ana.inModal("prime-continue").waitFor();
  await ana.reads(WORDS.awaiting, 60);
  await isWarned(story);
  must(await ana.inModal("prime-continue").isVisible(), "what will happen is gone");
  await story.pictures.take("warned", ana.page);
});
test("“I'm still here” keeps the login, costs nothing of its time, and the page stays", async () => {
  await stays(story);
  must(await story.ana.inModal("prime-continue").isVisible(), "what will happen is gone");
});
test("nothing is done: it is warned again, ends, and the modal says why", async () => {
  await isWarned(story);
  await isEnded(story);
});
test("“Try again” begins a login of its own, with what will happen", async () => {
  const { ana } = story;
  await ana.inModal("try-again").click();
  await ana.reads(WORDS.awaiting, 60);
  await ana.inModal("prime-continue").waitFor();
  await ana.cancel();
});
ends(NAME, story);
