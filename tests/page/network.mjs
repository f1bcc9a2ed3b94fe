// A bad network between the person and the service: cut, frozen, slow, stalling, each in the middle of typing. The modal says
// so, the login is finished all the same, and nothing typed is lost or doubled: the site gets each text exactly once.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Person, TITLES, WORDS, openBrowser } from "./support/person.mjs";
import { Server } from "./support/server.mjs";
import { Steps } from "./support/steps.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";
import { Line, losing } from "./line.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const OUT = path.join(process.env.CARGO_TARGET_DIR ?? "target", "page-network");
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

/** The live view is to be back within a second; a machine that is busy with other tests may need longer. */
const BACK_WITHIN = 5;
/** A code must not run out while the line is down. */
const CODE_LASTS = 14;
const RECONNECTING = "Reconnecting…";
const LOST = "Connection lost. Trying again…";

const server = new Server(path.join(OUT, "server.log"));
const line = new Line();
const steps = new Steps();
const step = (name, action) => steps.step(name, action);
let browser, ana, pictures = 0;

async function screenshot(name) {
  pictures += 1;
  await ana.page.screenshot({ path: path.join(OUT, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

async function card() {
  const { json } = await server.api("GET", "/integrations");
  return json.integrations.find(({ provider }) => provider.id === "demo-market");
}

// --- What the person sees of the line ----------------------------------------------------------------------------------

/** Writes down, with its time, each moment when the modal begins or ceases to say that the line is down. Runs in each frame. */
function watchLine() {
  let before = "";
  const look = () => {
    const seen = (selector) => Boolean(document.querySelector(selector)?.checkVisibility());
    const pill = document.querySelector('[data-testid="live-status"] .live-pill');
    const view = seen(".live[data-lost]") && pill?.checkVisibility() ? pill.innerText.trim() : "";
    const modal = seen('[data-testid="modal-lost"]') ? document.querySelector('[data-testid="modal-lost"]').innerText.trim() : "";
    const now = JSON.stringify([view, modal]);
    if (now !== before) window.__line({ at: Date.now(), view, modal });
    before = now;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** What `watchLine` told, newest last. */
const seen = [];

/** Neither the live view nor the modal says anything of the line any more. Seconds since `since` until `what` did not. */
async function isBack(since, what) {
  const wasLost = () => seen.findLast(({ at }) => at < since)?.[what] || seen.some((one) => one.at >= since && one[what]);
  await until(`the ${what} says that the line is down`, wasLost, BACK_WITHIN);
  await until("the live view is back", () => !seen.at(-1)?.view, BACK_WITHIN + 20);
  await until("the modal's line is back", () => !seen.at(-1)?.modal, BACK_WITHIN + 20);
  const { at } = seen[seen.findLastIndex((one) => one[what] !== "") + 1];
  must(at >= since, `the ${what} said that the line was back before it was`);
  return (at - since) / 1000;
}

/** Of one fault: how long the view took to come back, each time that it struck. */
class Times {
  list = [];
  async back(since, what = "view") {
    const seconds = await isBack(since, what);
    this.list.push(seconds);
    must(seconds <= BACK_WITHIN, `the ${what} was back after ${seconds.toFixed(1)} s`);
  }
  toString() {
    return this.list.map((one) => one.toFixed(2)).join(", ");
  }
}

// --- The faults: each strikes in the middle of a text -------------------------------------------------------------------

/** `strike(type, times)`: `type` types the rest of the text. */
const FAULTS = {
  "cut, and back at once": async (type, times) => {
    const since = Date.now();
    must(line.cut() > 0, "there was no connection to cut");
    await type();
    await times.back(since);
  },
  "cut for 3 s": async (type, times) => {
    const began = seen.length;
    must(line.break() > 0, "there was no connection to cut");
    await Promise.all([type(), pause(3000)]);
    await until("the live view says that it reconnects", () => seen.slice(began).some(({ view }) => view === RECONNECTING));
    await until("the modal says that the connection is lost", () => seen.slice(began).some(({ modal }) => modal === LOST));
    const since = Date.now();
    line.mend();
    await times.back(since);
  },
  "frozen for 2 s": async (type, times) => {
    const began = seen.length;
    line.freeze();
    await Promise.all([type(), pause(2000)]);
    await until("the live view says that it reconnects", () => seen.slice(began).some(({ view }) => view === RECONNECTING));
    const since = Date.now();
    line.mend();
    await times.back(since);
  },
  "stalls as of 5 % loss": async (type) => {
    line.stall = losing(0.05, 20240229);
    await type();
  },
  "300 ms each way": async (type) => {
    line.delayMs = 300;
    await type();
  },
  "the socket alone is cut, as by a proxy after 15 minutes": async (type, times) => {
    const since = Date.now();
    mustEqual(line.cut("socket"), 1, "sockets cut");
    await type();
    await times.back(since);
  },
  "the event streams alone are cut": async (type, times) => {
    const since = Date.now();
    must(line.cut("stream") > 0, "there was no stream to cut");
    await type();
    await times.back(since, "modal");
  },
};
/** These last until the login is over. */
const LASTING = new Set(["stalls as of 5 % loss", "300 ms each way"]);

/** Types the first half, the fault strikes, and the person types on. */
async function typeAcross(strike, text, times) {
  const half = Math.ceil(text.length / 2);
  await ana.type(text.slice(0, half));
  await strike(() => ana.type(text.slice(half)), times);
}

// --- The logins ----------------------------------------------------------------------------------------------------------

async function begin() {
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.picture();
  await ana.inFront(TITLES.login, 60);
  await ana.acceptCookies();
}

async function code() {
  const { code } = await until(
    "a one-time code with some seconds left",
    async () => {
      const totp = await server.control("GET", "/totp");
      return totp.secondsLeft > CODE_LASTS && totp;
    },
    40,
  );
  return code;
}

/** What the site's log says of the forms that were sent since then, without those of a person who measured where its fields are. */
async function sent(sinceMs) {
  const { requests } = await server.control("GET", "/log");
  return requests
    .filter(({ atMs, userAgent }) => atMs > sinceMs && !userAgent.includes("Headless"))
    .filter(({ method, host, path: at }) => method === "POST" && host === "sso.demo.localhost" && at !== "/token")
    .map(({ path: at, status }) => `${at} ${status}`);
}

async function lastRequest() {
  const { requests } = await server.control("GET", "/log");
  return Math.max(0, ...requests.map(({ atMs }) => atMs));
}

/** A second person's login is not to be found by what the first left. */
async function startOver() {
  const { connection } = await card();
  if (connection) {
    const { status } = await server.api("DELETE", `/connections/${connection.id}`);
    must(status < 300, `disconnecting answers ${status}`);
  }
  await server.control("POST", "/revoke");
  await ana.cardReads("Not connected", "Connect");
}

async function loginAcross(name) {
  const strike = FAULTS[name];
  const times = new Times();
  const since = await lastRequest();
  await step(`a login is under way (${name})`, begin);
  await step(`e-mail and password, each with the fault in its middle: the site asks for the code (${name})`, async () => {
    await ana.clickIn("login", "#username");
    await typeAcross(strike, server.account.email, times);
    await ana.page.keyboard.press("Tab");
    await typeAcross(strike, server.account.password, times);
    await ana.page.keyboard.press("Enter");
    await ana.inFront(TITLES.code, 60);
  });
  await step(`the code, with the fault in its middle: the login is detected (${name})`, async () => {
    await ana.clickIn("code", "#code");
    await typeAcross(strike, await code(), times);
    await ana.page.keyboard.press("Enter");
    await ana.reads(WORDS.detected, 60);
  });
  await step(`each form was sent once, with what was typed: no wrong try (${name})`, async () => {
    mustEqual(await sent(since), ["/login 302", "/second-step 302"], "the forms that reached the site");
  });
  await step(`it is verified and saved (${name})`, async () => {
    await ana.finish();
    line.mend();
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    await startOver();
  });
  if (!LASTING.has(name)) console.log(`   back after (s): ${times}`);
}

/** Everything that was typed, as the page has it: read in the plain form beside the picture. */
async function emailInThePage(wanted) {
  await ana.inModal("live-simple").click();
  const field = ana.inModal("live-form").getByLabel("E-mail");
  await field.waitFor();
  await until("the page's e-mail is what was typed", async () => (await field.inputValue()) === wanted, 30).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await field.inputValue())} instead of ${JSON.stringify(wanted)}`);
  });
  await ana.inModal("live-simple").click();
  await ana.inModal("live-form").waitFor({ state: "hidden" });
}

async function run() {
  await step("the service starts, and a network before it", async () => {
    await server.start();
    await line.start(server.url);
  });
  browser = await openBrowser();
  // To the person the service is where the network leads.
  ana = await new Person(browser, { url: line.url, marketUrl: server.marketUrl, account: server.account }).sit();
  await ana.context.exposeBinding("__line", (_source, told) => seen.push(told));
  await ana.context.addInitScript(watchLine);
  await ana.open();
  await ana.cardReads("Not connected", "Connect");

  for (const name of Object.keys(FAULTS)) await loginAcross(name);

  await step("a login is under way (a long text)", begin);
  await step("a long text typed across ten cuts of all kinds is in the page letter for letter", async () => {
    // No two pieces are alike: one that is lost or comes twice is seen.
    const parts = Array.from({ length: 11 }, (_, n) => `part-${n}-abcdefghij.`);
    await ana.clickIn("login", "#username");
    await ana.type(parts[0]);
    for (const [n, part] of parts.slice(1).entries()) {
      const cuts = [() => line.cut(), () => line.cut("socket"), () => line.cut("stream"), () => line.break(), () => line.freeze()];
      const typing = ana.type(part);
      await pause(20 * n); // Between its letters, each time elsewhere.
      cuts[n % cuts.length]();
      await typing;
      line.mend();
    }
    await until("the line is back", () => !seen.at(-1)?.view && !seen.at(-1)?.modal, 30);
    const [name, domain] = [parts.join(""), "@example.com"];
    await ana.type(domain);
    await emailInThePage(name + domain);
  });
  await step("a reload while the network is down: once it is back, a reload finds the login where it is", async () => {
    const { login } = await card();
    line.break();
    await ana.page.reload().then(
      () => must(false, "the page was loaded over a network that is down"),
      () => undefined,
    );
    await ana.page.waitForURL("chrome-error://chromewebdata/");
    line.mend();
    await ana.page.goto(`${line.url}/integrations`);
    await ana.inModal("modal").or(ana.at("connect-demo-market")).first().waitFor();
    await ana.reads(WORDS.awaiting, 60);
    await ana.picture();
    await ana.inFront(TITLES.login);
    mustEqual((await card()).login.id, login.id, "the login under way");
    await screenshot("after-the-reload");
  });
  await step("what was typed before is still there, and what is typed now goes on", async () => {
    await ana.clickIn("login", "#username");
    await ana.page.keyboard.press("Control+a");
    await ana.type("ana@new.example");
    await emailInThePage("ana@new.example");
    await ana.cancel();
  });
  await step("no error in the page", () => mustEqual(ana.errors, [], "errors"));
  await step("the server stops in order", async () => {
    await ana.leave();
    must(await server.stop(), "it did not end by itself within 20 seconds");
  });
}

await steps.play(run, {
  failed: async () => {
    if (ana?.page && !ana.page.isClosed()) await screenshot("failed").catch(() => undefined);
    console.log(`What was seen of the line: ${JSON.stringify(seen.slice(-12))}`);
    console.log(`What the page showed and the server's log are in ${OUT}`);
  },
  end: async () => {
    line.end();
    await browser?.close().catch(() => undefined);
    await server.clear();
  },
});
