// From Connect to Connected by keyboard alone, in "Simple", where the site's form is one of the modal's.

import path from "node:path";
import { Service, outputFolder, test } from "../support/fixtures.mjs";
import { KeyboardPerson } from "../support/keyboard-person.mjs";
import { mustEqual } from "../support/waiting.mjs";
import { endsAtTheCard } from "./at-the-end.mjs";

test.describe.configure({ mode: "serial" });

let service, ana;

test.beforeAll(async ({ market }) => {
  await market.reset();
  service = new Service(path.join(outputFolder("keyboard"), "simple.log"), market);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("the server starts, and the person agrees once to what will happen", async ({ browser }) => {
  await service.start();
  ana = await new KeyboardPerson(browser, service).sit();
  await ana.open();
  await ana.agreeAndCancel();
});

test("again from Connect, by Space: nothing is asked that was agreed to before", async () => {
  await ana.page.reload();
  await ana.at("card-demo-market").waitFor();
  await ana.openByKey("Space");
  await ana.seesSignIn();
});

test("“Simple” by Space: the site's form is one of the modal's", () => ana.switchToSimple());

test("a wrong password is told in words, and what was typed stays", async () => {
  await ana.giveWrongPassword();
  await ana.inModal("live-form").getByText("The e-mail or the password is not right.").first().waitFor();
  mustEqual(await ana.inModal("live-form").getByLabel("E-mail").inputValue(), ana.account.email, "the e-mail");
});

test("the right one, Enter: the form asks for the code, and the focus is in it", () => ana.giveRightPassword());

test("the code, Enter: the login is detected", () => ana.giveCodeByKey());

test("Tab to “I Finished Login”, Space: verified and saved", async () => {
  await ana.tabFromFormToFinish();
  await ana.finishByKey("Space");
});

test("the modal goes, and the focus is on the card where it was opened", () => endsAtTheCard(ana));

test("no error in the page", () => mustEqual(ana.errors, [], "errors"));
