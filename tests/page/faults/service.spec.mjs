// kill -9 of the service in the middle of a login, as the person at the page sees it: the modal keeps trying, and once the service
// is back it tells what happened and offers to try again; what was saved before still works.

import { readdirSync } from "node:fs";
import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { TOLD_WITHIN, begins, ends, goesOn } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const INTERRUPTED = "The service stopped in the middle of this login. Nothing that was saved before is lost. Please try again.";

const story = begins("service");

test("a login is under way, the password is given (the service)", () => story.toTheMiddle());
test("kill -9 of the service: the modal says that the connection is lost", async () => {
  const { ana, service } = story;
  await service.kill();
  const lost = ana.inModal("modal-lost");
  await lost.waitFor({ timeout: TOLD_WITHIN * 1000 });
  mustEqual((await lost.innerText()).trim(), "Connection lost. Trying again…", "the modal");
  mustEqual(await ana.modalSays(), WORDS.awaiting, "what the modal says of the login, of which nobody knows more");
  await story.pictures.take("service-killed", ana.page);
});
test("until it is back the modal keeps trying, and keeps saying so", async () => {
  const { ana } = story;
  let tries = 0;
  ana.page.on("requestfailed", (request) => (tries += Number(new URL(request.url()).pathname.endsWith("/events"))));
  await until("three more tries", () => tries >= 3, 40);
  must(await ana.inModal("modal-lost").isVisible(), "it no longer says so");
  mustEqual(await ana.inModal("try-again").count(), 0, "buttons to try again, which could not help");
});
test(`it starts again: within ${TOLD_WITHIN} s the modal says what happened and offers “Try again”`, async () => {
  await story.service.start();
  await story.isTold(INTERRUPTED, "service-restarted");
  must(!(await story.ana.inModal("modal-lost").isVisible()), "it still says that the connection is lost");
});
test("its start has swept: nothing is left running of any browser, nor a folder", () => {
  const { service } = story;
  mustEqual(service.processes(), [], "processes");
  mustEqual(readdirSync(service.folder).filter((name) => name.startsWith("staylogged-browser-")), [], "folders");
});
goesOn(story, "the service");

ends(story);
