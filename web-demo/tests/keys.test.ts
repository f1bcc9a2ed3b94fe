import { describe, expect, it } from "vitest";
import { ALT, CTRL, EscapeTwice, type KeyLike, META, SHIFT, keyMessage, modifiers, planKeyDown } from "@/live/keys";

const PC = { mac: false, phone: false };
const MAC = { mac: true, phone: false };
const PHONE = { mac: false, phone: true };

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
      expect(planKeyDown(key(name), PC)).toMatchObject({ do: "send", message: { type: "key", action: "down", key: name } });
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
    expect(planKeyDown(key("a", { isComposing: true }), PC).do).toBe("compose");
    expect(planKeyDown(key("Unidentified", { keyCode: 229 }), PC).do).toBe("compose");
    expect(planKeyDown(key("Enter", { keyCode: 229 }), PC).do).toBe("compose"); // Safari, after a composition
    expect(planKeyDown(key("Dead"), PC).do).toBe("compose");
    expect(planKeyDown(key("Process"), PC).do).toBe("compose");
    expect(planKeyDown(key("ㅎ"), PHONE).do).toBe("compose");
    expect(planKeyDown(key("é"), PC)).toMatchObject({ do: "send", message: { key: "é" } });
    expect(planKeyDown(key("a"), PHONE).do).toBe("send");
  });

  it("paste is left to the paste event; reload and zoom to the own browser", () => {
    expect(planKeyDown(key("v", { ctrlKey: true }), PC).do).toBe("compose");
    expect(planKeyDown(key("V", { ctrlKey: true, shiftKey: true }), PC).do).toBe("compose");
    expect(planKeyDown(key("Insert", { shiftKey: true }), PC).do).toBe("compose");
    expect(planKeyDown(key("v", { metaKey: true }), MAC).do).toBe("compose");
    for (const own of ["r", "+", "-", "0"]) expect(planKeyDown(key(own, { ctrlKey: true }), PC).do).toBe("own");
    expect(planKeyDown(key("F5"), PC).do).toBe("own");
    expect(planKeyDown(key("a", { ctrlKey: true }), PC)).toMatchObject({ message: { key: "a", modifiers: CTRL } });
    expect(planKeyDown(key("c", { ctrlKey: true }), PC)).toMatchObject({ message: { key: "c", modifiers: CTRL } });
  });

  it("AltGr and a Mac's Option mean the character", () => {
    const altGraph = key("@", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" });
    expect(planKeyDown(altGraph, PC)).toEqual({ do: "send", message: { type: "text", text: "@" } });
    expect(planKeyDown(key("@", { altKey: true }), MAC)).toEqual({ do: "send", message: { type: "text", text: "@" } });
    expect(planKeyDown(key("x", { altKey: true }), PC)).toMatchObject({ message: { type: "key", modifiers: ALT } });
  });

  it("a Mac's Command is Control over there", () => {
    expect(planKeyDown(key("a", { metaKey: true }), MAC)).toMatchObject({ message: { key: "a", modifiers: CTRL } });
    const right = key("Meta", { metaKey: true, code: "MetaRight" });
    expect(keyMessage("down", right, true)).toMatchObject({ key: "Control", code: "ControlRight" });
    expect(modifiers({ altKey: true, ctrlKey: true, metaKey: true, shiftKey: true })).toBe(ALT | CTRL | META | SHIFT);
  });

  it("a Mac's ways through a text are the server's", () => {
    const on = (name: string, part: Partial<KeyLike>) => keyMessage("down", key(name, part), true);
    expect(on("ArrowLeft", { metaKey: true })).toMatchObject({ key: "Home", modifiers: 0 });
    expect(on("ArrowRight", { metaKey: true, shiftKey: true })).toMatchObject({ key: "End", modifiers: SHIFT });
    expect(on("ArrowLeft", { altKey: true })).toMatchObject({ key: "ArrowLeft", modifiers: CTRL });
    expect(on("Backspace", { altKey: true })).toMatchObject({ key: "Backspace", modifiers: CTRL });
    expect(on("ArrowLeft", {})).toMatchObject({ key: "ArrowLeft", modifiers: 0 });
  });

  it("Escape twice leaves, once does not", () => {
    const escape = new EscapeTwice();
    expect(escape.press(0)).toBe(false);
    expect(escape.press(2000)).toBe(false);
    expect(escape.press(2400)).toBe(true);
    expect(escape.press(2500)).toBe(false);
  });
});
