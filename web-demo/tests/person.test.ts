// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Platform } from "@/live/fields";
import { Person } from "@/live/person";
import type { Input, PageField } from "@/live/protocol";

const PC: Platform = { mac: false, ios: false, android: false, phone: false };
const ANDROID: Platform = { mac: false, ios: false, android: true, phone: true };

let sent: Input[];
let taken: string[];
let person: Person;
let canvas: HTMLCanvasElement;
let area: HTMLTextAreaElement;
let line: HTMLInputElement;
let secret: HTMLInputElement;

function make(platform: Platform) {
  person?.end();
  sent = [];
  taken = [];
  const stage = document.createElement("div");
  canvas = document.createElement("canvas");
  area = document.createElement("textarea");
  [line, secret] = [document.createElement("input"), document.createElement("input")];
  secret.type = "password";
  line.hidden = secret.hidden = true;
  stage.append(canvas, area, line, secret);
  document.body.replaceChildren(stage);
  canvas.setPointerCapture = () => undefined;
  canvas.getBoundingClientRect = () => ({ left: 0, top: 0, width: 400, height: 300 }) as DOMRect;
  person = new Person({
    canvas,
    area,
    line,
    secret,
    stage,
    platform,
    page: () => ({ width: 800, height: 600 }),
    send: (input) => void sent.push(input),
    congested: () => false,
    intercept: (event) => {
      if (event.key !== "F2") return false;
      taken.push(event.key);
      return true;
    },
    onRoom: () => undefined,
  });
  area.focus();
}

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class {
    observe() {}
    disconnect() {}
  });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 0));
  make(PC);
});
afterEach(() => {
  person.end();
  vi.unstubAllGlobals();
});

const field = (part: Partial<PageField> = {}): PageField => ({
  kind: "text",
  inputMode: null,
  autocomplete: null,
  label: "Name",
  multiline: false,
  empty: true,
  suggestions: null,
  x: 40,
  y: 40,
  width: 200,
  height: 40,
  ...part,
});

const active = () => person.fields.active;
const key = (type: "keydown" | "keyup", name: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent(type, { key: name, code: name, cancelable: true, bubbles: true, ...more });
  active().dispatchEvent(event);
  return event;
};
const edit = (type: "beforeinput" | "input", inputType: string, more: InputEventInit = {}) => {
  const event = new InputEvent(type, { inputType, cancelable: type === "beforeinput", bubbles: true, ...more });
  active().dispatchEvent(event);
  return event;
};
const compose = (type: "start" | "update" | "end", data: string) =>
  active().dispatchEvent(new CompositionEvent(`composition${type}`, { data, bubbles: true }));
const texts = () => sent.flatMap((input) => (input.type === "text" ? [input.text] : []));
const pressed = () => sent.flatMap((input) => (input.type === "key" && input.action === "down" ? [input.key] : []));

function pointer(type: string, x: number, y: number, more: MouseEventInit & { pointerId?: number; pointerType?: string } = {}) {
  const { pointerId = 1, pointerType = "mouse", ...init } = more;
  const event = new MouseEvent(type, { clientX: x, clientY: y, cancelable: true, bubbles: true, ...init });
  canvas.dispatchEvent(Object.assign(event, { pointerId, pointerType }));
}

describe("keys at the live view", () => {
  it("go to the page and to nobody else", () => {
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => void heard.push(event.key);
    document.addEventListener("keydown", listen, { capture: true });
    expect(key("keydown", "Tab").defaultPrevented).toBe(true);
    key("keyup", "Tab");
    document.removeEventListener("keydown", listen, { capture: true });
    expect(heard).toEqual([]);
    expect(sent).toMatchObject([
      { type: "key", action: "down", key: "Tab" },
      { type: "key", action: "up", key: "Tab" },
    ]);
  });

  it("elsewhere are nobody's business here", () => {
    const button = document.body.appendChild(document.createElement("button"));
    button.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    expect(sent).toEqual([]);
  });

  it("may be taken by what is open beside the field", () => {
    expect(key("keydown", "F2").defaultPrevented).toBe(true);
    expect(taken).toEqual(["F2"]);
    expect(sent).toEqual([]);
  });

  it("none stays down over there when the focus goes", () => {
    key("keydown", "Shift", { shiftKey: true });
    area.blur();
    expect(sent.at(-1)).toMatchObject({ type: "key", action: "up", key: "Shift", modifiers: 0 });
  });

  it("the key that went down goes up, whatever it is called by then", () => {
    key("keydown", "A", { code: "KeyA", shiftKey: true });
    key("keyup", "a", { code: "KeyA" });
    expect(sent).toMatchObject([
      { key: "A", action: "down", modifiers: 8 },
      { key: "A", action: "up", modifiers: 0 },
    ]);
  });
});

describe("text that is no key", () => {
  it("an emoji, a dictated word: once", () => {
    area.value += "😀";
    edit("input", "insertText", { data: "😀" });
    area.value += "olá";
    edit("input", "insertText", { data: "olá" });
    expect(texts()).toEqual(["😀", "olá"]);
  });

  it("Chromium's composition: previewed, and committed once", () => {
    key("keydown", "Process", { keyCode: 229 });
    compose("start", "");
    for (const text of ["ni", "に"]) {
      compose("update", text);
      area.value = `\u200b${text}`;
      edit("input", "insertCompositionText", { data: text, isComposing: true });
    }
    compose("end", "に");
    expect(sent).toEqual([
      { type: "composition", text: "ni", start: 2, end: 2 },
      { type: "composition", text: "に", start: 1, end: 1 },
      { type: "text", text: "に" },
    ]);
  });

  it("Firefox's, whose last input comes after the end", () => {
    compose("start", "");
    compose("update", "に");
    area.value += "に";
    edit("input", "insertCompositionText", { data: "に", isComposing: true });
    compose("end", "に");
    edit("input", "insertCompositionText", { data: "に" });
    expect(texts()).toEqual(["に"]);
  });

  it("Safari's, which replaces the composed text and tells Enter afterwards", () => {
    compose("start", "");
    compose("update", "n");
    area.value += "n";
    edit("input", "insertCompositionText", { data: "n", isComposing: true });
    area.value = "\u200b";
    edit("input", "deleteCompositionText", { isComposing: true });
    area.value += "に";
    edit("input", "insertFromComposition", { data: "に", isComposing: true });
    compose("end", "に");
    expect(key("keydown", "Enter", { keyCode: 229 }).defaultPrevented).toBe(false);
    key("keyup", "Enter", { keyCode: 13 });
    expect(texts()).toEqual(["に"]);
    expect(pressed()).toEqual([]);
  });

  it("a dead key that makes an accent", () => {
    expect(key("keydown", "Dead").defaultPrevented).toBe(false);
    compose("start", "");
    compose("update", "´");
    area.value += "´";
    compose("update", "é");
    area.value = "\u200bé";
    compose("end", "é");
    edit("input", "insertText", { data: "é" });
    expect(texts()).toEqual(["é"]);
  });

  it("a composition that is given up leaves nothing behind", () => {
    compose("start", "");
    compose("update", "ni");
    area.value += "ni";
    compose("update", "");
    area.value = "\u200b";
    compose("end", "");
    expect(sent.at(-1)).toEqual({ type: "composition", text: "", start: 0, end: 0 });
    expect(texts()).toEqual([]);
  });

  it("a click while one composes takes what stands there", () => {
    compose("start", "");
    compose("update", "jo");
    area.value += "jo";
    pointer("pointerdown", 10, 10);
    expect(sent.map((input) => input.type)).toEqual(["composition", "text", "mouse"]);
    compose("end", "jo");
    expect(texts()).toEqual(["jo"]);
  });

  it("a phone's correction is a correction", () => {
    make(ANDROID);
    for (const letter of "teh") {
      area.value += letter;
      edit("input", "insertText", { data: letter });
    }
    area.value = "\u200bthe ";
    edit("input", "insertReplacementText", { data: "the " });
    expect(texts()).toEqual(["t", "e", "h", "he "]);
    expect(pressed()).toEqual(["Backspace", "Backspace"]);
  });

  it("a phone that composes a word anew shows no preview of what is there already", () => {
    make(ANDROID);
    area.value += "joao";
    edit("input", "insertText", { data: "joao" });
    compose("start", "joao");
    compose("update", "joã");
    area.value = "\u200bjoã";
    edit("input", "insertCompositionText", { data: "joã", isComposing: true });
    compose("update", "joão");
    area.value = "\u200bjoão";
    compose("end", "joão");
    expect(sent.some((input) => input.type === "composition")).toBe(false);
    expect(texts()).toEqual(["joao", "ão"]);
    expect(pressed()).toEqual(["Backspace", "Backspace"]);
  });

  it("a phone's delete and enter are keys, also where it cannot be kept from deleting", () => {
    make(ANDROID);
    edit("beforeinput", "deleteContentBackward");
    edit("beforeinput", "insertLineBreak");
    edit("beforeinput", "deleteContentBackward", { cancelable: false });
    area.value = "";
    edit("input", "deleteContentBackward");
    expect(pressed()).toEqual(["Backspace", "Enter", "Backspace"]);
    expect(area.value).toBe("\u200b");
  });

  it("what a password manager fills in replaces what is in the page's field", () => {
    person.show(field({ kind: "password", label: "Password" }), "Password");
    expect(document.activeElement).toBe(secret);
    expect(secret.value).toBe("");
    secret.value = "correct horse";
    secret.dispatchEvent(new Event("input", { bubbles: true }));
    expect(sent).toEqual([
      { type: "edit", action: "select_all" },
      { type: "text", text: "correct horse" },
    ]);
    expect(secret.value).toBe("");
    expect(secret.getAttribute("value")).toBeNull();
  });

  it("a one-time code's suggestion too", () => {
    make(ANDROID);
    person.show(field({ kind: "one-time-code", label: "Code" }), "Code");
    line.value = "123456";
    edit("input", "insertReplacementText", { data: "123456" });
    expect(sent).toEqual([
      { type: "edit", action: "select_all" },
      { type: "text", text: "123456" },
    ]);
  });

  it("paste brings the text of this computer's clipboard, long ones in pieces; the key is not forwarded", () => {
    expect(key("keydown", "v", { ctrlKey: true }).defaultPrevented).toBe(false);
    const paste = new Event("paste", { cancelable: true });
    area.dispatchEvent(Object.assign(paste, { clipboardData: { getData: () => "😀\n".repeat(6000) } }));
    expect(paste.defaultPrevented).toBe(true);
    const pasted = sent.map((input) => (input.type === "edit" && input.action === "paste" ? input.text : "?"));
    expect(pasted).toHaveLength(2);
    expect(pasted.join("")).toBe("😀\n".repeat(6000));
  });

  it("copy and cut from the browser's own menu mean the page's selection", () => {
    for (const type of ["copy", "cut"]) area.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), {}));
    expect(sent).toEqual([
      { type: "edit", action: "copy" },
      { type: "edit", action: "cut" },
    ]);
  });
});

describe("the hidden field", () => {
  it("is what the page's field is, with its name", () => {
    person.show(field({ kind: "email", label: "E-mail", autocomplete: "username" }), "E-mail");
    expect(document.activeElement).toBe(line);
    expect(area.hidden).toBe(true);
    expect(line.getAttribute("aria-label")).toBe("E-mail");
    expect(line.getAttribute("inputmode")).toBe("email");
    expect(line.getAttribute("autocomplete")).toBe("username");
    expect(line.getAttribute("enterkeyhint")).toBe("go");
    person.show(field({ kind: "tel", inputMode: "numeric" }), "Phone");
    expect([line.type, line.getAttribute("inputmode")]).toEqual(["tel", "numeric"]);
    person.show(field({ kind: "one-time-code" }), "Code");
    expect([line.getAttribute("inputmode"), line.getAttribute("autocomplete")]).toEqual(["numeric", "one-time-code"]);
    person.show(field({ kind: "multiline", multiline: true }), "Text");
    expect(document.activeElement).toBe(area);
    expect(area.getAttribute("autocomplete")).toBe("off");
  });

  it("takes no words from a page that a browser does not know", () => {
    person.show(field({ autocomplete: "section-a shipping street-address", inputMode: "evil" }), "Street");
    expect(line.getAttribute("autocomplete")).toBe("street-address");
    expect(line.getAttribute("inputmode")).toBe("text");
    person.show(field({ autocomplete: "x' onfocus='" }), "Street");
    expect(line.getAttribute("autocomplete")).toBe("off");
  });

  it("is not changed under somebody who composes", () => {
    compose("start", "");
    compose("update", "に");
    area.value += "に";
    person.show(field({ kind: "password" }), "Password");
    expect(document.activeElement).toBe(area);
    compose("end", "に");
    expect(document.activeElement).toBe(secret);
    expect(texts()).toEqual(["に"]);
  });

  it("releases no key when it is another one for the next field of the page", () => {
    key("keydown", "Shift", { shiftKey: true });
    person.show(field({ kind: "password" }), "Password");
    expect(sent).toHaveLength(1);
    key("keyup", "Shift");
    expect(sent.at(-1)).toMatchObject({ action: "up", key: "Shift" });
  });

  it("brings a phone's keyboard up for a field, and not for a tap beside it", () => {
    make(ANDROID);
    area.blur();
    const finger = { pointerType: "touch", pointerId: 9 };
    pointer("pointerdown", 300, 200, finger);
    pointer("pointerup", 300, 200, finger);
    expect(document.activeElement).toBe(area);
    expect(area.getAttribute("inputmode")).toBe("none");
    person.show(field({ kind: "number" }), "Amount");
    expect(document.activeElement).toBe(line);
    expect(line.getAttribute("inputmode")).toBe("decimal");
    person.show(null, "Page");
    expect(area.getAttribute("inputmode")).toBe("none");
  });
});

describe("the pointer at the live view", () => {
  it("a click is pressed and released where it is, with what was moved before", () => {
    pointer("pointermove", 100, 100);
    pointer("pointerdown", 100, 150);
    pointer("pointerup", 100, 150);
    expect(sent).toMatchObject([
      { type: "mouse", action: "moved", x: 200, y: 200, button: "none" },
      { type: "mouse", action: "pressed", x: 200, y: 300, button: "left", clickCount: 1 },
      { type: "mouse", action: "released", x: 200, y: 300, button: "left", clickCount: 1 },
    ]);
    expect(document.activeElement).toBe(area);
  });

  it("moves between two pictures are told once", async () => {
    for (let x = 0; x < 50; x += 1) pointer("pointermove", x, 10);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ x: 98, y: 20 });
  });

  it("a picture that moves under a mouse that lies still is no move of the mouse", async () => {
    pointer("pointermove", 30, 10);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    pointer("pointermove", 30, 10);
    pointer("pointermove", 31, 10);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ x: 62 });
  });

  it("a drag says which button is held; one that is broken off is released", () => {
    pointer("pointerdown", 10, 10);
    pointer("pointermove", 50, 10, { buttons: 1 });
    pointer("pointerup", 60, 10);
    expect(sent).toMatchObject([{ action: "pressed" }, { action: "moved", button: "left" }, { action: "released", x: 120 }]);
    sent.length = 0;
    pointer("pointerdown", 10, 10);
    pointer("pointercancel", 10, 10);
    expect(sent).toMatchObject([{ action: "pressed" }, { action: "released" }]);
  });

  it("the mouse's own Back goes back there, and never leaves our page", () => {
    pointer("pointerdown", 10, 10, { button: 3 });
    pointer("pointerup", 10, 10, { button: 3 });
    expect(sent).toEqual([{ type: "navigate", action: "back" }]);
    const up = new MouseEvent("mouseup", { button: 3, cancelable: true });
    canvas.dispatchEvent(up);
    expect(up.defaultPrevented).toBe(true);
  });

  it("turning the wheel scrolls there; with Control it would zoom, and does nothing", async () => {
    const turn = (more: WheelEventInit) => {
      const event = new WheelEvent("wheel", { deltaY: 40, cancelable: true, ...more });
      canvas.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(turn({ ctrlKey: true })).toBe(true);
    expect(turn({})).toBe(true);
    turn({});
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ type: "mouse", action: "wheel", deltaY: 80 });
  });

  it("a finger touches, moves and leaves; two pinch", () => {
    const finger = { pointerType: "touch", pointerId: 9 };
    const second = { pointerType: "touch", pointerId: 12 };
    pointer("pointerdown", 10, 10, finger);
    pointer("pointermove", 10, 40, finger);
    pointer("pointerdown", 50, 50, second);
    pointer("pointerup", 10, 40, finger);
    pointer("pointerup", 50, 50, second);
    expect(sent).toEqual([
      { type: "touch", action: "start", points: [{ x: 20, y: 20, id: 0 }] },
      { type: "touch", action: "move", points: [{ x: 20, y: 80, id: 0 }] },
      { type: "touch", action: "start", points: [{ x: 20, y: 80, id: 0 }, { x: 100, y: 100, id: 1 }] },
      { type: "touch", action: "move", points: [{ x: 100, y: 100, id: 1 }] },
      { type: "touch", action: "end", points: [] },
    ]);
  });

  it("fingers never scroll or zoom the page around", () => {
    for (const type of ["touchmove", "gesturestart"]) {
      const event = new Event(type, { cancelable: true });
      canvas.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(true);
    }
  });

  it("does nothing while the fields are off", () => {
    area.disabled = true;
    pointer("pointerdown", 10, 10);
    expect(sent).toEqual([]);
  });
});
