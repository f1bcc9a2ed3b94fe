// Nobody does anything at the live view: it is asked before the login ends.

import { test } from "../support/fixtures.mjs";
import { TITLES, WORDS } from "../support/person.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { beginsIdle, isEnded, isWarned, stays } from "./idle.mjs";
import { ends, loginOf } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const NAME = "idle-live-view";
// Time for the picture, which comes late where the machine is busy.
const story = beginsIdle(NAME, { quiet: 6 });

test("agreed to, the picture comes; nothing is done there, and the warning comes", async () => {
  const { ana } = story;
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.inModal("prime-continue").waitFor();
  await ana.picture();
  await ana.inFront(TITLES.login);
  await isWarned(story);
  await story.pictures.take("warned", ana.page);
});
test("“I'm still here” keeps the login and its picture", async () => {
  await stays(story);
  must(await story.ana.inModal("live-canvas").isVisible(), "the picture is gone");
});
test("the next warning goes by itself when the picture is touched", async () => {
  const { ana, service } = story;
  await isWarned(story);
  const box = await ana.inModal("live-canvas").boundingBox();
  await ana.page.mouse.move(box.x + 40, box.y + 40);
  await ana.inModal("idle").waitFor({ state: "hidden" });
  mustEqual((await loginOf(service)).state, "awaiting_login", "the login");
});
test("nothing is done: it ends, and the modal says why", async () => {
  await isWarned(story);
  await isEnded(story);
});
test("“Try again” begins another one, with its picture, which takes a click", async () => {
  const { ana } = story;
  await ana.inModal("try-again").click();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.inFront(TITLES.login);
  await ana.acceptCookies();
  await ana.cancel();
  await ana.cardReads("Not connected", "Connect");
});
ends(NAME, story);
