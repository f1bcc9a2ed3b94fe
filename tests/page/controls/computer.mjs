// At a computer: mouse, keys, an input method, the clipboard.

import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { titleOf } from "./pages.mjs";
import { PRIVATE } from "./site.mjs";

const PASSWORD = "Zw9!kq-7Rf#u2Lm_xB4$eT8vN1@hJ6^yC3&dG5*pS0+aQ?oW/iE=zU%rX~tY";
const EMAIL = "joão@exemplo.com";
const EMOJI = "👩‍🚀🎉 ok";
const SHALOM = "שלום עולם";

export async function atTheComputer(story) {
  const { step, ana } = story;
  await step("the person opens the modal, and sees the site in it", async () => {
    await ana.open();
    await ana.cardReads("Not connected", "Connect");
    await ana.openModal();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(titleOf("pickers"));
  });
  await pickers(story);
  await texts(story);
  await autofill(story);
  await asking(story);
  await moving(story);
  await frames(story);
  await stops(story);
  await certificate(story);
  await navigation(story);
  await simple(story);
}

async function pickers({ step, ana, site, screenshot }) {
  const list = ana.inModal("live-select");
  await step("a drop-down with groups: a disabled option cannot be chosen, another one is", async () => {
    await ana.click("pickers", "#country");
    await list.waitFor();
    await screenshot("drop-down");
    mustEqual(await list.getByRole("group").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))), ["America", "Europe"], "its groups");
    const closed = list.getByRole("option", { name: "Atlantis" });
    mustEqual(await closed.getAttribute("aria-disabled"), "true", "whether the option is disabled");
    await closed.click({ force: true });
    must(await list.isVisible(), "a disabled option was taken");
    await list.getByRole("option", { name: "Portugal" }).click();
    await site.has("country", "pt");
  });
  await step("a drop-down by its keys", async () => {
    await ana.click("pickers", "#plan");
    await list.waitFor();
    await ana.page.keyboard.press("y");
    await ana.page.keyboard.press("Enter");
    await site.has("plan", "yearly");
  });
  await step("a list of several: clicked, and clicked with Control", async () => {
    await ana.click("pickers", '#languages option[value="pt"]');
    await site.has("languages", ["pt"]);
    const { x, y } = await ana.spot("pickers", '#languages option[value="fr"]');
    await ana.page.keyboard.down("Control");
    await ana.page.mouse.click(x, y);
    await ana.page.keyboard.up("Control");
    await site.has("languages", ["pt", "fr"]);
  });
  for (const [name, value] of [
    ["date", "1990-02-28"],
    ["time", "09:30"],
    ["moment", "2026-12-24T18:45"],
    ["month", "2027-03"],
    ["week", "2026-W53"],
    ["colour", "#c0392b"],
  ]) {
    await step(`${name === "moment" ? "date and time" : name}: ${value}`, async () => {
      await ana.click("pickers", `#${name}`);
      const input = ana.inModal("live-value");
      await input.waitFor();
      await input.fill(value);
      await screenshot(name);
      await ana.modal().getByRole("button", { name: "Apply" }).click();
      await input.waitFor({ state: "hidden" });
      await site.has(name, value);
    });
  }
}

async function texts({ step, ana, site, screenshot }) {
  await ana.goes("pickers", "text");
  await step("an address composed by an input method", async () => {
    await ana.click("text", "#email");
    await ana.inField("E-mail");
    await ana.type("jo");
    await ana.compose(["~", "ã"], "ã");
    await ana.type("o@exemplo.com");
    await site.has("email", EMAIL);
  });
  await step("the whole of it composed at once", async () => {
    await ana.page.keyboard.press("Control+a");
    await ana.page.keyboard.press("Delete");
    await site.has("email", "");
    await ana.compose(["j", "joa", "joão", "joão@exemplo", EMAIL], EMAIL);
    await site.has("email", EMAIL);
  });
  await step(`a password of ${PASSWORD.length} characters is pasted`, async () => {
    mustEqual(PASSWORD.length, 60, "its length");
    await ana.putOnClipboard(PASSWORD);
    await ana.click("text", "#password");
    await ana.inField("Password");
    await ana.page.keyboard.press("Control+v");
    await site.has("password", PASSWORD);
    await site.has("password pasted", true);
  });
  await step("emoji", async () => {
    await ana.click("text", "#nickname");
    await ana.inField("Nickname");
    await ana.page.keyboard.insertText("👩‍🚀");
    await ana.page.keyboard.insertText("🎉");
    await ana.type(" ok");
    await site.has("nickname", EMOJI);
  });
  await step("text from right to left, with a slip that is taken back", async () => {
    await ana.click("text", "#shalom");
    await ana.inField("Shalom");
    await ana.type(`${SHALOM}א`);
    await site.has("shalom", `${SHALOM}א`);
    await ana.page.keyboard.press("Backspace");
    await site.has("shalom", SHALOM);
    await screenshot("texts");
  });
  await step("what is copied in the page is on the person's clipboard", async () => {
    await ana.click("text", "#reference");
    await ana.page.keyboard.press("Control+a");
    await ana.page.keyboard.press("Control+c");
    await ana.clipboardHas("REF-2026-4711");
  });
  await step("and so is what a button of the page copies", async () => {
    await ana.click("text", "#copy-code");
    await ana.clipboardHas("CODE-77-QX");
  });
}

/** The hidden field that has the focus in the place of the page's own, for the person's password manager. */
const HIDDEN = ".live-fields-hidden :focus";

async function autofill({ step, ana, site }) {
  async function comesTo(id, label, wanted) {
    await ana.click("text", `#${id}`);
    await ana.inField(label);
    const { type, autocomplete, name } = await ana.hiddenField();
    mustEqual([type, autocomplete, name], wanted, "the type, the hint and the name of the field");
  }
  await step("a password manager finds the address's field, and fills it in one go, in place of what was there", async () => {
    await comesTo("email", "E-mail", ["text", "username", "username"]);
    await ana.fillsInOneGo([HIDDEN, "ben@example.com"]);
    await site.has("email", "ben@example.com");
    await ana.type(".br");
    await site.has("email", "ben@example.com.br");
    await ana.fillsInOneGo([HIDDEN, EMAIL]);
    await site.has("email", EMAIL);
  });
  await step("and so the password's, of sixty characters, and the code's", async () => {
    await comesTo("password", "Password", ["password", "current-password", "current-password"]);
    await ana.page.keyboard.press("End");
    await ana.type("half a pass");
    await site.has("password", `${PASSWORD}half a pass`);
    await ana.fillsInOneGo([HIDDEN, PASSWORD]);
    await site.has("password", PASSWORD);
    await comesTo("code", "Code", ["text", "one-time-code", "one-time-code"]);
    await ana.fillsInOneGo([HIDDEN, "731046"]);
    await site.has("code", "731046");
  });
  await step("a field that is no part of a login has no hint that would bring one in", async () => {
    await comesTo("nickname", "Nickname", ["text", "off", ""]);
  });
}

async function asking({ step, ana, site, screenshot }) {
  await ana.goes("text", "asking");
  const dialog = ana.inModal("live-dialog");
  async function asks(name, words) {
    await ana.click("asking", `#${name}`);
    await dialog.waitFor();
    must((await dialog.innerText()).includes(words), "it does not say what the page says");
  }
  const answer = async (name) => {
    await dialog.getByRole("button", { name }).click();
    await dialog.waitFor({ state: "hidden" });
  };
  await step("an alert is read and closed", async () => {
    await asks("alert", "The market opens at nine.");
    await screenshot("alert");
    await answer("OK");
    await site.has("alert", "closed");
  });
  await step("a question is denied, and answered with yes", async () => {
    await asks("confirm", "Close the stall for today?");
    await screenshot("confirm");
    await answer("Cancel");
    await site.has("confirm", false);
    await asks("confirm", "Close the stall for today?");
    await answer("OK");
    await site.has("confirm", true);
  });
  await step("a prompt is answered in words", async () => {
    await asks("prompt", "What is the stall called?");
    mustEqual(await dialog.getByRole("textbox").inputValue(), "Stall 1", "what the page proposes");
    await dialog.getByRole("textbox").fill("Açaí & Co.");
    await screenshot("prompt");
    await answer("OK");
    await site.has("prompt", "Açaí & Co.");
  });
  await step("a file of the person's own is in the page", async () => {
    await ana.click("asking", "#invoice");
    const card = ana.inModal("live-files");
    await card.waitFor();
    await screenshot("file");
    const [chooser] = await Promise.all([ana.page.waitForEvent("filechooser"), card.getByRole("button", { name: "Choose a file" }).click()]);
    await chooser.setFiles({ name: "invoice é.txt", mimeType: "text/plain", buffer: Buffer.from("Three crates of apples: R$ 42") });
    await card.waitFor({ state: "hidden" });
    await site.has("invoice", [{ name: "invoice é.txt", text: "Three crates of apples: R$ 42" }]);
  });
  await step("a page whose server asks for a name and a password", async () => {
    await ana.click("asking", "#to-private");
    const card = ana.inModal("live-auth");
    await card.waitFor();
    must((await card.innerText()).includes("The inner rooms"), "it does not say what is asked for");
    await card.getByLabel("User name").fill(PRIVATE.username);
    await card.getByLabel("Password").fill(PRIVATE.password);
    await screenshot("name-and-password");
    await card.getByRole("button", { name: "Sign in" }).click();
    await ana.inFront("Inner rooms · Controls");
    await site.has("private", `${PRIVATE.username}:${PRIVATE.password}`);
    await ana.modal().getByRole("button", { name: "Back", exact: true }).click();
    await ana.inFront(titleOf("asking"));
  });
  await step("a login in a pop-up, which tells its opener and goes", async () => {
    await ana.click("asking", "#pop-up");
    await ana.inFront("Sign in · Window");
    await until("the strip of tabs", () => ana.inModal("tabs").isVisible());
    await screenshot("pop-up");
    await ana.click("pop-up", "#pop-up-name");
    await ana.inField("Name");
    await ana.type("Ana");
    await ana.click("pop-up", "#pop-up-go");
    await site.has("pop-up", "signed in: Ana");
    await ana.inFront(titleOf("asking"));
    await ana.inModal("tabs").waitFor({ state: "hidden" });
  });
  await step("asked before the page is left, the person stays: it is there with what was typed", async () => {
    await ana.click("asking", "#note");
    await ana.inField("Note");
    await ana.type("Ask for the key");
    await site.has("note", "Ask for the key");
    await asks("to-moving", "What you have entered there may be lost.");
    must((await dialog.innerText()).includes("Leave this page?"), "it does not say that the page is left");
    await screenshot("leaving");
    await answer("Stay");
    await ana.inFront(titleOf("asking"));
    await ana.click("asking", "#note");
    await ana.inField("Note");
    await ana.page.keyboard.press("End");
    await ana.type("s");
    await site.has("note", "Ask for the keys");
  });
  await step("and so does the modal's own Reload", async () => {
    const before = site.visits.get("asking");
    await ana.modal().getByRole("button", { name: "Reload", exact: true }).click();
    await dialog.waitFor();
    await answer("Stay");
    await ana.click("asking", "#note");
    await ana.page.keyboard.press("End");
    await ana.type("!");
    await site.has("note", "Ask for the keys!");
    mustEqual(site.visits.get("asking"), before, "how often the page was asked for");
  });
  await step("asked once more, they leave", async () => {
    await asks("to-moving", "What you have entered there may be lost.");
    await answer("Leave the page");
    await ana.inFront(titleOf("moving"));
  });
}

async function moving({ step, ana, site, screenshot }) {
  await step("the browser's own drag and drop", async () => {
    await ana.drag(await ana.spot("moving", "#card"), await ana.spot("moving", "#tray"));
    await site.has("drop", "the card");
    await screenshot("dropped");
  });
  await step("a slider of the page's own is dragged", async () => {
    await ana.drag(await ana.spot("moving", "#knob"), await ana.spot("moving", "#track", 0.6));
    await site.has("knob", 60);
  });
  await step("the page's menu: all is selected, and copied", async () => {
    const menu = ana.inModal("live-menu");
    await ana.click("moving", "#fox", { button: "right" });
    await menu.waitFor();
    await screenshot("menu");
    await menu.getByRole("menuitem", { name: "Select all" }).click();
    await site.has("selected", true);
    await ana.click("moving", "#fox", { button: "right" });
    await menu.getByRole("menuitem", { name: "Copy" }).click();
    await until("the text on the person's clipboard", async () => (await ana.clipboard()).includes("The quick brown fox jumps over the lazy dog."));
  });
}

async function frames({ step, ana, site, screenshot }) {
  await ana.goes("moving", "frames");
  for (const [which, words] of [["same", "this site"], ["other", "another site"]]) {
    await step(`a drop-down and a field in a frame of ${words}`, async () => {
      await ana.click("frames", [`#${which}`, "#door"]);
      await ana.inModal("live-select").waitFor();
      await screenshot(`frame-${which}`);
      await ana.inModal("live-select").getByRole("option", { name: "Green" }).click();
      await site.has(`${which} door`, "green");
      await ana.click("frames", [`#${which}`, "#sign"]);
      await ana.inField("Sign");
      await ana.type("Open");
      await site.has(`${which} sign`, "Open");
    });
  }
}

async function stops({ step, ana, site, screenshot }) {
  await ana.goes("frames", "stops");
  const dismissed = (notice) => notice.getByRole("button", { name: "Dismiss" }).click();
  await step("a passkey is asked for: that is said, and the page's other way is taken", async () => {
    await ana.click("stops", "#passkey");
    const notice = await ana.isToldOf("passkey", "Passkeys and security keys are tied to your own device");
    await site.has("passkey", "NotAllowedError");
    await screenshot("passkey");
    await dismissed(notice);
    await ana.click("stops", "#other-way");
    await site.has("way", "password");
  });
  await step("a download is stopped, and said", async () => {
    await ana.click("stops", "#report");
    const notice = await ana.isToldOf("download_blocked", "report.pdf");
    await screenshot("download");
    await dismissed(notice);
  });
  await step("where the person is stays unknown, and that is said", async () => {
    await ana.click("stops", "#where");
    const notice = await ana.isToldOf("permission_denied", "your location");
    await site.has("where", "denied");
    await screenshot("location");
    await dismissed(notice);
  });
  await step("a link out of the login's sites is stopped, and said", async () => {
    await ana.click("stops", "#outside");
    const notice = await ana.isToldOf("navigation_blocked", "elsewhere.localhost");
    await screenshot("outside");
    await dismissed(notice);
    await ana.inFront(titleOf("stops"));
  });
  await step("a dead site: a page of ours says so, and “Try again” helps once it is there", async () => {
    await ana.click("stops", "#dead");
    const problem = ana.inModal("live-site");
    await problem.waitFor();
    must((await problem.innerText()).includes("controls.localhost refuses the connection"), "it does not say what happened");
    must((await ana.inModal("live-host").innerText()).includes("controls.localhost"), "the address is not that of the dead site");
    await screenshot("dead-site");
    await site.rise();
    await problem.getByRole("button", { name: "Try again" }).click();
    await problem.waitFor({ state: "hidden" });
    await ana.inFront(titleOf("stops"));
  });
}

async function certificate({ step, ana, site, screenshot }) {
  await step("a site that cannot prove itself: a page of ours says so, and nothing was asked of it", async () => {
    const visits = site.visits.get("stops");
    await ana.click("stops", "#unproven");
    const problem = ana.inModal("live-site");
    await problem.waitFor();
    const text = await problem.innerText();
    must(text.includes("controls.localhost cannot prove that it is itself"), `it says “${text}”`);
    must(text.includes("so that nobody can read your password on the way"), "it does not say why");
    must(text.includes("ERR_CERT_AUTHORITY_INVALID"), `it gives no code to look for: “${text}”`);
    must(!/proceed|anyway|unsafe|advanced/i.test(text), "it offers a way past it");
    must((await ana.inModal("live-host").innerText()).includes("controls.localhost"), "the address is not that of the site");
    await screenshot("certificate");
    const before = site.mistrusted;
    await problem.getByRole("button", { name: "Try again" }).click();
    await until("it was tried again", () => site.mistrusted > before);
    await problem.waitFor();
    mustEqual(site.visits.get("stops"), visits, "how often a page was asked for");
  });
  await step("its way back leads to the page before", async () => {
    const problem = ana.inModal("live-site");
    await problem.getByRole("button", { name: "Back", exact: true }).click();
    await problem.waitFor({ state: "hidden" });
    await ana.inFront(titleOf("stops"));
    await ana.click("stops", "#where");
    await (await ana.isToldOf("permission_denied", "your location")).getByRole("button", { name: "Dismiss" }).click();
  });
}

async function navigation({ step, ana, site }) {
  await step("Back, Forward and Reload", async () => {
    const press = (name) => ana.modal().getByRole("button", { name, exact: true }).click();
    await press("Back");
    await ana.inFront(titleOf("stops"));
    await press("Back");
    await ana.inFront(titleOf("frames"));
    await press("Forward");
    await ana.inFront(titleOf("stops"));
    await ana.goes("stops", "sign-up");
    const before = site.visits.get("sign-up");
    await press("Reload");
    await until("the page is asked for anew", () => site.visits.get("sign-up") > before);
    await ana.inFront(titleOf("sign-up"));
  });
}

async function simple({ step, ana, site, screenshot }) {
  const form = ana.inModal("live-form");
  const password = form.getByLabel(/^Password/);
  await step("“Simple” shows the form plainly, and what is filled in there is in the page", async () => {
    await ana.inModal("live-simple").click();
    await form.getByRole("heading", { name: "Open a stall" }).waitFor();
    await screenshot("simple");
    await form.getByLabel(/^E-mail/).fill(EMAIL);
    await password.fill("short");
    await form.getByLabel(/^Plan/).selectOption({ label: "Paid" });
    await form.getByLabel(/^I accept the rules/).check();
    await site.has("email", EMAIL);
    await site.has("password", "short");
    await site.has("plan", "paid");
    await site.has("terms", true);
  });
  await step("its fields are those that a password manager knows, and what it fills in one go is in the page", async () => {
    const about = (label) => form.getByLabel(label).evaluate((field) => [field.type, field.name, field.autocomplete]);
    mustEqual(await about(/^E-mail/), ["email", "email", "email"], "the address: type, name, hint");
    mustEqual(await about(/^Password/), ["password", "password", "new-password"], "the password: type, name, hint");
    mustEqual(await about(/^Plan/), ["select-one", "plan", ""], "the plan: type, name, hint");
    const within = (name) => `[data-testid="live-form"] [name="${name}"]`;
    await ana.fillsInOneGo([within("email"), "ben@example.com"], [within("password"), PASSWORD]);
    await site.has("email", "ben@example.com");
    await site.has("password", PASSWORD);
    mustEqual(await form.getByLabel(/^E-mail/).inputValue(), "ben@example.com", "what the field still shows");
    await ana.fillsInOneGo([within("password"), "short"], [within("email"), EMAIL]);
    await site.has("password", "short");
    await site.has("email", EMAIL);
  });
  await step("what the page finds wrong is said at the field", async () => {
    await form.getByRole("button", { name: "Create the account" }).click();
    await site.has("refused", "password");
    await until("the field says what is wrong", async () => {
      const described = await password.getAttribute("aria-describedby");
      return described && (await ana.modal().locator(`[id="${described}"]`).innerText()) === "Use twelve characters or more.";
    });
    mustEqual(await password.getAttribute("aria-invalid"), "true", "whether it is marked");
    await screenshot("simple-error");
  });
  await step("corrected and pressed, it signs the person up: the login is detected", async () => {
    await password.fill(PASSWORD);
    await site.has("password", PASSWORD);
    await form.getByRole("button", { name: "Create the account" }).click();
    await site.has("signed up", { email: EMAIL, password: PASSWORD, plan: "paid", terms: true });
    await ana.reads(WORDS.detected);
    await screenshot("detected");
  });
  await step("it is verified and saved", async () => {
    await ana.finish();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    mustEqual(ana.errors, [], "errors in the page");
  });
}
