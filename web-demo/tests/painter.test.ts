// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "@/live/frame";
import { Painter } from "@/live/painter";
import type { Placement } from "@/live/geometry";

let seen: number[];
let placed: Placement[];
let firsts: number;
let drawn: number[];
let canvas: HTMLCanvasElement;
let painter: Painter;
/** Pictures that are being decoded, oldest first. */
let decoding: { done: () => void; fail: () => void }[];

const frame = (sequence: number, part: Partial<Frame> = {}): Frame => ({
  width: 400,
  height: 300,
  scale: 2,
  page: 1,
  sequence,
  jpeg: new Uint8Array([sequence & 0xff]),
  ...part,
});
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const look = (state: string) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state as DocumentVisibilityState);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  [seen, placed, firsts, drawn, decoding] = [[], [], 0, [], []];
  canvas = document.createElement("canvas");
  canvas.getContext = (() => ({ drawImage: (picture: { number: number }) => drawn.push(picture.number) })) as never;
  vi.stubGlobal(
    "createImageBitmap",
    () =>
      new Promise((resolve, reject) => {
        const number = decoding.length;
        decoding.push({
          done: () => resolve({ number, width: 800, height: 600, close: () => undefined }),
          fail: () => reject(new Error("damaged")),
        });
      }),
  );
  painter = new Painter({
    canvas,
    room: () => ({ top: 0, width: 200, height: 400 }),
    focus: () => null,
    keyboard: () => false,
    onSeen: (sequence) => seen.push(sequence),
    onFirst: () => (firsts += 1),
    onPlaced: (at) => placed.push(at),
  });
});
afterEach(() => {
  painter.end();
  vi.unstubAllGlobals();
});

describe("painting", () => {
  it("draws as many pixels as the picture has, as large as there is room, and says so once it is drawn", async () => {
    void painter.take(frame(1));
    expect(seen).toEqual([]);
    decoding[0]!.done();
    await settle();
    expect([canvas.width, canvas.height]).toEqual([800, 600]);
    expect([canvas.style.width, canvas.style.height]).toEqual(["200px", "150px"]);
    expect(painter.page).toEqual({ width: 400, height: 300 });
    expect(placed).toEqual([{ x: 0, y: 0, scale: 0.5 }]);
    expect([seen, firsts]).toEqual([[1], 1]);
  });

  it("the newest wins: what came meanwhile and is older is neither drawn nor acknowledged", async () => {
    for (const sequence of [1, 2, 4, 3]) void painter.take(frame(sequence));
    expect(decoding).toHaveLength(1);
    decoding[0]!.done();
    await settle();
    expect(decoding).toHaveLength(2);
    decoding[1]!.done();
    await settle();
    expect(seen).toEqual([1, 4]);
    expect(firsts).toBe(1);
  });

  it("a damaged picture holds nothing up", async () => {
    void painter.take(frame(1));
    decoding[0]!.fail();
    await settle();
    expect([seen, drawn]).toEqual([[1], []]);
    void painter.take(frame(2));
    decoding[1]!.done();
    await settle();
    expect(drawn).toHaveLength(1);
  });

  it("while nobody can see it the service may rest; one look, and it goes on", async () => {
    look("hidden");
    void painter.take(frame(1));
    decoding[0]!.done();
    await settle();
    expect(seen).toEqual([]);
    look("visible");
    expect(seen).toEqual([1]);
  });

  it("on a new line the numbers may begin anew", async () => {
    void painter.take(frame(9));
    decoding[0]!.done();
    await settle();
    painter.fresh();
    void painter.take(frame(1));
    decoding[1]!.done();
    await settle();
    expect(seen).toEqual([9, 1]);
  });
});
