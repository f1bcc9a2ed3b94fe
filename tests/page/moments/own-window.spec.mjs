// The service has a real display: the browser's window is on this computer, and the login is done there, by hand.

import { logInAtTheWindow } from "../support/at-the-window.mjs";
import { Display } from "../support/display.mjs";
import { test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { begins, ends } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const NAME = "own-window";
const display = new Display();
test.afterAll(() => display.end());

test("a display of its own starts", () => display.start());
const story = begins(NAME, { optionsOf: () => ({ variables: { DISPLAY: display.name } }) });

test("the modal says that the window is on this computer, and shows no picture of it", async () => {
  const { ana } = story;
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.inModal("own-window").waitFor();
  const text = await ana.modalText();
  for (const part of ["The browser window is open on this computer", "Log in to Demo Market in that window. Then come back here."]) {
    must(text.includes(part), `it does not say “${part}”, but “${text}”`);
  }
  mustEqual(await ana.inModal("live-canvas").count(), 0, "pictures");
  mustEqual(await ana.inModal("prime-continue").count(), 0, "questions before it");
  must(text.includes("Only the session is kept"), "what is kept is not said beside it");
  await story.pictures.take("own-window", ana.page);
});
test("the window is on that display, and the service has started none of its own", () => {
  const { service } = story;
  mustEqual(service.headedBrowsers().length, 1, "headed browsers");
  mustEqual(service.processes().filter(({ command }) => /^\S*Xvfb /.test(command)), [], "displays of the service");
});
test("the login is done in that window, by mouse and keyboard", () => logInAtTheWindow(display, story.market));
test("the modal has seen it: the login is detected", () => story.ana.reads(WORDS.detected, 60));
test("“Show it here too” shows the picture; it can be hidden again", async () => {
  const { ana } = story;
  await ana.inModal("show-window").click();
  await ana.picture();
  await ana.inFront("Demo Market");
  await story.pictures.take("own-window-here", ana.page);
  await ana.modal().getByRole("button", { name: "Do not show it here" }).click();
  await ana.inModal("own-window").waitFor();
  mustEqual(await ana.inModal("live-canvas").count(), 0, "pictures");
});
test("the button saves the session: Connected", async () => {
  const { ana, service } = story;
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape"));
});
ends(NAME, story);
test("the display is ended", () => display.end());
