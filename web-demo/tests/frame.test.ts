import { describe, expect, it } from "vitest";
import { isNewer, readFrame } from "@/live/frame";

function message(version = 2, kind = 1, width = 1280, height = 800, scale = 150): ArrayBuffer {
  const bytes = new ArrayBuffer(16 + 3);
  const view = new DataView(bytes);
  view.setUint8(0, version);
  view.setUint8(1, kind);
  view.setUint16(2, width);
  view.setUint16(4, height);
  view.setUint16(6, scale);
  view.setUint32(8, 7);
  view.setUint32(12, 0xfffffffe);
  new Uint8Array(bytes).set([0xff, 0xd8, 0xff], 16);
  return bytes;
}

describe("the header of a frame", () => {
  it("is read big endian, and the picture follows", () => {
    expect(readFrame(message())).toEqual({
      width: 1280,
      height: 800,
      scale: 1.5,
      page: 7,
      sequence: 0xfffffffe,
      jpeg: new Uint8Array([0xff, 0xd8, 0xff]),
    });
  });

  it.each([
    ["another version", message(1)],
    ["another kind", message(2, 2)],
    ["no size", message(2, 1, 0)],
    ["too short", new ArrayBuffer(16)],
  ])("%s is left out", (_, bytes) => expect(readFrame(bytes)).toBeNull());

  it("older pictures are told from newer ones, also where the number wraps", () => {
    expect(isNewer(5, undefined)).toBe(true);
    expect(isNewer(5, 4)).toBe(true);
    expect(isNewer(4, 5)).toBe(false);
    expect(isNewer(5, 5)).toBe(false);
    expect(isNewer(1, 0xfffffff0)).toBe(true);
  });
});
