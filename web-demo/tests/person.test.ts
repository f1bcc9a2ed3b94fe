import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Input } from "@/live/input";
import { Person } from "@/live/person";

let sent: Input[];
let left: number;
let person: Person;
let canvas: HTMLCanvasElement;
let field: HTMLTextAreaElement;

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class {
    observe() {}
    disconnect() {}
  });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 0));
  sent = [];
  left = 0;
  const stage = document.createElement("div");
  canvas = document.createElement("canvas");
  field = document.createElement("textarea");
  stage.append(canvas, field);
  document.body.replaceChildren(stage);
  canvas.setPointerCapture = () => undefined;
  canvas.getBoundingClientRect = () => ({ left: 0, top: 0, width: 400, height: 300 }) as DOMRect;
  person = new Person({
    canvas,
    field,
    stage,
    page: () => ({ width: 800, height: 600 }),
    send: (input) => sent.push(input) > 0,
    congested: () => false,
    onLeave: () => (left += 1),
    onRoom: () => undefined,
  });
  field.focus();
});
afterEach(() => {
  person.end();
  vi.unstubAllGlobals();
});

const key = (type: "keydown" | "keyup", name: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent(type, { key: name, code: name, cancelable: true, bubbles: true, ...more });
  field.dispatchEvent(event);
  return event;
};

function pointer(type: string, x: number, y: number, more: object = {}) {
  const event = new MouseEvent(type, { clientX: x, clientY: y, cancelable: true, bubbles: true, ...more });
  canvas.dispatchEvent(Object.assign(event, { pointerId: 1, pointerType: "mouse", ...more }));
}

describe("what a person does at the live view", () => {
  it("keys go to the page and not to our own", () => {
    expect(key("keydown", "Tab").defaultPrevented).toBe(true);
    key("keyup", "Tab");
    expect(sent).toMatchObject([
      { type: "key", action: "down", key: "Tab" },
      { type: "key", action: "up", key: "Tab" },
    ]);
  });

  it("no key stays down over there when the focus goes", () => {
    key("keydown", "Shift", { shiftKey: true });
    field.blur();
    expect(sent.at(-1)).toMatchObject({ type: "key", action: "up", key: "Shift", modifiers: 0 });
  });

  it("text that no key tells, and a finished composition, go as text, once", () => {
    field.value += "ü";
    field.dispatchEvent(new InputEvent("input", { data: "ü" }));
    field.dispatchEvent(new CompositionEvent("compositionstart"));
    field.value += "に";
    field.dispatchEvent(new InputEvent("input", { data: "に", isComposing: true }));
    field.dispatchEvent(new CompositionEvent("compositionend", { data: "に" }));
    field.dispatchEvent(new InputEvent("input", { data: "に" }));
    expect(sent).toEqual([
      { type: "text", text: "ü" },
      { type: "text", text: "に" },
    ]);
  });

  it("a phone's delete and enter are keys", () => {
    field.dispatchEvent(new InputEvent("beforeinput", { inputType: "deleteContentBackward", cancelable: true }));
    field.dispatchEvent(new InputEvent("beforeinput", { inputType: "insertLineBreak", cancelable: true }));
    expect(sent.map((input) => input.type === "key" && input.key)).toEqual(["Backspace", "Backspace", "Enter", "Enter"]);
  });

  it("paste sends the text of this computer's clipboard, long ones in pieces; the key is not forwarded", () => {
    expect(key("keydown", "v", { ctrlKey: true }).defaultPrevented).toBe(false);
    const paste = new Event("paste", { cancelable: true });
    field.dispatchEvent(Object.assign(paste, { clipboardData: { getData: () => "😀\n".repeat(6000) } }));
    expect(paste.defaultPrevented).toBe(true);
    const texts = sent.map((input) => (input.type === "text" ? input.text : "?"));
    expect(texts).toHaveLength(2);
    expect(texts.join("")).toBe("😀\n".repeat(6000));
  });

  it("a click is pressed and released where it is, with what was moved before", async () => {
    pointer("pointermove", 100, 100);
    pointer("pointerdown", 100, 150);
    pointer("pointerup", 100, 150);
    expect(sent).toMatchObject([
      { type: "mouse", action: "moved", x: 200, y: 200, button: "none" },
      { type: "mouse", action: "pressed", x: 200, y: 300, button: "left", clickCount: 1 },
      { type: "mouse", action: "released", x: 200, y: 300, button: "left", clickCount: 1 },
    ]);
    expect(document.activeElement).toBe(field);
  });

  it("moves between two pictures are told once", async () => {
    for (let x = 0; x < 50; x += 1) pointer("pointermove", x, 10);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ x: 98, y: 20 });
  });

  it("a finger touches, moves and leaves", async () => {
    const finger = { pointerType: "touch", pointerId: 9 };
    pointer("pointerdown", 10, 10, finger);
    pointer("pointermove", 10, 40, finger);
    pointer("pointerup", 10, 40, finger);
    expect(sent).toEqual([
      { type: "touch", action: "start", points: [{ x: 20, y: 20, id: 0 }] },
      { type: "touch", action: "move", points: [{ x: 20, y: 80, id: 0 }] },
      { type: "touch", action: "end", points: [] },
    ]);
  });

  it("Escape goes to the page; twice leaves the view", () => {
    key("keydown", "Escape");
    expect(sent).toMatchObject([{ type: "key", key: "Escape" }]);
    key("keydown", "Escape");
    expect(left).toBe(1);
    expect(sent).toHaveLength(1);
  });
});
