// From Connect to Connected as a screen reader has it: the accessibility tree of each state, and what is put into its live
// regions. Once in the picture, where the site's field in focus is named; once in "Simple", where the site's form is one of ours.

import { TITLES, WORDS } from "./support/person.mjs";
import { must, mustEqual, until } from "./support/waiting.mjs";
import { KeyboardStory } from "./by-keyboard.mjs";

const story = new KeyboardStory("page-screen-reader");
const { step, server } = story;
/** What was read out by itself, in order. */
let announced = [];
let ana;

/** Runs in each frame: tells what is put into a live region, each time that it changes, as a screen reader reads it out. */
function listen() {
  const LIVE = '[role="status"], [role="alert"], [aria-live="polite"], [aria-live="assertive"]';
  const known = new WeakMap();
  const look = () => {
    for (const region of document.querySelectorAll(LIVE)) {
      const text = region.checkVisibility() ? region.innerText.trim().replace(/\s+/g, " ") : "";
      if (text !== (known.get(region) ?? "") && text !== "") window.__announced(text);
      known.set(region, text);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

const times = (words) => announced.filter((text) => text === words).length;

async function isAnnouncedOnce(words) {
  await until(`“${words}” is read out`, () => times(words) > 0);
  mustEqual(times(words), 1, `times that “${words}” was read out`);
}

/** All of the page, or of the modal, as Chromium hands it to a screen reader. */
async function tree(of) {
  const session = await ana.context.newCDPSession(ana.page);
  try {
    await session.send("Accessibility.enable");
    const { frameTree } = await session.send("Page.getFrameTree");
    const frameId = of === "modal" ? frameTree.childFrames.find(({ frame }) => frame.url.includes("/connect")).frame.id : frameTree.frame.id;
    const { nodes } = await session.send("Accessibility.getFullAXTree", { frameId });
    return nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, description, properties = [], backendDOMNodeId }) => ({
        role: role?.value,
        name: (name?.value ?? "").trim(),
        description: description?.value ?? "",
        id: backendDOMNodeId,
        ...Object.fromEntries(properties.map((one) => [one.name, one.value.value])),
      }));
  } finally {
    await session.detach();
  }
}

const CONTROLS = new Set(["button", "link", "textbox", "checkbox", "radio", "switch", "combobox", "listbox", "menuitem"]);
const PICTURES = new Set(["image", "img", "Canvas", "graphics-document", "graphics-object"]);

/** What holds in every state. Answers the modal's tree. */
async function isReadable() {
  const outside = await tree("page");
  const dialogs = outside.filter(({ role }) => role === "dialog");
  mustEqual(dialogs.map(({ name }) => name), [WORDS.title], "dialogs");
  must(!outside.some(({ role }) => role === "button" || role === "heading"), "what is behind the dialog is read too");
  const nodes = await tree("modal");
  const [heading] = nodes.filter(({ role, level }) => role === "heading" && level === 1);
  mustEqual(heading?.name, WORDS.title, "the modal's heading");
  const nameless = nodes.filter(({ role, name }) => (CONTROLS.has(role) || PICTURES.has(role)) && name === "");
  mustEqual(nameless.map(({ role }) => role), [], "what has no name");
  must(!nodes.some(({ role }) => role === "Canvas"), "the picture itself is read");
  return nodes;
}

const one = (nodes, role, name) => {
  const found = nodes.filter((node) => node.role === role && (name === undefined || node.name.startsWith(name)));
  mustEqual(found.length, 1, `things that are a ${role} “${name ?? ""}”`);
  return found[0];
};

/** The one field that can be typed into, as it is read when the focus is in the picture. */
async function isTypingInto(name) {
  await ana.isInField(name);
  const nodes = await isReadable();
  const fields = nodes.filter(({ role }) => role === "textbox");
  mustEqual(fields.map((field) => field.name), [name], "the fields that are read in the picture");
  must(fields[0].focused, `the focus is not in “${name}”`);
  must(fields[0].description.includes("Press Escape twice to leave"), `“${name}” is described by “${fields[0].description}”`);
  return fields[0];
}

async function inThePicture() {
  await step("the card's button says what it connects", async () => {
    const nodes = await tree("page");
    one(nodes, "button", "Connect Demo Market");
    must(nodes.some(({ role, name }) => role === "heading" && name === "Demo Market"), "the card has no heading");
  });
  await step("Connect: a dialog with its name; what will happen is text with headings, and buttons that say what they do", async () => {
    await ana.openByKey("Enter");
    await ana.inModal("prime-continue").waitFor();
    const nodes = await isReadable();
    one(nodes, "button", "Continue");
    one(nodes, "button", "Cancel");
    one(nodes, "button", "Close and cancel the login");
    must(nodes.some(({ name }) => name.includes("they are never stored here")), "what is kept is not read");
  });
  await step("the browser is there: said once, and the live view is a region with its name", async () => {
    await ana.agreeByKey("Enter");
    await ana.reads(WORDS.awaiting, 60);
    await ana.hasPicture();
    await ana.inFront(TITLES.login, 60);
    await isAnnouncedOnce(WORDS.awaiting);
    const nodes = await isReadable();
    one(nodes, "region", "Live view of Demo Market");
    one(nodes, "switch", "Simple");
    one(nodes, "button", WORDS.finish);
    one(nodes, "button", "Leave the live view (press Escape twice)");
    one(nodes, "group", "Address");
  });
  await step("in the picture the site's field in focus is what one types into, by its own label; it is said as it changes", async () => {
    await ana.tabIntoPicture();
    await ana.key("Tab");
    await isTypingInto("E-mail");
    await isAnnouncedOnce("In the field: E-mail");
    await ana.type(server.account.email);
    await ana.key("Tab");
    await isTypingInto("Password");
    await isAnnouncedOnce("In the field: Password");
    await ana.type(server.account.password);
  });
  await step("what is typed is not in the tree: neither the password, nor as a name or a description", async () => {
    const text = JSON.stringify(await tree("modal"));
    must(!text.includes(server.account.password), "the password is read");
  });
  await step("the next page: its field is named", async () => {
    await ana.key("Enter");
    await ana.inFront(TITLES.code);
    await isTypingInto("Code");
    await isAnnouncedOnce("In the field: Code");
  });
  await step("the login is detected: said once, while the focus stays where it is", async () => {
    await ana.type(await ana.freshCode());
    await ana.key("Enter");
    await ana.reads(WORDS.detected);
    await isAnnouncedOnce(WORDS.detected);
    must((await ana.focused()).inPicture, "the focus was taken away");
    await isReadable();
  });
  await step("the view is left: that is said, and the button is where the focus is", async () => {
    await ana.key("Escape");
    await ana.key("Escape");
    await ana.goesTo("finish");
    await isAnnouncedOnce("You have left the live view.");
    must(one(await isReadable(), "button", WORDS.finish).focused, "the button has not the focus");
  });
  await step("verifying and saved: each said once, to the end", async () => {
    const inTheEnd = ana.inModal("result").waitFor({ timeout: 60_000 }).then(() => tree("modal"));
    await ana.finishByKey("Enter");
    const nodes = await inTheEnd;
    one(nodes, "button", "Done");
    must(nodes.some(({ name }) => name.includes("The session is kept, sealed.")), "what was done is not read");
    await isAnnouncedOnce(WORDS.verifying);
    await isAnnouncedOnce(WORDS.saved);
  });
  await step("the page is there again, and its status was said", async () => {
    await ana.modalIsClosed();
    await ana.cardReads("Connected");
    const nodes = await tree("page");
    must(!nodes.some(({ role }) => role === "dialog"), "the dialog is still there");
    await isAnnouncedOnce("Connected");
  });
}

async function inSimple() {
  await step("again, in “Simple”: the site's form has its labels, kinds and buttons", async () => {
    await ana.startOver();
    await ana.page.reload();
    await ana.at("card-demo-market").waitFor();
    announced = [];
    await ana.openByKey("Enter");
    await ana.reads(WORDS.awaiting, 60);
    await ana.hasPicture();
    await ana.inFront(TITLES.login, 60);
    await ana.tabToTestId("live-simple");
    await ana.key("Space");
    await ana.inModal("live-form").getByLabel("E-mail").waitFor();
    const nodes = await isReadable();
    one(nodes, "switch", "Simple");
    mustEqual(one(nodes, "switch", "Simple").checked, "true", "the switch");
    one(nodes, "region", "The page's form");
    for (const name of ["E-mail", "Password"]) mustEqual(one(nodes, "textbox", name).required, true, `${name} is required`);
    one(nodes, "button", "Sign in");
  });
  const field = (name) => ana.tabTo(`the field “${name}”`, (stop) => stop.inForm && stop.name.startsWith(name));
  await step("a wrong password: what the site says of it is read out, once", async () => {
    await field("E-mail");
    await ana.type(server.account.email);
    await field("Password");
    await ana.type("not-my-password");
    await ana.key("Enter");
    const wrong = "The e-mail or the password is not right. Check them and try again.";
    await until("the error is read out", () => announced.some((text) => text.includes(wrong)));
    mustEqual(announced.filter((text) => text.includes(wrong)).length, 1, "times that the error was read out");
    const nodes = await isReadable();
    must(nodes.some(({ role }) => role === "alert"), "no alert");
    must(nodes.some(({ name }) => name.includes(wrong)), "the error is not read");
  });
  await step("to the end: each state is said once", async () => {
    await until("the focus is where the password is to be given again", async () => {
      const { inForm, name } = await ana.focused();
      return inForm && name.startsWith("Password");
    });
    await ana.type(server.account.password);
    await ana.key("Enter");
    await ana.inFront(TITLES.code);
    // In the form: while that is on its way one types into the picture.
    await until("the focus is in the code's field", async () => {
      const { inForm, name } = await ana.focused();
      return inForm && name.startsWith("Code");
    });
    // The picture is called by the field in which the site's own focus is: then there are two of that name.
    const codes = (await isReadable()).filter(({ role, name }) => role === "textbox" && name.startsWith("Code"));
    must(codes.length > 0, "no field is called “Code”");
    await ana.type(await ana.freshCode());
    await ana.key("Enter");
    await ana.reads(WORDS.detected);
    await ana.tabTo("the picture or the button", (stop) => stop.inPicture || stop.testId === "finish");
    if ((await ana.focused()).inPicture) {
      await ana.key("Escape");
      await ana.key("Escape");
    }
    await ana.goesTo("finish");
    await ana.finishByKey("Enter");
    await ana.modalIsClosed();
    for (const words of [WORDS.awaiting, WORDS.detected, WORDS.verifying, WORDS.saved]) await isAnnouncedOnce(words);
  });
}

await story.play({
  hears: ["__announced", (text) => announced.push(text)],
  by: listen,
  parts: async (person) => {
    ana = person;
    await inThePicture();
    await inSimple();
  },
  failed: () => console.log(`It was read out: ${announced.join(" → ")}`),
});
