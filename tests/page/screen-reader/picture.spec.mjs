// From Connect to Connected as a screen reader has it, in the picture, where the site's field in focus is named.

import path from "node:path";
import { Service, outputFolder, test } from "../support/fixtures.mjs";
import { KeyboardPerson } from "../support/keyboard-person.mjs";
import { TITLES, WORDS, codeOf } from "../support/person.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { ScreenReader, one } from "./reading.mjs";

test.describe.configure({ mode: "serial" });

let service, ana, reader;

test.beforeAll(async ({ market }) => {
  await market.reset();
  service = new Service(path.join(outputFolder("screen-reader"), "picture.log"), market);
});

test.afterEach(async ({}, testInfo) => {
  if (testInfo.status !== testInfo.expectedStatus) console.log(`It was read out: ${reader?.announced.join(" → ")}`);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("the server starts, and the integrations page opens", async ({ browser }) => {
  await service.start();
  ana = await new KeyboardPerson(browser, service).sit();
  reader = await new ScreenReader(ana).start();
  await ana.open();
});

test("the card's button says what it connects", async () => {
  const nodes = await reader.tree("page");
  one(nodes, "button", "Connect Demo Market");
  must(nodes.some(({ role, name }) => role === "heading" && name === "Demo Market"), "the card has no heading");
});

test("Connect: a dialog with its name; what will happen is text with headings, and buttons that say what they do", async () => {
  await ana.openByKey("Enter");
  await ana.inModal("prime-continue").waitFor();
  const nodes = await reader.isReadable();
  one(nodes, "button", "Continue");
  one(nodes, "button", "Cancel");
  one(nodes, "button", "Close and cancel the login");
  must(nodes.some(({ name }) => name.includes("they are never stored here")), "what is kept is not read");
});

test("the browser is there: said once, and the live view is a region with its name", async () => {
  await ana.agreeByKey("Enter");
  await ana.seesSignIn();
  await reader.isAnnouncedOnce(WORDS.awaiting);
  const nodes = await reader.isReadable();
  one(nodes, "region", "Live view of Demo Market");
  one(nodes, "switch", "Simple");
  one(nodes, "button", WORDS.finish);
  one(nodes, "button", "Leave the live view (press Escape twice)");
  one(nodes, "group", "Address");
});

test("in the picture the site's field in focus is what one types into, by its own label; it is said as it changes", async () => {
  await ana.tabIntoPicture();
  await ana.key("Tab");
  await reader.isTypingInto("E-mail");
  await reader.isAnnouncedOnce("In the field: E-mail");
  await ana.type(ana.account.email);
  await ana.key("Tab");
  await reader.isTypingInto("Password");
  await reader.isAnnouncedOnce("In the field: Password");
  await ana.type(ana.account.password);
});

test("what is typed is not in the tree: neither the password, nor as a name or a description", async () => {
  const text = JSON.stringify(await reader.tree("modal"));
  must(!text.includes(ana.account.password), "the password is read");
});

test("the next page: its field is named", async () => {
  await ana.key("Enter");
  await ana.inFront(TITLES.code);
  await reader.isTypingInto("Code");
  await reader.isAnnouncedOnce("In the field: Code");
});

test("the login is detected: said once, while the focus stays where it is", async () => {
  await ana.type(await codeOf(service, ana.account));
  await ana.key("Enter");
  await ana.reads(WORDS.detected);
  await reader.isAnnouncedOnce(WORDS.detected);
  must((await ana.focused()).inPicture, "the focus was taken away");
  await reader.isReadable();
});

test("the view is left: that is said, and the button is where the focus is", async () => {
  await ana.key("Escape");
  await ana.key("Escape");
  await ana.goesTo("finish");
  await reader.isAnnouncedOnce("You have left the live view.");
  must(one(await reader.isReadable(), "button", WORDS.finish).focused, "the button has not the focus");
});

test("verifying and saved: each said once, to the end", async () => {
  const inTheEnd = ana.inModal("result").waitFor({ timeout: 60_000 }).then(() => reader.tree("modal"));
  await ana.finishByKey("Enter");
  const nodes = await inTheEnd;
  one(nodes, "button", "Done");
  must(nodes.some(({ name }) => name.includes("The session is kept, sealed.")), "what was done is not read");
  await reader.isAnnouncedOnce(WORDS.verifying);
  await reader.isAnnouncedOnce(WORDS.saved);
});

test("the page is there again, and its status was said", async () => {
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  const nodes = await reader.tree("page");
  must(!nodes.some(({ role }) => role === "dialog"), "the dialog is still there");
  await reader.isAnnouncedOnce("Connected");
});

test("no error in the page", () => mustEqual(ana.errors, [], "errors"));
