// From Connect to Connected as a screen reader has it, in "Simple", where the site's form is one of the modal's.

import path from "node:path";
import { Service, outputFolder, test } from "../support/fixtures.mjs";
import { KeyboardPerson } from "../support/keyboard-person.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { ScreenReader, one } from "./reading.mjs";

test.describe.configure({ mode: "serial" });

let service, ana, reader;

test.beforeAll(async ({ market }) => {
  await market.reset();
  service = new Service(path.join(outputFolder("screen-reader"), "simple.log"), market);
});

test.afterEach(async ({}, testInfo) => {
  if (testInfo.status !== testInfo.expectedStatus) console.log(`It was read out: ${reader?.announced.join(" → ")}`);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("again, in “Simple”: the site's form has its labels, kinds and buttons", async ({ browser }) => {
  await service.start();
  ana = await new KeyboardPerson(browser, service).sit();
  reader = await new ScreenReader(ana).start();
  await ana.open();
  await ana.openByKey("Enter");
  await ana.agreeByKey("Enter");
  await ana.seesSignIn();
  await ana.switchToSimple();
  const nodes = await reader.isReadable();
  mustEqual(one(nodes, "switch", "Simple").checked, "true", "the switch");
  one(nodes, "region", "The page's form");
  for (const name of ["E-mail", "Password"]) mustEqual(one(nodes, "textbox", name).required, true, `${name} is required`);
  one(nodes, "button", "Sign in");
});

test("a wrong password: what the site says of it is read out, once", async () => {
  await ana.giveWrongPassword();
  const wrong = "The e-mail or the password is not right. Check them and try again.";
  const readOut = () => reader.announced.filter((text) => text.includes(wrong)).length;
  await until("the error is read out", () => readOut() > 0);
  mustEqual(readOut(), 1, "times that the error was read out");
  const nodes = await reader.isReadable();
  must(nodes.some(({ role }) => role === "alert"), "no alert");
  must(nodes.some(({ name }) => name.includes(wrong)), "the error is not read");
});

test("to the end: each state is said once", async () => {
  await ana.giveRightPassword();
  // The picture is called by the field in which the site's own focus is: then there are two of that name.
  const codes = (await reader.isReadable()).filter(({ role, name }) => role === "textbox" && name.startsWith("Code"));
  must(codes.length > 0, "no field is called “Code”");
  await ana.giveCodeByKey();
  await ana.tabFromFormToFinish();
  await ana.finishByKey("Enter");
  await ana.modalIsClosed();
  for (const words of [WORDS.awaiting, WORDS.detected, WORDS.verifying, WORDS.saved]) await reader.isAnnouncedOnce(words);
});

test("no error in the page", () => mustEqual(ana.errors, [], "errors"));
