/** What goes to the server's browser: the words of the live view's protocol. */
export type Input =
  | {
      type: "mouse";
      action: "pressed" | "released" | "moved" | "wheel";
      x: number;
      y: number;
      button?: "none" | "left" | "middle" | "right";
      clickCount?: number;
      deltaX?: number;
      deltaY?: number;
      modifiers?: number;
    }
  | { type: "key"; action: "down" | "up"; key: string; code: string; modifiers?: number }
  | { type: "text"; text: string }
  | { type: "touch"; action: "start" | "move" | "end" | "cancel"; points: TouchPoint[] }
  | { type: "navigate"; action: "back" | "forward" | "reload" }
  | { type: "page"; action: "select" | "close"; id: number }
  | { type: "resize"; width: number; height: number; scale: number };

export interface TouchPoint {
  x: number;
  y: number;
  id: number;
}

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

/** What to do with a key that was pressed in the live view. */
export type KeyPlan =
  /** Send it, and keep our own page from using it. */
  | { do: "send"; message: Extract<Input, { type: "key" | "text" }> }
  /** Leave it to the hidden text field: composition, paste, a phone's keyboard. */
  | { do: "compose" }
  /** Leave it to the person's own browser: reload, developer tools. */
  | { do: "own" };

const COMPOSED = new Set(["Process", "Unidentified", "Dead", "Compose"]);
const OWN = new Set(["F5", "F11", "F12"]);

export function planKeyDown(event: KeyLike, mac = false): KeyPlan {
  if (event.isComposing || event.keyCode === 229 || COMPOSED.has(event.key)) return { do: "compose" };
  const command = event.ctrlKey || event.metaKey;
  const letter = event.key.toLowerCase();
  // The paste event brings the text; the key alone would paste the *server's* clipboard.
  if (command && !event.altKey && letter === "v") return { do: "compose" };
  if (OWN.has(event.key) || (command && !event.altKey && letter === "r")) return { do: "own" };
  const printable = [...event.key].length === 1;
  // AltGr, or Option on a Mac: the character is what was meant, not the shortcut.
  if (printable && (event.getModifierState?.("AltGraph") || (mac && event.altKey && !command))) {
    return { do: "send", message: { type: "text", text: event.key } };
  }
  return { do: "send", message: keyMessage("down", event, mac) };
}

export function keyMessage(action: "down" | "up", event: KeyLike, mac = false): Extract<Input, { type: "key" }> {
  const isCommand = mac && event.key === "Meta";
  return {
    type: "key",
    action,
    key: isCommand ? "Control" : event.key,
    code: isCommand ? "ControlLeft" : event.code,
    modifiers: modifiers(event, mac),
  };
}

/** A point of the screen as a point of the page shown. */
export function toPage(
  client: { x: number; y: number },
  shown: { left: number; top: number; width: number; height: number },
  page: { width: number; height: number },
): { x: number; y: number } {
  const scaled = (at: number, from: number, size: number, full: number) =>
    size > 0 ? Math.min(full - 1, Math.max(0, Math.round(((at - from) / size) * full * 100) / 100)) : 0;
  return {
    x: scaled(client.x, shown.left, shown.width, page.width),
    y: scaled(client.y, shown.top, shown.height, page.height),
  };
}

/** The largest size of the page's shape that fits, never more than its own size. */
export function fit(
  page: { width: number; height: number },
  room: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(1, room.width / page.width, room.height / page.height);
  return { width: Math.floor(page.width * scale), height: Math.floor(page.height * scale) };
}

export function buttonName(button: number): "left" | "middle" | "right" | "none" {
  return (["left", "middle", "right"] as const)[button] ?? "none";
}

/** `WheelEvent` deltas in CSS pixels, whatever unit they came in. */
export function wheelPixels(
  event: { deltaX: number; deltaY: number; deltaMode: number },
  pageHeight: number,
): { deltaX: number; deltaY: number } {
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? pageHeight : 1;
  return { deltaX: event.deltaX * unit, deltaY: event.deltaY * unit };
}

/** The message for a view of that size, within what the service takes. */
export function resizeMessage(width: number, height: number, scale: number): Extract<Input, { type: "resize" }> {
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  return {
    type: "resize",
    width: Math.round(within(width, 320, 1920)),
    height: Math.round(within(height, 240, 1200)),
    scale: Math.round(within(scale, 1, 3) * 100) / 100,
  };
}

/** Counts clicks that follow each other at one place: 2 for a double click. */
export class ClickCounter {
  private last = { at: -Infinity, x: 0, y: 0, button: -1, count: 0 };

  press(at: number, x: number, y: number, button: number): number {
    const { last } = this;
    const again = button === last.button && at - last.at < 500 && Math.hypot(x - last.x, y - last.y) < 6;
    const count = again ? (last.count % 3) + 1 : 1;
    this.last = { at, x, y, button, count };
    return count;
  }

  get count(): number {
    return this.last.count || 1;
  }
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
