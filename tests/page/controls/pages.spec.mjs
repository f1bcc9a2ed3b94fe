// Pages that ask or are moved about in, at a computer: dialogs, files, a name and a password, a pop-up; dragging, the menu, frames.

import { Pictures, test } from "../support/fixtures.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { titleOf } from "./pages.mjs";
import { ControlsPerson } from "./person.mjs";
import { serviceFor } from "./service.mjs";
import { PRIVATE, Site } from "./site.mjs";

test.describe.configure({ mode: "serial" });

const site = new Site();
const pictures = new Pictures("controls/pages");
let service, ana;

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
  site.end();
});

test("the site of controls starts, and the service that has its definition", async ({ market }) => {
  await site.start();
  service = serviceFor(site, market, "pages");
  await service.start();
});

test("the person opens the modal, and sees the site in it", async ({ browser }) => {
  ana = await new ControlsPerson(browser, service, site).sit();
  await ana.open();
  await ana.cardReads("Not connected", "Connect");
  await ana.openModal();
  await ana.seesTheSite();
});

const dialog = () => ana.inModal("live-dialog");

async function asks(name, words) {
  await ana.click("asking", `#${name}`);
  await dialog().waitFor();
  must((await dialog().innerText()).includes(words), "it does not say what the page says");
}

async function answer(name) {
  await dialog().getByRole("button", { name }).click();
  await dialog().waitFor({ state: "hidden" });
}

test("an alert is read and closed", async () => {
  await ana.goes("pickers", "asking");
  await asks("alert", "The market opens at nine.");
  await pictures.take("alert", ana.page);
  await answer("OK");
  await site.has("alert", "closed");
});

test("a question is denied, and answered with yes", async () => {
  await asks("confirm", "Close the stall for today?");
  await pictures.take("confirm", ana.page);
  await answer("Cancel");
  await site.has("confirm", false);
  await asks("confirm", "Close the stall for today?");
  await answer("OK");
  await site.has("confirm", true);
});

test("a prompt is answered in words", async () => {
  await asks("prompt", "What is the stall called?");
  mustEqual(await dialog().getByRole("textbox").inputValue(), "Stall 1", "what the page proposes");
  await dialog().getByRole("textbox").fill("Açaí & Co.");
  await pictures.take("prompt", ana.page);
  await answer("OK");
  await site.has("prompt", "Açaí & Co.");
});

test("a file of the person's own is in the page", async () => {
  await ana.click("asking", "#invoice");
  const card = ana.inModal("live-files");
  await card.waitFor();
  await pictures.take("file", ana.page);
  const [chooser] = await Promise.all([ana.page.waitForEvent("filechooser"), card.getByRole("button", { name: "Choose a file" }).click()]);
  await chooser.setFiles({ name: "invoice é.txt", mimeType: "text/plain", buffer: Buffer.from("Three crates of apples: R$ 42") });
  await card.waitFor({ state: "hidden" });
  await site.has("invoice", [{ name: "invoice é.txt", text: "Three crates of apples: R$ 42" }]);
});

test("a page whose server asks for a name and a password", async () => {
  await ana.click("asking", "#to-private");
  const card = ana.inModal("live-auth");
  await card.waitFor();
  must((await card.innerText()).includes("The inner rooms"), "it does not say what is asked for");
  await card.getByLabel("User name").fill(PRIVATE.username);
  await card.getByLabel("Password").fill(PRIVATE.password);
  await pictures.take("name-and-password", ana.page);
  await card.getByRole("button", { name: "Sign in" }).click();
  await ana.inFront("Inner rooms · Controls");
  await site.has("private", `${PRIVATE.username}:${PRIVATE.password}`);
  await ana.modal().getByRole("button", { name: "Back", exact: true }).click();
  await ana.inFront(titleOf("asking"));
});

test("a login in a pop-up, which tells its opener and goes", async () => {
  await ana.click("asking", "#pop-up");
  await ana.inFront("Sign in · Window");
  await until("the strip of tabs", () => ana.inModal("tabs").isVisible());
  await pictures.take("pop-up", ana.page);
  await ana.click("pop-up", "#pop-up-name");
  await ana.inField("Name");
  await ana.type("Ana");
  await ana.click("pop-up", "#pop-up-go");
  await site.has("pop-up", "signed in: Ana");
  await ana.inFront(titleOf("asking"));
  await ana.inModal("tabs").waitFor({ state: "hidden" });
});

test("asked before the page is left, the person stays: it is there with what was typed", async () => {
  await ana.click("asking", "#note");
  await ana.inField("Note");
  await ana.type("Ask for the key");
  await site.has("note", "Ask for the key");
  await asks("to-moving", "What you have entered there may be lost.");
  must((await dialog().innerText()).includes("Leave this page?"), "it does not say that the page is left");
  await pictures.take("leaving", ana.page);
  await answer("Stay");
  await ana.inFront(titleOf("asking"));
  await ana.click("asking", "#note");
  await ana.inField("Note");
  await ana.page.keyboard.press("End");
  await ana.type("s");
  await site.has("note", "Ask for the keys");
});

test("and so does the modal's own Reload", async () => {
  const before = site.visits.get("asking");
  await ana.modal().getByRole("button", { name: "Reload", exact: true }).click();
  await dialog().waitFor();
  await answer("Stay");
  await ana.click("asking", "#note");
  await ana.page.keyboard.press("End");
  await ana.type("!");
  await site.has("note", "Ask for the keys!");
  mustEqual(site.visits.get("asking"), before, "how often the page was asked for");
});

test("asked once more, they leave", async () => {
  await asks("to-moving", "What you have entered there may be lost.");
  await answer("Leave the page");
  await ana.inFront(titleOf("moving"));
});

test("the browser's own drag and drop", async () => {
  await ana.drag(await ana.spot("moving", "#card"), await ana.spot("moving", "#tray"));
  await site.has("drop", "the card");
  await pictures.take("dropped", ana.page);
});

test("a slider of the page's own is dragged", async () => {
  await ana.drag(await ana.spot("moving", "#knob"), await ana.spot("moving", "#track", 0.6));
  await site.has("knob", 60);
});

test("the page's menu: all is selected, and copied", async () => {
  const menu = ana.inModal("live-menu");
  await ana.click("moving", "#fox", { button: "right" });
  await menu.waitFor();
  await pictures.take("menu", ana.page);
  await menu.getByRole("menuitem", { name: "Select all" }).click();
  await site.has("selected", true);
  await ana.click("moving", "#fox", { button: "right" });
  await menu.getByRole("menuitem", { name: "Copy" }).click();
  await until("the text on the person's clipboard", async () => (await ana.clipboard()).includes("The quick brown fox jumps over the lazy dog."));
});

for (const [which, words] of [["same", "this site"], ["other", "another site"]]) {
  test(`a drop-down and a field in a frame of ${words}`, async () => {
    if (which === "same") await ana.goes("moving", "frames");
    await ana.click("frames", [`#${which}`, "#door"]);
    await ana.inModal("live-select").waitFor();
    await pictures.take(`frame-${which}`, ana.page);
    await ana.inModal("live-select").getByRole("option", { name: "Green" }).click();
    await site.has(`${which} door`, "green");
    await ana.click("frames", [`#${which}`, "#sign"]);
    await ana.inField("Sign");
    await ana.type("Open");
    await site.has(`${which} sign`, "Open");
  });
}

test("the service stops in order", async () => {
  mustEqual(ana.errors, [], "errors in the page");
  await service.stopsInOrder();
});
