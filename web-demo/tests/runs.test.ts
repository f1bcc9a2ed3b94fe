// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import { promiseToContinue, takePromise } from "@/integrations/continuing";
import { changesOf } from "@/integrations/RecordChanges";
import { endingOf, evidenceOf, expectedOf, isOpenEnded, leftInWords, paceOf, rateOf, whereOf, withPoints } from "@/integrations/runs";
import { seconds } from "@/ui/times";
import { AT, later, record, run } from "./samples";

const begin = Date.parse(AT);
const point = (after: number, pages: number, records: number) => ({ at: begin + after * 1000, pages, records });

describe("the pace of a run", () => {
  it("is known once two pages were told", () => {
    expect(rateOf([], begin)).toBeNull();
    expect(rateOf([point(0, 1, 20)], begin)).toBeNull();
    expect(rateOf([point(0, 1, 20), point(2, 2, 40)], begin + 2000)).toBe(10);
  });

  it("counts from what a run began with, and by the newest half minute", () => {
    // It went on with 100 records of an earlier one.
    expect(rateOf([point(0, 6, 120), point(4, 7, 140)], begin + 4000)).toBe(5);
    expect(rateOf([point(0, 1, 1000), point(40, 2, 1020), point(50, 3, 1040)], begin + 50_000)).toBe(2);
  });

  it("falls while the site is silent", () => {
    const points = [point(0, 1, 20), point(2, 2, 40)];
    expect(rateOf(points, begin + 7000)).toBe(10);
    expect(rateOf(points, begin + 25_000)).toBe(1);
    expect(rateOf(points, begin + 33_000)).toBeNull();
  });

  it("knows the time left only where an earlier run read the whole list", () => {
    const running = run({ id: "run_2", status: "running", outcome: null, complete: false, progress: { pages: 2, records: 40 } });
    const points = [point(0, 1, 20), point(2, 2, 40)];
    expect(expectedOf(running, [running])).toBeNull();
    expect(paceOf(running, points, null, begin + 2000)).toEqual({ rate: 10, left: null, part: null });
    const whole = run({ progress: { pages: 7, records: 140 } });
    expect(expectedOf(running, [running, run({ complete: false }), run({ stream: "other" }), whole])).toBe(140);
    expect(paceOf(running, points, 140, begin + 2000)).toEqual({ rate: 10, left: 10_000, part: 40 / 140 });
    // There are more than last time: nobody knows how many.
    expect(paceOf(running, points, 40, begin + 2000)).toEqual({ rate: 10, left: null, part: null });
  });

  it("keeps each point once, in order", () => {
    expect(withPoints([point(2, 2, 40)], [point(0, 1, 20), point(2, 2, 40)])).toEqual([point(0, 1, 20), point(2, 2, 40)]);
  });

  it("is said no more exactly than it is known", () => {
    expect(leftInWords(1200)).toBe("a few seconds left");
    expect(leftInWords(11_000)).toBe("about 15 seconds left");
    expect(leftInWords(56_000)).toBe("about 1 minute left");
    expect(leftInWords(200_000)).toBe("about 3 minutes left");
    expect([seconds(830), seconds(12_300), seconds(185_000), seconds(120_000)]).toEqual(["0.8 s", "12 s", "3 min 5 s", "2 min"]);
  });
});

describe("how a run ended", () => {
  it("is a sentence for each outcome", () => {
    const words = (["ok", "empty_confirmed", "needs_reconnect", "blocked", "drift", "failed", "cancelled"] as const).map((outcome) =>
      endingOf(run({ outcome })),
    );
    expect(new Set(words).size).toBe(7);
    for (const one of words) expect(one).toContain("products");
    expect(words[0]).toBe("137 records of products");
  });

  it("has its evidence, without what is said already", () => {
    expect(evidenceOf(run({ message: "137 records from 7 pages." }))).toBeNull();
    expect(evidenceOf(run({ message: "20 records from 1 page. There may be more." }))).toBe("There may be more.");
    const drift = "The site has changed: the answer has no list.";
    expect(evidenceOf(run({ outcome: "drift", message: drift }))).toBe(drift);
    expect(whereOf(run({ outcome: "drift", progress: { pages: 3, records: 60 } }))).toBe(
      "That was after page 3: 60 records read by then are kept.",
    );
    expect(whereOf(run({ outcome: "failed", progress: { pages: 0, records: 0 } }))).toBe("That was before the first page.");
  });

  it("is open where it can go on, and nothing went on yet", () => {
    const broken = run({ id: "run_1", outcome: "needs_reconnect", canBeContinued: true });
    expect(isOpenEnded(broken, [broken])).toBe(true);
    expect(isOpenEnded(broken, [run({ id: "run_2", continues: "run_1" }), broken])).toBe(false);
    expect(isOpenEnded(run(), [])).toBe(false);
  });
});

describe("what is to go on after the login", () => {
  it("is kept for its provider, once", () => {
    promiseToContinue(run({ id: "run_9" }));
    expect(takePromise("hotmart")).toBeNull();
    expect(takePromise("demo-market")).toEqual({ provider: "demo-market", account: "main", stream: "products", runId: "run_9" });
    expect(takePromise("demo-market")).toBeNull();
    promiseToContinue(run());
    promiseToContinue(null);
    expect(takePromise("demo-market")).toBeNull();
  });
});

describe("a record's changes", () => {
  it("say what a field was and what it became, though the service tells only what it was", () => {
    const now = record("a", { data: { price: 3, name: "Now", gone: undefined } });
    const changes = changesOf(now, {
      changes: [
        { at: later(9), runId: "run_2", before: { price: 2 } },
        { at: later(5), runId: "run_1", before: { price: 1, name: "Then" } },
      ],
    });
    expect(changes).toEqual([
      { at: later(9), fields: [{ name: "price", before: 2, after: 3 }] },
      {
        at: later(5),
        fields: [
          { name: "price", before: 1, after: 2 },
          { name: "name", before: "Then", after: "Now" },
        ],
      },
    ]);
  });
});
