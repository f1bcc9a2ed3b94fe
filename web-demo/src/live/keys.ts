import type { Input } from "./protocol";

interface Modifiers {
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}

export const ALT = 1;
export const CTRL = 2;
export const META = 4;
export const SHIFT = 8;

export type KeyInput = Extract<Input, { type: "key" }>;

/** A Mac's Command is what Control is in the server's browser. */
export function modifiers(event: Modifiers, mac = false): number {
  const command = event.metaKey ? (mac ? CTRL : META) : 0;
  return (event.altKey ? ALT : 0) | (event.ctrlKey ? CTRL : 0) | command | (event.shiftKey ? SHIFT : 0);
}

export interface KeyLike extends Modifiers {
  key: string;
  code: string;
  isComposing: boolean;
  keyCode?: number;
  getModifierState?: (name: string) => boolean;
}

/** Whose keyboard it is. */
export interface Keyboard {
  mac: boolean;
  /** A phone's: what it writes beyond ASCII is made up of several keys, or a suggestion, by its own input method. */
  phone: boolean;
}

/** What to do with a key that was pressed in the live view. */
export type KeyPlan =
  /** Send it, and keep our own page from using it. */
  | { do: "send"; message: Extract<Input, { type: "key" | "text" }> }
  /** Leave it to the hidden text field: composition, paste, a phone's keyboard. */
  | { do: "compose" }
  /** Leave it to the person's own browser: reload, developer tools, zoom. */
  | { do: "own" };

const COMPOSED = new Set(["Process", "Unidentified", "Dead", "Compose"]);
const OWN = new Set(["F5", "F11", "F12"]);
/** With Control or Command: reload, and the own browser's zoom, which people who see badly need. */
const OWN_WITH_COMMAND = new Set(["r", "+", "-", "=", "0"]);

/** What a Mac's keys for moving in a text are on the server's keyboard. */
const MAC_MOVES: { [key: string]: { key: string; modifiers: number } | undefined } = {
  "command ArrowLeft": { key: "Home", modifiers: 0 },
  "command ArrowRight": { key: "End", modifiers: 0 },
  "command ArrowUp": { key: "Home", modifiers: CTRL },
  "command ArrowDown": { key: "End", modifiers: CTRL },
  "option ArrowLeft": { key: "ArrowLeft", modifiers: CTRL },
  "option ArrowRight": { key: "ArrowRight", modifiers: CTRL },
  "option Backspace": { key: "Backspace", modifiers: CTRL },
  "option Delete": { key: "Delete", modifiers: CTRL },
};

export function planKeyDown(event: KeyLike, keyboard: Keyboard): KeyPlan {
  if (event.isComposing || event.keyCode === 229 || COMPOSED.has(event.key)) return { do: "compose" };
  const { mac, phone } = keyboard;
  const command = event.ctrlKey || event.metaKey;
  const letter = event.key.toLowerCase();
  // The paste event brings the text; the key alone would paste the *server's* clipboard.
  if (command && !event.altKey && letter === "v") return { do: "compose" };
  if (event.shiftKey && !command && event.key === "Insert") return { do: "compose" };
  if (OWN.has(event.key) || (command && !event.altKey && OWN_WITH_COMMAND.has(letter))) return { do: "own" };
  const printable = [...event.key].length === 1;
  if (printable && phone && !command && !/[ -~]/.test(event.key)) return { do: "compose" };
  // AltGr, or Option on a Mac: the character is what was meant, not the shortcut.
  if (printable && (event.getModifierState?.("AltGraph") || (mac && event.altKey && !command))) {
    return { do: "send", message: { type: "text", text: event.key } };
  }
  return { do: "send", message: keyMessage("down", event, mac) };
}

export function keyMessage(action: "down" | "up", event: KeyLike, mac = false): KeyInput {
  const moved = mac ? macMove(event) : undefined;
  if (moved) return { type: "key", action, key: moved.key, code: moved.key, modifiers: moved.modifiers | (event.shiftKey ? SHIFT : 0) };
  const isCommand = mac && event.key === "Meta";
  return {
    type: "key",
    action,
    key: isCommand ? "Control" : event.key,
    code: isCommand ? event.code.replace("Meta", "Control") : event.code,
    modifiers: modifiers(event, mac),
  };
}

function macMove(event: KeyLike): { key: string; modifiers: number } | undefined {
  if (event.ctrlKey || event.metaKey === event.altKey) return undefined;
  return MAC_MOVES[`${event.metaKey ? "command" : "option"} ${event.key}`];
}

/** Down and up at once. */
export function stroke(key: string, mods = 0): [KeyInput, KeyInput] {
  return [
    { type: "key", action: "down", key, code: key, modifiers: mods },
    { type: "key", action: "up", key, code: key, modifiers: mods },
  ];
}

/** Escape goes to the page; pressed twice within a second it leaves the view. */
export class EscapeTwice {
  private last = -Infinity;

  press(at: number): boolean {
    const twice = at - this.last < 1000;
    this.last = twice ? -Infinity : at;
    return twice;
  }
}
