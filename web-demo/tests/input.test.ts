import { describe, expect, it } from "vitest";
import {
  ALT,
  CTRL,
  ClickCounter,
  EscapeTwice,
  type KeyLike,
  META,
  SHIFT,
  buttonName,
  fit,
  keyMessage,
  modifiers,
  planKeyDown,
  resizeMessage,
  toPage,
  wheelPixels,
} from "@/live/input";

const key = (name: string, part: Partial<KeyLike> = {}): KeyLike => ({
  key: name,
  code: `Key${name.toUpperCase()}`,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  ...part,
});

describe("keys", () => {
  it("go to the page, Tab and Enter too", () => {
    for (const name of ["a", "Tab", "Enter", "Escape", "ArrowDown", "Backspace"]) {
      expect(planKeyDown(key(name))).toMatchObject({ do: "send", message: { type: "key", action: "down", key: name } });
    }
    expect(keyMessage("up", key("a", { shiftKey: true }))).toEqual({
      type: "key",
      action: "up",
      key: "a",
      code: "KeyA",
      modifiers: SHIFT,
    });
  });

  it("composition, dead keys and phone keyboards are left to the text field", () => {
    expect(planKeyDown(key("a", { isComposing: true })).do).toBe("compose");
    expect(planKeyDown(key("Unidentified", { keyCode: 229 })).do).toBe("compose");
    expect(planKeyDown(key("Dead")).do).toBe("compose");
    expect(planKeyDown(key("Process")).do).toBe("compose");
  });

  it("paste is left to the paste event, reload to the own browser", () => {
    expect(planKeyDown(key("v", { ctrlKey: true })).do).toBe("compose");
    expect(planKeyDown(key("V", { ctrlKey: true, shiftKey: true })).do).toBe("compose");
    expect(planKeyDown(key("v", { metaKey: true }), true).do).toBe("compose");
    expect(planKeyDown(key("r", { ctrlKey: true })).do).toBe("own");
    expect(planKeyDown(key("F5")).do).toBe("own");
    expect(planKeyDown(key("a", { ctrlKey: true }))).toMatchObject({ message: { key: "a", modifiers: CTRL } });
  });

  it("AltGr and a Mac's Option mean the character", () => {
    const altGraph = key("@", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" });
    expect(planKeyDown(altGraph)).toEqual({ do: "send", message: { type: "text", text: "@" } });
    expect(planKeyDown(key("@", { altKey: true }), true)).toEqual({ do: "send", message: { type: "text", text: "@" } });
    expect(planKeyDown(key("x", { altKey: true }))).toMatchObject({ message: { type: "key", modifiers: ALT } });
  });

  it("a Mac's Command is Control over there", () => {
    expect(planKeyDown(key("a", { metaKey: true }), true)).toMatchObject({ message: { key: "a", modifiers: CTRL } });
    expect(keyMessage("down", key("Meta", { metaKey: true }), true)).toMatchObject({ key: "Control", code: "ControlLeft" });
    expect(modifiers({ altKey: true, ctrlKey: true, metaKey: true, shiftKey: true })).toBe(ALT | CTRL | META | SHIFT);
  });

  it("Escape twice leaves, once does not", () => {
    const escape = new EscapeTwice();
    expect(escape.press(0)).toBe(false);
    expect(escape.press(2000)).toBe(false);
    expect(escape.press(2400)).toBe(true);
    expect(escape.press(2500)).toBe(false);
  });
});

describe("the pointer", () => {
  const shown = { left: 100, top: 50, width: 640, height: 400 };
  const page = { width: 1280, height: 800 };

  it("points at the page's own pixels", () => {
    expect(toPage({ x: 420, y: 250 }, shown, page)).toEqual({ x: 640, y: 400 });
    expect(toPage({ x: 100, y: 50 }, shown, page)).toEqual({ x: 0, y: 0 });
    expect(toPage({ x: 5000, y: -9 }, shown, page)).toEqual({ x: 1279, y: 0 });
  });

  it("knows its buttons", () => expect([0, 1, 2, 3].map(buttonName)).toEqual(["left", "middle", "right", "none"]));

  it("counts double clicks", () => {
    const clicks = new ClickCounter();
    expect(clicks.press(0, 10, 10, 0)).toBe(1);
    expect(clicks.press(200, 12, 11, 0)).toBe(2);
    expect(clicks.press(400, 12, 11, 2)).toBe(1);
    expect(clicks.press(2000, 12, 11, 2)).toBe(1);
    expect(clicks.press(2100, 90, 11, 2)).toBe(1);
  });

  it("turns wheel lines and pages into pixels", () => {
    expect(wheelPixels({ deltaX: 0, deltaY: 3, deltaMode: 1 }, 800)).toEqual({ deltaX: 0, deltaY: 48 });
    expect(wheelPixels({ deltaX: 1, deltaY: -1, deltaMode: 2 }, 800)).toEqual({ deltaX: 800, deltaY: -800 });
    expect(wheelPixels({ deltaX: 2, deltaY: 5, deltaMode: 0 }, 800)).toEqual({ deltaX: 2, deltaY: 5 });
  });
});

describe("sizes", () => {
  it("fit the room, never blown up", () => {
    expect(fit({ width: 1280, height: 800 }, { width: 640, height: 640 })).toEqual({ width: 640, height: 400 });
    expect(fit({ width: 320, height: 240 }, { width: 900, height: 900 })).toEqual({ width: 320, height: 240 });
  });

  it("stay within what the service takes", () => {
    expect(resizeMessage(288.4, 100, 4)).toEqual({ type: "resize", width: 320, height: 240, scale: 3 });
    expect(resizeMessage(4000, 3000, 0.8)).toEqual({ type: "resize", width: 1920, height: 1200, scale: 1 });
    expect(resizeMessage(1087.6, 640, 1.5)).toEqual({ type: "resize", width: 1088, height: 640, scale: 1.5 });
  });
});
