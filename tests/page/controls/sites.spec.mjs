// At a computer: what a login stops, sites that are dead or cannot prove themselves, the way back, and at last "Simple", by which the
// person signs up.

import { Pictures, test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { titleOf } from "./pages.mjs";
import { ControlsPerson } from "./person.mjs";
import { serviceFor } from "./service.mjs";
import { Site } from "./site.mjs";

test.describe.configure({ mode: "serial" });

const PASSWORD = "Zw9!kq-7Rf#u2Lm_xB4$eT8vN1@hJ6^yC3&dG5*pS0+aQ?oW/iE=zU%rX~tY";
const EMAIL = "joão@exemplo.com";

const site = new Site();
const pictures = new Pictures("controls/sites");
let service, ana;

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
  site.end();
});

test("the site of controls starts, and the service that has its definition", async ({ market }) => {
  await site.start();
  service = serviceFor(site, market, "sites");
  await service.start();
});

test("the person opens the modal, and sees the site in it", async ({ browser }) => {
  ana = await new ControlsPerson(browser, service, site).sit();
  await ana.open();
  await ana.cardReads("Not connected", "Connect");
  await ana.openModal();
  await ana.seesTheSite();
});

const dismissed = (notice) => notice.getByRole("button", { name: "Dismiss" }).click();

test("a passkey is asked for: that is said, and the page's other way is taken", async () => {
  await ana.goes("pickers", "frames");
  await ana.goes("frames", "stops");
  await ana.click("stops", "#passkey");
  const notice = await ana.isToldOf("passkey", "Passkeys and security keys are tied to your own device");
  await site.has("passkey", "NotAllowedError");
  await pictures.take("passkey", ana.page);
  await dismissed(notice);
  await ana.click("stops", "#other-way");
  await site.has("way", "password");
});

test("a download is stopped, and said", async () => {
  await ana.click("stops", "#report");
  const notice = await ana.isToldOf("download_blocked", "report.pdf");
  await pictures.take("download", ana.page);
  await dismissed(notice);
});

test("where the person is stays unknown, and that is said", async () => {
  await ana.click("stops", "#where");
  const notice = await ana.isToldOf("permission_denied", "your location");
  await site.has("where", "denied");
  await pictures.take("location", ana.page);
  await dismissed(notice);
});

test("a link out of the login's sites is stopped, and said", async () => {
  await ana.click("stops", "#outside");
  const notice = await ana.isToldOf("navigation_blocked", "elsewhere.localhost");
  await pictures.take("outside", ana.page);
  await dismissed(notice);
  await ana.inFront(titleOf("stops"));
});

test("a dead site: a page of ours says so, and “Try again” helps once it is there", async () => {
  await ana.click("stops", "#dead");
  const problem = ana.inModal("live-site");
  await problem.waitFor();
  must((await problem.innerText()).includes("controls.localhost refuses the connection"), "it does not say what happened");
  must((await ana.inModal("live-host").innerText()).includes("controls.localhost"), "the address is not that of the dead site");
  await pictures.take("dead-site", ana.page);
  // Chromium tries by itself after 1, 5 and 30 seconds: the site is there right before the click, or the button might be gone.
  const { x, y, width, height } = await problem.getByRole("button", { name: "Try again" }).boundingBox();
  await site.rise();
  await ana.page.mouse.click(x + width / 2, y + height / 2);
  await problem.waitFor({ state: "hidden" });
  await ana.inFront(titleOf("stops"));
});

test("a site that cannot prove itself: a page of ours says so, and nothing was asked of it", async () => {
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
  await pictures.take("certificate", ana.page);
  const before = site.mistrusted;
  await problem.getByRole("button", { name: "Try again" }).click();
  await until("it was tried again", () => site.mistrusted > before);
  await problem.waitFor();
  mustEqual(site.visits.get("stops"), visits, "how often a page was asked for");
});

test("its way back leads to the page before", async () => {
  const problem = ana.inModal("live-site");
  await problem.getByRole("button", { name: "Back", exact: true }).click();
  await problem.waitFor({ state: "hidden" });
  await ana.inFront(titleOf("stops"));
  await ana.click("stops", "#where");
  await (await ana.isToldOf("permission_denied", "your location")).getByRole("button", { name: "Dismiss" }).click();
});

test("Back, Forward and Reload", async () => {
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

const form = () => ana.inModal("live-form");
const password = () => form().getByLabel(/^Password/);

test("“Simple” shows the form plainly, and what is filled in there is in the page", async () => {
  await ana.inModal("live-simple").click();
  await form().getByRole("heading", { name: "Open a stall" }).waitFor();
  await pictures.take("simple", ana.page);
  await form().getByLabel(/^E-mail/).fill(EMAIL);
  await password().fill("short");
  await form().getByLabel(/^Plan/).selectOption({ label: "Paid" });
  await form().getByLabel(/^I accept the rules/).check();
  await site.has("email", EMAIL);
  await site.has("password", "short");
  await site.has("plan", "paid");
  await site.has("terms", true);
});

test("its fields are those that a password manager knows, and what it fills in one go is in the page", async () => {
  const about = (label) => form().getByLabel(label).evaluate((field) => [field.type, field.name, field.autocomplete]);
  mustEqual(await about(/^E-mail/), ["email", "email", "email"], "the address: type, name, hint");
  mustEqual(await about(/^Password/), ["password", "password", "new-password"], "the password: type, name, hint");
  mustEqual(await about(/^Plan/), ["select-one", "plan", ""], "the plan: type, name, hint");
  const within = (name) => `[data-testid="live-form"] [name="${name}"]`;
  await ana.fillsInOneGo([within("email"), "ben@example.com"], [within("password"), PASSWORD]);
  await site.has("email", "ben@example.com");
  await site.has("password", PASSWORD);
  mustEqual(await form().getByLabel(/^E-mail/).inputValue(), "ben@example.com", "what the field still shows");
  await ana.fillsInOneGo([within("password"), "short"], [within("email"), EMAIL]);
  await site.has("password", "short");
  await site.has("email", EMAIL);
});

test("what the page finds wrong is said at the field", async () => {
  await form().getByRole("button", { name: "Create the account" }).click();
  await site.has("refused", "password");
  await until("the field says what is wrong", async () => {
    const described = await password().getAttribute("aria-describedby");
    return described && (await ana.modal().locator(`[id="${described}"]`).innerText()) === "Use twelve characters or more.";
  });
  mustEqual(await password().getAttribute("aria-invalid"), "true", "whether it is marked");
  await pictures.take("simple-error", ana.page);
});

test("corrected and pressed, it signs the person up: the login is detected", async () => {
  await password().fill(PASSWORD);
  await site.has("password", PASSWORD);
  await form().getByRole("button", { name: "Create the account" }).click();
  await site.has("signed up", { email: EMAIL, password: PASSWORD, plan: "paid", terms: true });
  await ana.reads(WORDS.detected);
  await pictures.take("detected", ana.page);
});

test("it is verified and saved", async () => {
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustEqual(ana.errors, [], "errors in the page");
});

test("the service stops in order", () => service.stopsInOrder());
