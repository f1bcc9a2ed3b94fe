// Nobody does anything: it is asked before the login ends, on every page of the modal.

import { TITLES, WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

const QUIET = 6;
const WARNING = 8;
const EXPIRED = "The time to log in is over.";
const SAYS = "Nothing happened for a while, so the browser was closed. Nothing was saved. You can begin again at once.";

export function idle(story) {
  const variables = { LOGIN_IDLE_SECONDS: String(QUIET), LOGIN_IDLE_WARNING_SECONDS: String(WARNING) };
  return story.atService("idle", { variables }, play);
}

async function play({ step, ana, service, screenshot }) {
  const login = async () => (await service.api("GET", "/integrations")).json.integrations.find(({ provider }) => provider.id === "demo-market").login;
  const isWarned = async () => {
    await ana.inModal("idle").waitFor({ timeout: (QUIET + 20) * 1000 });
    const text = await ana.inModal("idle").innerText();
    must(text.includes("Are you still there?"), `it says “${text}”`);
    must(/The browser closes in 00:0\d\./.test(text), `it does not say how soon: “${text}”`);
  };
  const stays = async () => {
    const before = await login();
    await ana.inModal("still-here").click();
    await ana.inModal("idle").waitFor({ state: "hidden" });
    const after = await login();
    mustEqual([after.id, after.state, after.idleEndsAt, after.extended], [before.id, "awaiting_login", null, false], "the login");
  };
  const ends = async (name) => {
    await isWarned();
    await ana.endsWith(SAYS, WARNING + 20);
    mustEqual(await ana.modalSays(), EXPIRED, "what the modal says");
    mustEqual((await ana.inModal("try-again").innerText()).trim(), "Try again", "the button");
    await until("the login's browser goes", () => service.headedBrowsers().length === 0);
    await screenshot(name);
  };

  await step("on the first page, which is still read, the warning comes", async () => {
    await ana.openModal();
    await ana.inModal("prime-continue").waitFor();
    await isWarned();
    must(await ana.inModal("prime-continue").isVisible(), "what will happen is gone");
    await screenshot("first-page-idle");
  });
  await step("“I'm still here” keeps the login, costs nothing of its time, and the page stays", async () => {
    await stays();
    must(await ana.inModal("prime-continue").isVisible(), "what will happen is gone");
  });
  await step("nothing is done: it is warned again, ends, and the modal says why", () => ends("first-page-ended"));
  await step("“Try again” begins a login of its own, with what will happen", async () => {
    await ana.inModal("try-again").click();
    await ana.reads(WORDS.awaiting, 60);
    await ana.inModal("prime-continue").waitFor();
  });

  await step("agreed to, the picture comes; nothing is done there, and the warning comes", async () => {
    await ana.picture();
    await ana.inFront(TITLES.login);
    await isWarned();
    await screenshot("idle");
  });
  await step("“I'm still here” keeps the login and its picture", async () => {
    await stays();
    must(await ana.inModal("live-canvas").isVisible(), "the picture is gone");
  });
  await step("the next warning goes by itself when the picture is touched", async () => {
    await isWarned();
    const box = await ana.inModal("live-canvas").boundingBox();
    await ana.page.mouse.move(box.x + 40, box.y + 40);
    await ana.inModal("idle").waitFor({ state: "hidden" });
    mustEqual((await login()).state, "awaiting_login", "the login");
  });
  await step("nothing is done: it ends, and the modal says why", () => ends("ended"));
  await step("“Try again” begins another one, with its picture, which takes a click", async () => {
    await ana.inModal("try-again").click();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login);
    await ana.acceptCookies();
    await ana.cancel();
    await ana.cardReads("Not connected", "Connect");
  });
}
