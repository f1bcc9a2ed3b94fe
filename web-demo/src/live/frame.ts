/** A picture of the page in front, as the live view's binary messages carry it. */
export interface Frame {
  /** Size of the page's view in CSS pixels: what the coordinates of input refer to. */
  width: number;
  height: number;
  /** Pixels of the picture for each CSS pixel. */
  scale: number;
  /** The tab it shows. */
  page: number;
  /** Rises with each frame. */
  sequence: number;
  jpeg: Uint8Array<ArrayBuffer>;
}

const HEADER = 16;

/**
 * Reads a binary message: 16 bytes, big endian (u8 version = 2, u8 kind = 1, u16 width, u16 height, u16 scale × 100,
 * u32 page, u32 sequence), then a JPEG. Null: a version or kind that this page does not know.
 */
export function readFrame(message: ArrayBuffer): Frame | null {
  if (message.byteLength <= HEADER) return null;
  const view = new DataView(message);
  if (view.getUint8(0) !== 2 || view.getUint8(1) !== 1) return null;
  const width = view.getUint16(2);
  const height = view.getUint16(4);
  if (width === 0 || height === 0) return null;
  return {
    width,
    height,
    scale: view.getUint16(6) / 100 || 1,
    page: view.getUint32(8),
    sequence: view.getUint32(12),
    jpeg: new Uint8Array(message, HEADER),
  };
}

/** Newest frame wins: is `next` newer than what was taken last? (u32, may wrap.) */
export function isNewer(next: number, last: number | undefined): boolean {
  return last === undefined || ((next - last) | 0) > 0;
}
