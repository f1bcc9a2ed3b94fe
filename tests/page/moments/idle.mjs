// Nobody does anything at the modal: what its stories on the first page and at the live view have in common.

import { must, mustEqual, until } from "../support/waiting.mjs";
import { begins, loginOf } from "./story.mjs";

/** Seconds from the warning to the end. */
const WARNING = 8;
const EXPIRED = "The time to log in is over.";
const SAYS = "Nothing happened for a while, so the browser was closed. Nothing was saved. You can begin again at once.";

/** @param quiet seconds until the warning */
export function beginsIdle(name, { quiet }) {
  const variables = { LOGIN_IDLE_SECONDS: String(quiet), LOGIN_IDLE_WARNING_SECONDS: String(WARNING) };
  return begins(name, { optionsOf: () => ({ variables }) });
}

export async function isWarned({ ana }) {
  await ana.inModal("idle").waitFor({ timeout: 30_000 });
  const text = await ana.inModal("idle").innerText();
  must(text.includes("Are you still there?"), `it says “${text}”`);
  const [, seconds] = /The browser closes in 00:(\d\d)\./.exec(text) ?? [];
  // The modal's clock ticks once a second, so it may be one behind.
  must(seconds && Number(seconds) <= WARNING + 1, `it does not say how soon: “${text}”`);
}

export async function stays({ ana, service }) {
  const before = await loginOf(service);
  await ana.inModal("still-here").click();
  await ana.inModal("idle").waitFor({ state: "hidden" });
  const after = await loginOf(service);
  mustEqual([after.id, after.state, after.idleEndsAt, after.extended], [before.id, "awaiting_login", null, false], "the login");
}

export async function isEnded({ ana, service, pictures }) {
  await ana.endsWith(SAYS, WARNING + 20);
  mustEqual(await ana.modalSays(), EXPIRED, "what the modal says");
  mustEqual((await ana.inModal("try-again").innerText()).trim(), "Try again", "the button");
  await until("the login's browser goes", () => service.headedBrowsers().length === 0);
  await pictures.take("ended", ana.page);
}
