// From Connect to Connected by keyboard alone: once in the picture, once in "Simple". Each stop is seen; the way out of the
// picture is announced and works; what is pressed in the picture is the site's alone, and what is pressed beside it is not.

import { TITLES, WORDS } from "./support/person.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";
import { KeyboardStory } from "./by-keyboard.mjs";

const story = new KeyboardStory("page-keyboard");
const { step, server } = story;
/** Keys pressed in the picture that anything else of the page or the modal could have acted on. */
const leaked = [];
let ana;

/** Runs in each frame: the last place where a key would be acted on by somebody else. */
function watchKeys() {
  for (const type of ["keydown", "keyup", "keypress"]) {
    document.addEventListener(type, (event) => {
      if (event.target.classList?.contains("live-field")) window.__leaked(`${type} ${event.key}`);
    });
  }
}

async function said() {
  return (await ana.inModal("live-said").textContent()).trim();
}

const sheetIsOpen = () => ana.inModal("leave").isVisible();

async function inThePicture() {
  await step("Tab reaches the card's Connect; Enter opens the modal, and the focus goes into it", () => ana.openByKey("Enter"));
  await step("what will happen is agreed to by Space", async () => {
    await ana.agreeByKey("Space");
    await ana.reads(WORDS.awaiting, 60);
    await ana.hasPicture();
    await ana.inFront(TITLES.login, 60);
  });
  await step("Tab leads through the modal's buttons into the picture, which says how to get out of it", async () => {
    const stop = await ana.tabIntoPicture();
    must(stop.how.includes("Press Escape twice to leave"), `it is described by “${stop.how}”`);
  });
  await step("there Tab is the site's: through its fields to its cookie banner, which Enter accepts", async () => {
    must(await ana.bannerIsShown(), "there is no banner");
    await ana.key("Tab");
    await ana.isInField("E-mail");
    await ana.key("Tab");
    await ana.isInField("Password");
    for (const key of ["Tab", "Tab", "Tab", "Enter"]) await ana.key(key);
    await until("the cookie banner goes", async () => !(await ana.bannerIsShown()));
    for (let n = 0; n < 4; n += 1) await ana.key("Shift+Tab");
    await ana.isInField("E-mail");
  });
  await step("e-mail, corrected by the arrow keys; password; Enter: the site asks for the code, and its field is said", async () => {
    const { email, password } = server.account;
    // Without its second letter, which is put in afterwards.
    await ana.type(email[0] + email.slice(2));
    await ana.key("Home");
    await ana.key("ArrowRight");
    await ana.type(email[1]);
    await ana.key("Tab");
    await ana.isInField("Password");
    await ana.type(password);
    await ana.key("Enter");
    await ana.inFront(TITLES.code);
    await ana.isInField("Code");
    mustEqual(await said(), "In the field: Code", "what is announced");
  });
  await step("Escape is the site's; Escape twice leaves the picture, says so, and leads to the modal's button", async () => {
    await ana.key("Escape");
    await ana.isInField("Code");
    must(!(await sheetIsOpen()), "the modal asks whether to stop");
    // A second one within a second is what leaves: the first of these may be that, or the second.
    await until("the focus has left the picture", async () => {
      await ana.key("Escape");
      return !(await ana.focused()).inPicture;
    });
    await ana.goesTo("finish");
    mustEqual(await said(), "You have left the live view.", "what is announced");
    must(!(await sheetIsOpen()), "the modal asks whether to stop");
  });
  await step("what is pressed beside the picture does not reach the site", async () => {
    // The code would be wrong with these before it.
    await ana.type("987");
    await ana.key("Backspace");
    must((await ana.focused()).testId === "finish", "the focus went elsewhere");
  });
  await step("Escape beside the picture asks whether to stop; Tab stays within the question; Escape takes it back", async () => {
    await until("the modal asks", async () => {
      // Right after the view was left it is not taken as a wish to stop.
      await ana.key("Escape");
      return sheetIsOpen();
    });
    for (const testId of ["leave-stop", "leave-stay"]) await ana.tabToTestId(testId);
    for (let n = 0; n < 4; n += 1) {
      await ana.key("Tab");
      const { tag, testId, name } = await ana.focused();
      must(["main", "body", "dialog"].includes(tag) || ["leave", "leave-stop", "leave-stay"].includes(testId) || name === "Close", `Tab leads to ${testId ?? name}`);
    }
    await ana.key("Escape");
    await ana.inModal("leave").waitFor({ state: "hidden" });
    await ana.goesTo("finish");
  });
  await step("Shift+Tab leads back into the picture, where the field is as it was left; the code is given", async () => {
    await ana.tabIntoPicture("Shift+Tab");
    await ana.isInField("Code");
    await ana.type(await ana.freshCode());
    await ana.key("Enter");
    await ana.reads(WORDS.detected);
  });
  await step("no key that was pressed in the picture was to be had by the modal or the page", () => mustEqual(leaked, [], "keys"));
  await step("Escape twice, Enter on “I Finished Login”: verified and saved", async () => {
    await ana.key("Escape");
    await ana.key("Escape");
    await ana.goesTo("finish");
    await ana.finishByKey("Enter");
  });
  await atTheEnd();
}

async function atTheEnd() {
  await step("the modal goes, and the focus is on the card where it was opened", async () => {
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    let last;
    await until("the focus is on a button of the card", async () => {
      last = await ana.focused();
      return last.where === "page" && last.card === "card-demo-market" && last.tag === "button" && last.seen;
    }).catch((error) => {
      throw new Error(`${error.message}; it is on ${JSON.stringify(last)}`);
    });
  });
}

async function inSimple() {
  await step("again from Connect, by Space: nothing is asked that was agreed to before", async () => {
    await ana.startOver();
    await ana.page.reload();
    await ana.at("card-demo-market").waitFor();
    await ana.openByKey("Space");
    await ana.reads(WORDS.awaiting, 60);
    await ana.hasPicture();
    await ana.inFront(TITLES.login, 60);
  });
  await step("“Simple” by Space: the site's form is one of the modal's", async () => {
    await ana.tabToTestId("live-simple");
    await ana.key("Space");
    await ana.inModal("live-form").getByLabel("E-mail").waitFor();
  });
  const field = (name) => ana.tabTo(`the field “${name}”`, (stop) => stop.inForm && stop.name.startsWith(name));
  await step("a wrong password is told in words, and what was typed stays", async () => {
    await field("E-mail");
    await ana.type(server.account.email);
    await field("Password");
    await ana.type("not-my-password");
    await ana.key("Enter");
    await ana.inModal("live-form").getByText("The e-mail or the password is not right.").first().waitFor();
    mustEqual(await ana.inModal("live-form").getByLabel("E-mail").inputValue(), server.account.email, "the e-mail");
  });
  await step("the right one, Enter: the form asks for the code, and the focus is in it", async () => {
    await until("the focus is where the password is to be given again", async () => {
      const { inForm, name } = await ana.focused();
      return inForm && name.startsWith("Password");
    });
    await ana.type(server.account.password);
    await ana.key("Enter");
    await ana.inFront(TITLES.code);
    await until("the focus is in the code's field", async () => (await ana.focused()).name?.startsWith("Code"));
  });
  await step("the code, Enter: the login is detected", async () => {
    await ana.type(await ana.freshCode());
    await ana.key("Enter");
    await ana.reads(WORDS.detected);
  });
  await step("Tab to “I Finished Login”, Space: verified and saved", async () => {
    // The form is gone with the login: the next Tab goes into the picture, where Tab is the site's, and Escape twice leaves it.
    await ana.tabTo("the picture or the button", (stop) => stop.inPicture || stop.testId === "finish");
    if ((await ana.focused()).inPicture) {
      await ana.key("Escape");
      await ana.key("Escape");
    }
    await ana.goesTo("finish");
    await ana.finishByKey("Space");
  });
  await atTheEnd();
}

await story.play({
  hears: ["__leaked", (key) => leaked.push(key)],
  by: watchKeys,
  parts: async (person) => {
    ana = person;
    await inThePicture();
    await inSimple();
  },
  failed: async () => console.log(`It had the focus: ${JSON.stringify(await ana.focused().catch(() => null))}`),
});
