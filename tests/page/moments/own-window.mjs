// The service has a real display: the browser's window is on this computer, and the login is done there, by hand.

import { WORDS } from "../support/person.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { mustBeAllProducts } from "../support/products.mjs";
import { logInAtTheWindow } from "../support/at-the-window.mjs";
import { Display } from "../support/display.mjs";

export async function ownWindow(story) {
  const display = new Display();
  story.ends.unshift(() => display.end());
  await story.step("a display of its own starts", () => display.start());
  const variables = { DISPLAY: display.name };
  await story.atService("own-window", { variables }, (here) => play({ ...here, display }));
  await story.step("the display is ended", () => display.end());
}

async function play({ step, ana, service, market, display, screenshot }) {
  await step("the modal says that the window is on this computer, and shows no picture of it", async () => {
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
    await screenshot("own-window");
  });
  await step("the window is on that display, and the service has started none of its own", () => {
    mustEqual(service.headedBrowsers().length, 1, "headed browsers");
    mustEqual(service.processes().filter(({ command }) => /^\S*Xvfb /.test(command)), [], "displays of the service");
  });
  await step("the login is done in that window, by mouse and keyboard", () => logInAtTheWindow(display, market));
  await step("the modal has seen it: the login is detected", () => ana.reads(WORDS.detected, 60));
  await step("“Show it here too” shows the picture; it can be hidden again", async () => {
    await ana.inModal("show-window").click();
    await ana.picture();
    await ana.inFront("Demo Market");
    await screenshot("own-window-here");
    await ana.modal().getByRole("button", { name: "Do not show it here" }).click();
    await ana.inModal("own-window").waitFor();
    mustEqual(await ana.inModal("live-canvas").count(), 0, "pictures");
  });
  await step("the button saves the session: Connected", async () => {
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape"));
  });
}
