import { describe, expect, it } from "vitest";
import { onStage, place, popoverAt, resizeMessage, toPage, visibleRoom } from "@/live/geometry";
import { ClickCounter, TapWatch, buttonName, cursorName, wheelPixels } from "@/live/mouse";

const room = (width: number, height: number, top = 0) => ({ width, height, top });

describe("the pointer", () => {
  const shown = { left: 100, top: 50, width: 640, height: 400 };
  const page = { width: 1280, height: 800 };

  it("points at the page's own pixels", () => {
    expect(toPage({ x: 420, y: 250 }, shown, page)).toEqual({ x: 640, y: 400 });
    expect(toPage({ x: 100, y: 50 }, shown, page)).toEqual({ x: 0, y: 0 });
    expect(toPage({ x: 5000, y: -9 }, shown, page)).toEqual({ x: 1279, y: 0 });
  });

  it("knows its buttons", () => expect([0, 1, 2, 3].map(buttonName)).toEqual(["left", "middle", "right", "none"]));

  it("counts double and triple clicks", () => {
    const clicks = new ClickCounter();
    expect(clicks.press(0, 10, 10, 0)).toBe(1);
    expect(clicks.press(200, 12, 11, 0)).toBe(2);
    expect(clicks.press(400, 12, 11, 0)).toBe(3);
    expect(clicks.press(500, 12, 11, 2)).toBe(1);
    expect(clicks.press(2000, 12, 11, 2)).toBe(1);
    expect(clicks.press(2100, 90, 11, 2)).toBe(1);
  });

  it("turns wheel lines and pages into pixels", () => {
    expect(wheelPixels({ deltaX: 0, deltaY: 3, deltaMode: 1 }, 800)).toEqual({ deltaX: 0, deltaY: 48 });
    expect(wheelPixels({ deltaX: 1, deltaY: -1, deltaMode: 2 }, 800)).toEqual({ deltaX: 800, deltaY: -800 });
    expect(wheelPixels({ deltaX: 2, deltaY: 5, deltaMode: 0 }, 800)).toEqual({ deltaX: 2, deltaY: 5 });
  });

  it("shows the page's cursor, and nothing that is no keyword", () => {
    expect(cursorName("pointer")).toBe("pointer");
    expect(cursorName("col-resize")).toBe("col-resize");
    expect(cursorName("url(https://site.test/c.png), auto")).toBe("default");
  });

  it("a tap is one finger, short, in one place", () => {
    const taps = new TapWatch();
    taps.down(0, 10, 10, 1);
    taps.move(14, 12);
    expect(taps.up(200)).toBe(true);
    taps.down(0, 10, 10, 1);
    taps.move(10, 40);
    expect(taps.up(200)).toBe(false);
    taps.down(0, 10, 10, 1);
    expect(taps.up(900)).toBe(false);
    taps.down(0, 10, 10, 1);
    taps.down(20, 90, 10, 2);
    expect(taps.up(100)).toBe(false);
  });
});

describe("where the picture is", () => {
  it("it fits the room, never blown up", () => {
    expect(place({ width: 1280, height: 800 }, room(640, 640), null, false)).toEqual({ x: 0, y: 0, scale: 0.5 });
    expect(place({ width: 320, height: 240 }, room(900, 900), null, false)).toEqual({ x: 290, y: 0, scale: 1 });
  });

  it("above a keyboard it keeps its width, and the field in focus is in sight", () => {
    const page = { width: 360, height: 560 };
    const field = { x: 20, y: 420, width: 320, height: 44 };
    const at = place(page, room(360, 240), field, true);
    expect(at.scale).toBe(1);
    const shown = onStage(field, at);
    expect(shown.y).toBeGreaterThanOrEqual(0);
    expect(shown.y + shown.height).toBeLessThanOrEqual(240);
    // The page's end is at the keyboard at the furthest: no room is wasted below it.
    expect(place(page, room(360, 240), { ...field, y: 550 }, true).y).toBe(240 - 560);
    expect(place(page, room(360, 240), { ...field, y: 0 }, true).y).toBe(0);
  });

  it("a page made for a computer comes nearer when a phone writes into it", () => {
    const field = { x: 500, y: 300, width: 280, height: 40 };
    const at = place({ width: 1280, height: 800 }, room(360, 240), field, true);
    expect(at.scale).toBeGreaterThan(0.9);
    const shown = onStage(field, at);
    expect(shown.x).toBeGreaterThanOrEqual(0);
    expect(shown.x + shown.width).toBeLessThanOrEqual(360);
  });

  it("a phone's keyboard takes room; a page zoomed with two fingers does not", () => {
    const stage = { top: 100, bottom: 640, width: 360, height: 540 };
    expect(visibleRoom(stage, { offsetTop: 0, height: 400, scale: 1 })).toEqual(room(360, 300));
    expect(visibleRoom(stage, { offsetTop: 150, height: 300, scale: 1 })).toEqual(room(360, 300, 50));
    expect(visibleRoom(stage, { offsetTop: 200, height: 200, scale: 2 })).toEqual(room(360, 540));
    expect(visibleRoom(stage, null)).toEqual(room(360, 540));
  });

  it("sizes stay within what the service takes", () => {
    expect(resizeMessage({ width: 288.4, height: 100 }, 4, true)).toEqual({ type: "resize", width: 320, height: 240, scale: 3, touch: true });
    expect(resizeMessage({ width: 4000, height: 3000 }, 0.8, false)).toMatchObject({ width: 1920, height: 1200, scale: 1 });
    expect(resizeMessage({ width: 1087.6, height: 640 }, 1.5, false)).toMatchObject({ width: 1088, height: 640, scale: 1.5 });
  });
});

describe("what is drawn beside a field", () => {
  const wanted = { width: 240, height: 300 };

  it("is below it, or above where there is more room", () => {
    const low = popoverAt({ x: 100, y: 40, width: 200, height: 30 }, room(900, 600), 600, wanted);
    expect(low).toMatchObject({ sheet: false, left: 100, top: 76 });
    const high = popoverAt({ x: 100, y: 500, width: 200, height: 30 }, room(900, 600), 600, wanted);
    expect(high).toMatchObject({ sheet: false, bottom: 106, maxHeight: 488 });
  });

  it("never leaves the stage, wherever the field is", () => {
    for (const x of [-400, 0, 450, 880, 2000]) {
      for (const y of [-300, 0, 280, 590, 1500]) {
        const where = popoverAt({ x, y, width: 200, height: 30 }, room(900, 600), 600, wanted);
        if (where.sheet) throw new Error("there is room");
        expect(where.left).toBeGreaterThanOrEqual(0);
        expect(where.left + wanted.width).toBeLessThanOrEqual(900);
        const top = where.top ?? 600 - where.bottom! - where.maxHeight;
        expect(top).toBeGreaterThanOrEqual(0);
        if (where.top !== undefined) expect(where.top).toBeLessThanOrEqual(520);
      }
    }
  });

  it("is a sheet on a small screen, above the keyboard", () => {
    expect(popoverAt({ x: 10, y: 10, width: 100, height: 30 }, room(360, 300), 540, wanted)).toEqual({
      sheet: true,
      bottom: 240,
      maxHeight: 255,
    });
  });
});
