// With a phone: fingers, a small and sharp screen, its keyboard.

import { Pictures, test } from "../support/fixtures.mjs";
import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { titleOf } from "./pages.mjs";
import { ControlsPerson } from "./person.mjs";
import { connectWithoutSigningUp, serviceFor } from "./service.mjs";
import { Site } from "./site.mjs";

test.describe.configure({ mode: "serial" });

const EMAIL = "joão@exemplo.com";
const PASSWORD = "twelve-and-more-letters";

const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  hasTouch: true,
  isMobile: true,
  userAgent: "Mozilla/5.0 (Linux; Android 16; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
};

const site = new Site();
const pictures = new Pictures("controls/phone");
let service, ana;

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
  site.end();
});

test("the site of controls starts, and the service that has its definition", async ({ market }) => {
  await site.start();
  service = serviceFor(site, market, "phone");
  await service.start();
});

test("the person with a phone ends the old connection and opens the modal anew", async ({ browser }) => {
  await connectWithoutSigningUp(service, site);
  ana = await new ControlsPerson(browser, service, site).sit(PHONE);
  await ana.open();
  await ana.cardReads("Connected");
  await ana.press("disconnect-controls");
  await ana.at("confirm").click();
  await ana.cardReads("Not connected", "Connect");
  await ana.openModal();
  await ana.seesTheSite();
});

test("the picture is sharp: more pixels than the screen has points", async () => {
  const sharp = () => ana.inModal("live-canvas").evaluate((canvas) => canvas.width / canvas.getBoundingClientRect().width);
  await until("a picture of twice the points or more", async () => (await sharp()) >= 2);
});

const list = () => ana.inModal("live-select");

test("tapped, a drop-down is a sheet", async () => {
  await ana.tap("pickers", "#country");
  await list().waitFor();
  must(await ana.modal().locator(".live-popover[data-sheet]").isVisible(), "it is no sheet");
  await pictures.take("phone-drop-down", ana.page);
  await list().getByRole("option", { name: "Brazil" }).tap();
  await site.has("country", "br");
});

test("and so is a list of several", async () => {
  await ana.tap("pickers", "#languages");
  await list().waitFor();
  await list().getByRole("option", { name: "Portuguese" }).tap();
  await list().getByRole("option", { name: "Spanish" }).tap();
  await pictures.take("phone-list", ana.page);
  await ana.modal().getByRole("button", { name: "Apply" }).tap();
  await site.has("languages", ["pt", "es"]);
});

for (const [name, value] of [
  ["date", "2001-07-09"],
  ["time", "23:05"],
]) {
  test(`${name}: ${value}, with the phone's own picker`, async () => {
    await ana.tap("pickers", `#${name}`);
    const input = ana.inModal("live-value");
    await input.waitFor();
    await input.fill(value);
    await pictures.take(`phone-${name}`, ana.page);
    await ana.modal().getByRole("button", { name: "Apply" }).tap();
    await site.has(name, value);
  });
}

/** The keyboard that the phone shows is chosen by the field that has the focus. */
async function asks(id, label, wanted) {
  await ana.tap("text", `#${id}`);
  await ana.inField(label);
  let seen;
  await until(`the keyboard for “${label}”`, async () => {
    seen = await ana.hiddenField();
    return Object.entries(wanted).every(([name, value]) => seen[name] === value);
  }).catch((error) => {
    throw new Error(`${error.message}; the field is ${JSON.stringify(seen)}`);
  });
}

test("an e-mail field brings its keyboard, and takes what an input method composes", async () => {
  await ana.goes("pickers", "text", "tap");
  await asks("email", "E-mail", { inputMode: "email", autocomplete: "username" });
  await ana.compose(["jo", "joã", "joão"], "joão");
  await ana.compose(["@exemplo.com"], "@exemplo.com");
  await site.has("email", EMAIL);
  await pictures.take("phone-text", ana.page);
});

test("a password field is one for the phone's password manager", async () => {
  await asks("password", "Password", { type: "password", autocomplete: "current-password" });
  await ana.page.keyboard.insertText(PASSWORD);
  await site.has("password", PASSWORD);
});

test("a code brings digits, and the phone may suggest it", async () => {
  await asks("code", "Code", { inputMode: "numeric", autocomplete: "one-time-code" });
  await ana.type("407 913");
  await site.has("code", "407 913");
});

test("emoji from the phone's keyboard, and one deleted", async () => {
  await asks("nickname", "Nickname", { inputMode: "text" });
  await ana.page.keyboard.insertText("🎉");
  await ana.page.keyboard.insertText("🍎");
  await site.has("nickname", "🎉🍎");
  await ana.page.keyboard.press("Backspace");
  await site.has("nickname", "🎉");
});

async function touch(type, ...points) {
  const cdp = await ana.protocol();
  await cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
}

test("two fingers that move apart are two fingers to the page", async () => {
  await ana.goes("text", "fingers", "tap");
  const { x, y } = await ana.spot("fingers", "#pad");
  await touch("touchStart", [x - 20, y], [x + 20, y]);
  for (const by of [30, 50, 70, 90]) await touch("touchMove", [x - by, y], [x + by, y]);
  await site.has("fingers", 2);
  await site.has("pinch", "wider");
  await touch("touchEnd");
  mustEqual(await ana.page.evaluate(() => visualViewport.scale), 1, "the scale of the person's own page");
});

test("a finger scrolls the page", async () => {
  const { x, y } = await ana.spot("fingers", "#below");
  await touch("touchStart", [x, y]);
  for (let up = 20; up <= 220; up += 20) await touch("touchMove", [x, y - up]);
  await touch("touchEnd");
  await site.has("scrolled", true);
  await pictures.take("phone-scrolled", ana.page);
});

test("the phone is turned, and the page with it", async () => {
  const { width, height } = PHONE.viewport;
  await ana.page.setViewportSize({ width: height, height: width });
  await site.has("turned", "landscape");
  await ana.pageSize();
  await pictures.take("phone-landscape", ana.page);
  must((await ana.inModal("finish").boundingBox()).y < width, "the modal's button is out of sight");
  await ana.page.setViewportSize({ width, height });
  await site.has("turned", "portrait");
});

test("back at the page's top, the form is there", async () => {
  await ana.modal().getByRole("button", { name: "Reload" }).tap();
  await ana.modal().getByRole("button", { name: "Back", exact: true }).tap();
  await ana.inFront(titleOf("text"));
  await ana.goes("text", "sign-up", "tap");
});

test("the same form in the picture: the person signs up, the login is detected", async () => {
  await ana.tap("sign-up", "#email");
  await ana.inField("E-mail");
  await ana.page.keyboard.insertText(EMAIL);
  await ana.tap("sign-up", "#password");
  await ana.inField("Password");
  await ana.page.keyboard.insertText(PASSWORD);
  await ana.tap("sign-up", "#plan");
  await ana.inModal("live-select").getByRole("option", { name: "Paid" }).tap();
  await site.has("plan", "paid");
  await ana.tap("sign-up", "#terms");
  await site.has("terms", true);
  await pictures.take("phone-sign-up", ana.page);
  await ana.tap("sign-up", "#create");
  await site.has("signed up", { email: EMAIL, password: PASSWORD, plan: "paid", terms: true });
  await ana.reads(WORDS.detected);
  await pictures.take("phone-detected", ana.page);
});

test("it is verified and saved", async () => {
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustEqual(ana.errors, [], "errors in the page");
});

test("the service stops in order", () => service.stopsInOrder());
