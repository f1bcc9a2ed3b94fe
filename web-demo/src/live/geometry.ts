import type { Box, Input } from "./protocol";

export interface Size {
  width: number;
  height: number;
}

/** Where the picture is in the stage: its corner, and CSS pixels on this screen for each of the page's. */
export interface Placement {
  x: number;
  y: number;
  scale: number;
}

/** The part of the stage that can be seen: a phone's keyboard may cover the rest. */
export interface Room extends Size {
  top: number;
}

/** A point of the screen as a point of the page shown. */
export function toPage(client: { x: number; y: number }, shown: { left: number; top: number } & Size, page: Size): { x: number; y: number } {
  const scaled = (at: number, from: number, size: number, full: number) =>
    size > 0 ? Math.min(full - 1, Math.max(0, Math.round(((at - from) / size) * full * 100) / 100)) : 0;
  return {
    x: scaled(client.x, shown.left, shown.width, page.width),
    y: scaled(client.y, shown.top, shown.height, page.height),
  };
}

/** A page's text smaller than this part of its own size is hard to read on a phone. */
const LEGIBLE = 0.75;

/**
 * Fits the picture into the room: the largest size that fits, never more than its own. While a phone's keyboard is up there is
 * little room: then it keeps its width, or comes nearer, and moves so that the field in focus is in the middle of what is left.
 */
export function place(page: Size, room: Room, focus: Box | null, keyboard: boolean): Placement {
  const wide = Math.min(1, room.width / page.width);
  if (!keyboard) {
    const scale = Math.min(wide, room.height / page.height);
    return { x: Math.max(0, Math.floor((room.width - page.width * scale) / 2)), y: room.top, scale };
  }
  const near = focus && wide < LEGIBLE ? Math.min(1, room.width / (focus.width + 32)) : wide;
  const scale = Math.max(wide, near);
  const along = (space: number, size: number, from: number, length: number) =>
    size <= space ? (space - size) / 2 : Math.min(0, Math.max(space - size, space / 2 - (from + length / 2)));
  const middle = focus ?? { x: 0, y: 0, width: 0, height: 0 };
  const height = page.height * scale;
  return {
    x: Math.round(along(room.width, page.width * scale, middle.x * scale, middle.width * scale)),
    y: room.top + (height <= room.height ? 0 : Math.round(along(room.height, height, middle.y * scale, middle.height * scale))),
    scale,
  };
}

/** A box of the page as one of the stage. */
export function onStage(box: Box, at: Placement): Box {
  return {
    x: at.x + box.x * at.scale,
    y: at.y + box.y * at.scale,
    width: box.width * at.scale,
    height: box.height * at.scale,
  };
}

export function contains(box: Box, point: { x: number; y: number }): boolean {
  return point.x >= box.x && point.y >= box.y && point.x < box.x + box.width && point.y < box.y + box.height;
}

/** What of the stage can be seen, given the part of the window that a phone's keyboard leaves. */
export function visibleRoom(
  stage: { top: number; bottom: number; width: number; height: number },
  viewport: { offsetTop: number; height: number; scale: number } | null,
): Room {
  // Somebody who has zoomed our whole page with two fingers looks around by themselves.
  if (!viewport || viewport.scale > 1.01) return { top: 0, width: stage.width, height: stage.height };
  const top = Math.max(0, viewport.offsetTop - stage.top);
  const covered = Math.max(0, stage.bottom - (viewport.offsetTop + viewport.height));
  return { top, width: stage.width, height: Math.max(0, stage.height - top - covered) };
}

/** The message for a view of that size, within what the service takes. */
export function resizeMessage({ width, height }: Size, scale: number, touch: boolean): Extract<Input, { type: "resize" }> {
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  return {
    type: "resize",
    width: Math.round(within(width, 320, 1920)),
    height: Math.round(within(height, 240, 1200)),
    scale: Math.round(within(scale, 1, 3) * 100) / 100,
    touch,
  };
}

/** Less room than this, and what we draw beside a field becomes a sheet at the bottom. */
const NARROW = 480;
const GAP = 6;

export type Popover =
  | { sheet: true; bottom: number; maxHeight: number }
  | { sheet: false; left: number; top?: number; bottom?: number; minWidth: number; maxWidth: number; maxHeight: number };

/** Where something goes that belongs to a box of the stage: below it, above it where there is more room, or a sheet. */
export function popoverAt(anchor: Box, room: Room, stageHeight: number, wanted: { width: number; height: number }): Popover {
  const end = room.top + room.height;
  if (room.width < NARROW) {
    return { sheet: true, bottom: Math.max(0, stageHeight - end), maxHeight: Math.max(160, room.height * 0.85) };
  }
  // A field may have been scrolled out of the picture: then its edge stands in for it.
  const within = (y: number) => Math.min(end, Math.max(room.top, y));
  const head = within(anchor.y);
  const foot = within(anchor.y + anchor.height);
  const below = end - foot - 2 * GAP;
  const above = head - room.top - 2 * GAP;
  const width = Math.min(room.width - 2 * GAP, Math.max(wanted.width, anchor.width));
  const left = Math.max(GAP, Math.min(anchor.x, room.width - width - GAP));
  const size = { left, minWidth: Math.min(width, anchor.width), maxWidth: room.width - left - GAP };
  if (below >= Math.min(wanted.height, above)) {
    const top = Math.min(foot + GAP, end - 80);
    return { sheet: false, ...size, top, maxHeight: Math.max(80, below) };
  }
  return { sheet: false, ...size, bottom: stageHeight - head + GAP, maxHeight: Math.max(80, above) };
}
