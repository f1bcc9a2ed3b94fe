// A long text is typed while the line is cut again and again, and the page is reloaded while it is down: nothing typed is lost
// or doubled.

import { test } from "../support/fixtures.mjs";
import { TITLES, WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { begins, ends } from "./story.mjs";

test.describe.configure({ mode: "serial" });

const story = begins("long-text");
/** The first text that is typed into the page. */
let longText;

/** Everything that was typed, as the page has it: read in the plain form beside the picture. */
async function emailInThePage(wanted) {
  const { ana } = story;
  await ana.inModal("live-simple").click();
  const field = ana.inModal("live-form").getByLabel("E-mail");
  await field.waitFor();
  await until("the page's e-mail is what was typed", async () => (await field.inputValue()) === wanted, 30).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await field.inputValue())} instead of ${JSON.stringify(wanted)}`);
  });
  await ana.inModal("live-simple").click();
  await ana.inModal("live-form").waitFor({ state: "hidden" });
}

test("a login is under way (a long text)", () => story.begin());
test("a long text typed across ten cuts of all kinds is in the page letter for letter", async () => {
  const { ana, line, seen } = story;
  const faults = [() => line.cut(), () => line.cut("socket"), () => line.cut("stream"), () => line.break(), () => line.freeze()];
  // No two parts are alike: one that is lost or comes twice is seen.
  const parts = Array.from({ length: 11 }, (_, n) => `part-${n}-abcdefghij.`);
  await ana.clickIn("login", "#username");
  await ana.type(parts[0]);
  for (const [n, part] of parts.slice(1).entries()) {
    // Between its letters, each time elsewhere.
    await ana.type(part.slice(0, n + 1));
    faults[n % faults.length]();
    await ana.type(part.slice(n + 1));
    line.mend();
  }
  await until("the line is back", () => !seen.at(-1)?.view && !seen.at(-1)?.modal, 30);
  const domain = "@example.com";
  await ana.type(domain);
  longText = parts.join("") + domain;
  await emailInThePage(longText);
});
test("a reload while the network is down: once it is back, a reload finds the login where it is", async () => {
  const { ana, line } = story;
  const { login } = await story.card();
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
  mustEqual((await story.card()).login.id, login.id, "the login under way");
  await story.pictures.take("after-the-reload", ana.page);
});
test("what was typed before is still there, and what is typed now goes on", async () => {
  const { ana } = story;
  await emailInThePage(longText);
  await ana.clickIn("login", "#username");
  await ana.page.keyboard.press("Control+a");
  await ana.type("ana@new.example");
  await emailInThePage("ana@new.example");
  await ana.cancel();
});

ends(story);
