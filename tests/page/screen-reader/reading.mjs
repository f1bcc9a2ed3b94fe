// What a screen reader has of the page and the modal: their accessibility trees, and what is put into their live regions.

import { WORDS } from "../support/person.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";

const CONTROLS = new Set(["button", "link", "textbox", "checkbox", "radio", "switch", "combobox", "listbox", "menuitem"]);
const PICTURES = new Set(["image", "img", "Canvas", "graphics-document", "graphics-object"]);

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

export class ScreenReader {
  /** What was read out by itself, in order. */
  announced = [];

  /** @param person a KeyboardPerson, before their page is opened */
  constructor(person) {
    this.person = person;
  }

  async start() {
    await this.person.watches("__announced", (text) => this.announced.push(text), listen);
    return this;
  }

  timesAnnounced(words) {
    return this.announced.filter((text) => text === words).length;
  }

  async isAnnouncedOnce(words) {
    await until(`“${words}” is read out`, () => this.timesAnnounced(words) > 0);
    mustEqual(this.timesAnnounced(words), 1, `times that “${words}” was read out`);
  }

  /** All of the page, or of the modal, as Chromium hands it to a screen reader. */
  async tree(of) {
    const session = await this.person.context.newCDPSession(this.person.page);
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
          ...Object.fromEntries(properties.map((property) => [property.name, property.value.value])),
        }));
    } finally {
      await session.detach();
    }
  }

  /** What holds in every state. Answers the modal's tree. */
  async isReadable() {
    const outside = await this.tree("page");
    const dialogs = outside.filter(({ role }) => role === "dialog");
    mustEqual(dialogs.map(({ name }) => name), [WORDS.title], "dialogs");
    must(!outside.some(({ role }) => role === "button" || role === "heading"), "what is behind the dialog is read too");
    const nodes = await this.tree("modal");
    const [heading] = nodes.filter(({ role, level }) => role === "heading" && level === 1);
    mustEqual(heading?.name, WORDS.title, "the modal's heading");
    const nameless = nodes.filter(({ role, name }) => (CONTROLS.has(role) || PICTURES.has(role)) && name === "");
    mustEqual(nameless.map(({ role }) => role), [], "what has no name");
    must(!nodes.some(({ role }) => role === "Canvas"), "the picture itself is read");
    return nodes;
  }

  /** The one field that can be typed into, as it is read when the focus is in the picture. */
  async isTypingInto(name) {
    await this.person.isInField(name);
    const nodes = await this.isReadable();
    const fields = nodes.filter(({ role }) => role === "textbox");
    mustEqual(fields.map((field) => field.name), [name], "the fields that are read in the picture");
    must(fields[0].focused, `the focus is not in “${name}”`);
    must(fields[0].description.includes("Press Escape twice to leave"), `“${name}” is described by “${fields[0].description}”`);
  }
}

/** The only node of that role whose name begins so. */
export function one(nodes, role, name) {
  const found = nodes.filter((node) => node.role === role && (name === undefined || node.name.startsWith(name)));
  mustEqual(found.length, 1, `things that are a ${role} “${name ?? ""}”`);
  return found[0];
}
