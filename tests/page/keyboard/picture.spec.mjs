// From Connect to Connected by keyboard alone, in the picture. Each stop is seen; the way out of the picture is announced and
// works; what is pressed in the picture is the site's alone, and what is pressed beside it is not.

import path from "node:path";
import { Service, outputFolder, test } from "../support/fixtures.mjs";
import { KeyboardPerson } from "../support/keyboard-person.mjs";
import { TITLES, WORDS, codeOf } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { endsAtTheCard } from "./at-the-end.mjs";

test.describe.configure({ mode: "serial" });

/** Keys pressed in the picture that anything else of the page or the modal could have acted on. */
const leaked = [];
let service, ana;

/** Runs in each frame: the last place where a key would be acted on by somebody else. */
function watchKeys() {
  for (const type of ["keydown", "keyup", "keypress"]) {
    document.addEventListener(type, (event) => {
      if (event.target.classList?.contains("live-field")) window.__leaked(`${type} ${event.key}`);
    });
  }
}

async function said() {
  return (await ana.inModal("live-said").textContent()).trim();
}

const sheetIsOpen = () => ana.inModal("leave").isVisible();

test.beforeAll(async ({ market }) => {
  await market.reset();
  service = new Service(path.join(outputFolder("keyboard"), "picture.log"), market);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("the server starts, and the integrations page opens", async ({ browser }) => {
  await service.start();
  ana = await new KeyboardPerson(browser, service).sit();
  await ana.watches("__leaked", (key) => leaked.push(key), watchKeys);
  await ana.open();
});

test("Tab reaches the card's Connect; Enter opens the modal, and the focus goes into it", () => ana.openByKey("Enter"));

test("what will happen is agreed to by Space", async () => {
  await ana.agreeByKey("Space");
  await ana.seesSignIn();
});

test("Tab leads through the modal's buttons into the picture, which says how to get out of it", async () => {
  const stop = await ana.tabIntoPicture();
  must(stop.how.includes("Press Escape twice to leave"), `it is described by “${stop.how}”`);
});

test("there Tab is the site's: through its fields to its cookie banner, which Enter accepts", async () => {
  must(await ana.bannerIsShown(), "there is no banner");
  await ana.key("Tab");
  await ana.isInField("E-mail");
  await ana.key("Tab");
  await ana.isInField("Password");
  for (const key of ["Tab", "Tab", "Tab", "Enter"]) await ana.key(key);
  await until("the cookie banner goes", async () => !(await ana.bannerIsShown()));
  for (let n = 0; n < 4; n += 1) await ana.key("Shift+Tab");
  await ana.isInField("E-mail");
});

test("e-mail, corrected by the arrow keys; password; Enter: the site asks for the code, and its field is said", async () => {
  const { email, password } = ana.account;
  // Without its second letter, which is put in afterwards.
  await ana.type(email[0] + email.slice(2));
  await ana.key("Home");
  await ana.key("ArrowRight");
  await ana.type(email[1]);
  await ana.key("Tab");
  await ana.isInField("Password");
  await ana.type(password);
  await ana.key("Enter");
  await ana.inFront(TITLES.code);
  await ana.isInField("Code");
  mustEqual(await said(), "In the field: Code", "what is announced");
});

test("Escape is the site's; Escape twice leaves the picture, says so, and leads to the modal's button", async () => {
  await ana.key("Escape");
  await ana.isInField("Code");
  must(!(await sheetIsOpen()), "the modal asks whether to stop");
  // A second one within a second is what leaves: the first of these may be that, or the second.
  await until("the focus has left the picture", async () => {
    await ana.key("Escape");
    return !(await ana.focused()).inPicture;
  });
  await ana.goesTo("finish");
  mustEqual(await said(), "You have left the live view.", "what is announced");
  must(!(await sheetIsOpen()), "the modal asks whether to stop");
});

test("what is pressed beside the picture does not reach the site", async () => {
  // The code would be wrong with these before it.
  await ana.type("987");
  await ana.key("Backspace");
  must((await ana.focused()).testId === "finish", "the focus went elsewhere");
});

test("Escape beside the picture asks whether to stop; Tab stays within the question; Escape takes it back", async () => {
  await until("the modal asks", async () => {
    // Right after the view was left it is not taken as a wish to stop.
    await ana.key("Escape");
    return sheetIsOpen();
  });
  for (const testId of ["leave-stop", "leave-stay"]) await ana.tabToTestId(testId);
  for (let n = 0; n < 4; n += 1) {
    await ana.key("Tab");
    const { tag, testId, name } = await ana.focused();
    must(["main", "body", "dialog"].includes(tag) || ["leave", "leave-stop", "leave-stay"].includes(testId) || name === "Close", `Tab leads to ${testId ?? name}`);
  }
  await ana.key("Escape");
  await ana.inModal("leave").waitFor({ state: "hidden" });
  await ana.goesTo("finish");
});

test("Shift+Tab leads back into the picture, where the field is as it was left; the code is given", async () => {
  await ana.tabIntoPicture("Shift+Tab");
  await ana.isInField("Code");
  await ana.type(await codeOf(service, ana.account));
  await ana.key("Enter");
  await ana.reads(WORDS.detected);
});

test("no key that was pressed in the picture was to be had by the modal or the page", () => mustEqual(leaked, [], "keys"));

test("Escape twice, Enter on “I Finished Login”: verified and saved", async () => {
  await ana.key("Escape");
  await ana.key("Escape");
  await ana.goesTo("finish");
  await ana.finishByKey("Enter");
});

test("the modal goes, and the focus is on the card where it was opened", () => endsAtTheCard(ana));

test("no error in the page", () => mustEqual(ana.errors, [], "errors"));
