// What is counted, and how it is told.

import { readFileSync, readdirSync } from "node:fs";
import jpeg from "jpeg-js";

/** Is the mark in the upper left corner dark? Decoded: the client compares pixels, as a person's eye does. */
export function isDark(picture) {
  const { data, width } = jpeg.decode(picture, { useTArray: true, formatAsRGBA: false, tolerantDecoding: true });
  const at = (24 * width + 24) * 3;
  return data[at] + data[at + 1] + data[at + 2] < 384;
}

/** Processor seconds of a process and all below it, the ended ones that were waited for included. */
export function cpuOf(root) {
  const children = new Map();
  const ticks = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      ticks.set(Number(name), fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0));
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has just ended.
    }
  }
  const all = (pid) => (ticks.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + all(child), 0);
  return all(root) / 100; // USER_HZ is 100 on Linux.
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
export const spread = (values) => `${round(Math.min(...values))}–${round(Math.max(...values))}`;
export const round = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10);

/** Frames, bytes and processor time over a while, of viewers that each have `frames` and `bytes`. */
export async function count(viewers, side, ms) {
  const before = viewers.map(({ frames, bytes }) => ({ frames, bytes }));
  const [cpu, at] = [side.cpu(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (performance.now() - at) / 1000;
  const sum = (what) => viewers.reduce((all, viewer, place) => all + viewer[what] - before[place][what], 0);
  return { fps: sum("frames") / viewers.length / seconds, kbps: sum("bytes") / viewers.length / seconds / 1024, cpu: (side.cpu() - cpu) / seconds };
}

/** Milliseconds from a press to the first picture that shows what it did, several times. */
export async function latencies(viewer, times) {
  const took = [];
  for (let n = 0; n < times; n++) {
    const before = viewer.dark;
    const pressed = performance.now();
    const seen = viewer.untilDarkIs(!before);
    await viewer.press(640, 500);
    took.push((await seen) - pressed);
  }
  return took;
}

/** A viewer of either side: counts what arrives, and can wait for a picture in which the mark has changed. */
export class Viewer {
  frames = 0;
  bytes = 0;
  dark = false;
  #waiting = null;

  arrived(picture) {
    this.frames += 1;
    this.bytes += picture.length;
    if (!this.#waiting) return;
    const at = performance.now();
    if (isDark(picture) !== this.#waiting.wanted) return;
    this.dark = this.#waiting.wanted;
    const { resolve } = this.#waiting;
    this.#waiting = null;
    resolve(at);
  }

  untilDarkIs(wanted) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("a press was never seen")), 20_000);
      this.#waiting = { wanted, resolve: (at) => (clearTimeout(timer), resolve(at)) };
    });
  }
}
