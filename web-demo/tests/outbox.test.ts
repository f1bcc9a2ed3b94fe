import { describe, expect, it } from "vitest";
import { KEPT_MS, Outbox } from "@/live/outbox";
import type { Input } from "@/live/protocol";

const text = (text: string): Input => ({ type: "text", text });
const moved = (x: number, button: "none" | "left" = "none"): Input => ({ type: "mouse", action: "moved", x, y: 0, button });
const finger = (action: "start" | "move" | "end", y = 0): Input => ({ type: "touch", action, points: action === "end" ? [] : [{ x: 0, y, id: 0 }] });

function make() {
  const clock = { now: 0 };
  const sent: { n: number; input: Input }[] = [];
  const outbox = new Outbox(() => clock.now);
  return { clock, sent, outbox, line: (message: { n: number; input: Input }) => void sent.push({ n: message.n, input: message.input }) };
}

describe("inputs on their way", () => {
  it("are numbered from where the service has heard, and sent at once", () => {
    const { outbox, sent, line } = make();
    outbox.open(16, line);
    outbox.give(text("a"));
    outbox.give(moved(1));
    expect(sent.map(({ n }) => n)).toEqual([17, 18]);
  });

  it("what was not heard goes again, in order, with its number; then what waited", () => {
    const { outbox, sent, line } = make();
    outbox.open(0, line);
    for (const letter of "abc") outbox.give(text(letter));
    outbox.heard(1);
    outbox.shut();
    outbox.give(text("d"));
    sent.length = 0;
    outbox.open(2, line);
    expect(sent).toEqual([
      { n: 3, input: text("c") },
      { n: 4, input: text("d") },
    ]);
  });

  it("on a dead line moves, wheel turns and sizes are dropped; a swipe and a drag keep where they have come to", () => {
    const { outbox, sent, line } = make();
    outbox.give(moved(1));
    outbox.give({ type: "mouse", action: "wheel", x: 0, y: 0, deltaY: 9 });
    outbox.give({ type: "resize", width: 800, height: 600, scale: 1, touch: false });
    outbox.give({ type: "composition", text: "に", start: 1, end: 1 });
    outbox.give(finger("start"));
    outbox.give(finger("move", 10));
    outbox.give(finger("move", 20));
    outbox.give(finger("end"));
    outbox.give(moved(5, "left"));
    outbox.give(moved(6, "left"));
    outbox.open(0, line);
    expect(sent.map(({ input }) => input)).toEqual([finger("start"), finger("move", 20), finger("end"), moved(6, "left")]);
  });

  it("what waited for more than a minute is dropped as a whole, and said", () => {
    const { outbox, sent, line, clock } = make();
    outbox.open(0, line);
    outbox.shut();
    outbox.give(text("a"));
    clock.now += KEPT_MS + 1;
    outbox.give(text("b"));
    expect(outbox.open(0, line)).toBe(2);
    expect(sent).toEqual([]);
    outbox.shut();
    outbox.give(text("c"));
    clock.now += KEPT_MS;
    expect(outbox.open(0, line)).toBe(0);
    expect(sent.map(({ input }) => input)).toEqual([text("c")]);
  });

  it("an input that the service refuses is not sent for ever", () => {
    const { outbox, sent, line } = make();
    outbox.open(0, line);
    outbox.give(text("a"));
    expect(outbox.abandon()).toBe(1);
    outbox.shut();
    sent.length = 0;
    outbox.open(0, line);
    outbox.give(text("b"));
    expect(sent).toEqual([{ n: 2, input: text("b") }]);
  });
});

/** The same numbers from the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe("whatever the line does", () => {
  it("each typed input is taken once, in order", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const chance = random(seed);
      const outbox = new Outbox(() => 0);
      const typed: string[] = [];
      // The service: what came is what was on the line before it was cut; it drops what it has had.
      const taken: string[] = [];
      let heard = 0;
      let onLine: { n: number; input: Input }[] = [];
      let up = false;
      const arrive = (many: number) => {
        for (const { n, input } of onLine.splice(0, many)) {
          if (n <= heard) continue;
          heard = n;
          if (input.type === "text") taken.push(input.text);
        }
      };
      for (let step = 0; step < 200; step += 1) {
        const dice = chance();
        if (dice < 0.55) {
          typed.push(`${step}`);
          outbox.give(text(`${step}`));
        } else if (dice < 0.7) outbox.give(moved(step));
        else if (dice < 0.85) {
          arrive(Math.floor(chance() * 8));
          // What it says of that may be lost with the line.
          if (up && chance() < 0.5) outbox.heard(heard);
        } else if (up) {
          up = false;
          outbox.shut();
          // Some of what was on the line still arrives, the rest never.
          if (chance() < 0.5) arrive(Math.floor(chance() * 5));
          onLine = [];
        } else {
          up = true;
          outbox.open(heard, (message) => onLine.push(message));
        }
      }
      if (up) outbox.shut();
      onLine = [];
      outbox.open(heard, (message) => onLine.push(message));
      arrive(Infinity);
      expect(taken, `seed ${seed}`).toEqual(typed);
    }
  });
});
