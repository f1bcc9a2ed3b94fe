// Fields, at a computer: lists, dates and colours, what an input method composes, the clipboard, a password manager.

import { Pictures, test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { ControlsPerson } from "./person.mjs";
import { serviceFor } from "./service.mjs";
import { Site } from "./site.mjs";

test.describe.configure({ mode: "serial" });

const PASSWORD = "Zw9!kq-7Rf#u2Lm_xB4$eT8vN1@hJ6^yC3&dG5*pS0+aQ?oW/iE=zU%rX~tY";
const EMAIL = "joão@exemplo.com";
const EMOJI = "👩‍🚀🎉 ok";
const SHALOM = "שלום עולם";
/** The hidden field that has the focus in the place of the page's own, for the person's password manager. */
const HIDDEN = ".live-fields-hidden :focus";

const site = new Site();
const pictures = new Pictures("controls/fields");
let service, ana;

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
  site.end();
});

test("the site of controls starts, and the service that has its definition", async ({ market }) => {
  await site.start();
  service = serviceFor(site, market, "fields");
  await service.start();
});

test("the person opens the modal, and sees the site in it", async ({ browser }) => {
  ana = await new ControlsPerson(browser, service, site).sit();
  await ana.open();
  await ana.cardReads("Not connected", "Connect");
  await ana.openModal();
  await ana.seesTheSite();
});

const list = () => ana.inModal("live-select");

test("a drop-down with groups: a disabled option cannot be chosen, another one is", async () => {
  await ana.click("pickers", "#country");
  await list().waitFor();
  await pictures.take("drop-down", ana.page);
  mustEqual(await list().getByRole("group").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))), ["America", "Europe"], "its groups");
  const closed = list().getByRole("option", { name: "Atlantis" });
  mustEqual(await closed.getAttribute("aria-disabled"), "true", "whether the option is disabled");
  await closed.click({ force: true });
  must(await list().isVisible(), "a disabled option was taken");
  await list().getByRole("option", { name: "Portugal" }).click();
  await site.has("country", "pt");
});

test("a drop-down by its keys", async () => {
  await ana.click("pickers", "#plan");
  await list().waitFor();
  await ana.page.keyboard.press("y");
  await ana.page.keyboard.press("Enter");
  await site.has("plan", "yearly");
});

test("a list of several: clicked, and clicked with Control", async () => {
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
  test(`${name === "moment" ? "date and time" : name}: ${value}`, async () => {
    await ana.click("pickers", `#${name}`);
    const input = ana.inModal("live-value");
    await input.waitFor();
    await input.fill(value);
    await pictures.take(name, ana.page);
    await ana.modal().getByRole("button", { name: "Apply" }).click();
    await input.waitFor({ state: "hidden" });
    await site.has(name, value);
  });
}

test("an address composed by an input method", async () => {
  await ana.goes("pickers", "text");
  await ana.click("text", "#email");
  await ana.inField("E-mail");
  await ana.type("jo");
  await ana.compose(["~", "ã"], "ã");
  await ana.type("o@exemplo.com");
  await site.has("email", EMAIL);
});

test("the whole of it composed at once", async () => {
  await ana.page.keyboard.press("Control+a");
  await ana.page.keyboard.press("Delete");
  await site.has("email", "");
  await ana.compose(["j", "joa", "joão", "joão@exemplo", EMAIL], EMAIL);
  await site.has("email", EMAIL);
});

test(`a password of ${PASSWORD.length} characters is pasted`, async () => {
  mustEqual(PASSWORD.length, 60, "its length");
  await ana.putOnClipboard(PASSWORD);
  await ana.click("text", "#password");
  await ana.inField("Password");
  await ana.page.keyboard.press("Control+v");
  await site.has("password", PASSWORD);
  await site.has("password pasted", true);
});

test("emoji", async () => {
  await ana.click("text", "#nickname");
  await ana.inField("Nickname");
  await ana.page.keyboard.insertText("👩‍🚀");
  await ana.page.keyboard.insertText("🎉");
  await ana.type(" ok");
  await site.has("nickname", EMOJI);
});

test("text from right to left, with a slip that is taken back", async () => {
  await ana.click("text", "#shalom");
  await ana.inField("Shalom");
  await ana.type(`${SHALOM}א`);
  await site.has("shalom", `${SHALOM}א`);
  await ana.page.keyboard.press("Backspace");
  await site.has("shalom", SHALOM);
  await pictures.take("texts", ana.page);
});

test("what is copied in the page is on the person's clipboard", async () => {
  await ana.click("text", "#reference");
  await ana.page.keyboard.press("Control+a");
  await ana.page.keyboard.press("Control+c");
  await ana.clipboardHas("REF-2026-4711");
});

test("and so is what a button of the page copies", async () => {
  await ana.click("text", "#copy-code");
  await ana.clipboardHas("CODE-77-QX");
});

async function comesTo(id, label, wanted) {
  await ana.click("text", `#${id}`);
  await ana.inField(label);
  const { type, autocomplete, name } = await ana.hiddenField();
  mustEqual([type, autocomplete, name], wanted, "the type, the hint and the name of the field");
}

test("a password manager finds the address's field, and fills it in one go, in place of what was there", async () => {
  await comesTo("email", "E-mail", ["text", "username", "username"]);
  await ana.fillsInOneGo([HIDDEN, "ben@example.com"]);
  await site.has("email", "ben@example.com");
  await ana.type(".br");
  await site.has("email", "ben@example.com.br");
  await ana.fillsInOneGo([HIDDEN, EMAIL]);
  await site.has("email", EMAIL);
});

test("and so the password's, of sixty characters, and the code's", async () => {
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

test("a field that is no part of a login has no hint that would bring one in", async () => {
  await comesTo("nickname", "Nickname", ["text", "off", ""]);
});

test("the service stops in order", async () => {
  mustEqual(ana.errors, [], "errors in the page");
  await service.stopsInOrder();
});
