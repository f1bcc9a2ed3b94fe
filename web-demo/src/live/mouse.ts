export function buttonName(button: number): "left" | "middle" | "right" | "none" {
  return (["left", "middle", "right"] as const)[button] ?? "none";
}

/** Of the buttons that are held while the mouse moves, the one that a drag is made with. */
export function heldButton(buttons: number): "left" | "middle" | "right" | "none" {
  return buttons & 1 ? "left" : buttons & 2 ? "right" : buttons & 4 ? "middle" : "none";
}

/** `WheelEvent` deltas in CSS pixels, whatever unit they came in. */
export function wheelPixels(
  event: { deltaX: number; deltaY: number; deltaMode: number },
  pageHeight: number,
): { deltaX: number; deltaY: number } {
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? pageHeight : 1;
  return { deltaX: event.deltaX * unit, deltaY: event.deltaY * unit };
}

/** Counts clicks that follow each other at one place: 2 for a double click, 3 for a triple. */
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

/** Tells a tap of one finger from a scroll, a pinch and a long press. */
export class TapWatch {
  private start: { at: number; x: number; y: number } | undefined;

  down(at: number, x: number, y: number, fingers: number): void {
    this.start = fingers === 1 ? { at, x, y } : undefined;
  }

  move(x: number, y: number): void {
    if (this.start && Math.hypot(x - this.start.x, y - this.start.y) > 10) this.start = undefined;
  }

  up(at: number): boolean {
    const tap = this.start !== undefined && at - this.start.at < 500;
    this.start = undefined;
    return tap;
  }
}

/** A keyword of CSS's `cursor`, and nothing else. */
export function cursorName(cursor: string): string {
  return /^[a-z-]{1,20}$/.test(cursor) ? cursor : "default";
}
