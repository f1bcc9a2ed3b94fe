import { describe, expect, it } from "vitest";
import { DAYS, HOURS, type Timing, cronOf, ownTimeZone, timeZones, timingOf } from "@/integrations/timing";
import { clockNote, inWords, laterInWords, untilThen, whenNext } from "@/integrations/timingWords";

describe("what is chosen, as cron and back", () => {
  const chosen: [Timing, string, string][] = [
    [{ kind: "hours", every: 1, minute: 0 }, "0 * * * *", "Every hour, on the hour"],
    [{ kind: "hours", every: 1, minute: 25 }, "25 * * * *", "Every hour, at 25 past"],
    [{ kind: "hours", every: 6, minute: 5 }, "5 */6 * * *", "Every 6 hours, at 5 past"],
    [{ kind: "daily", at: "06:30" }, "30 6 * * *", "Every day at 06:30"],
    [{ kind: "daily", at: "00:00" }, "0 0 * * *", "Every day at 00:00"],
    [{ kind: "weekly", day: 1, at: "18:05" }, "5 18 * * 1", "Every Monday at 18:05"],
    [{ kind: "weekly", day: 0, at: "23:59" }, "59 23 * * 0", "Every Sunday at 23:59"],
  ];
  // The words of times are those of the place.
  const written = (words: string | null) => words?.replace(/(\d+):(\d+)\s*([AP])M/, (_, hour, minute, half) => {
    const hours = (Number(hour) % 12) + (half === "P" ? 12 : 0);
    return `${String(hours).padStart(2, "0")}:${minute}`;
  });

  it.each(chosen)("%o is %s: %s", (timing, cron, words) => {
    expect(cronOf(timing)).toBe(cron);
    expect(timingOf(cron)).toEqual(timing);
    expect(written(inWords(timing))).toBe(words);
  });

  it("every form that can be chosen comes back as it was", () => {
    for (const every of HOURS) for (const minute of [0, 7, 59]) {
      const timing: Timing = { kind: "hours", every, minute };
      expect(timingOf(cronOf(timing))).toEqual(timing);
    }
    for (const day of DAYS) {
      const timing: Timing = { kind: "weekly", day, at: "09:09" };
      expect(timingOf(cronOf(timing))).toEqual(timing);
    }
  });

  it("other ways to write the same are known", () => {
    expect(timingOf("  0   6 * *  * ")).toEqual({ kind: "daily", at: "06:00" });
    expect(timingOf("0 6 * * mon")).toEqual({ kind: "weekly", day: 1, at: "06:00" });
    expect(timingOf("0 6 * * 7")).toEqual({ kind: "weekly", day: 0, at: "06:00" });
    expect(timingOf("0 */1 * * *")).toEqual({ kind: "hours", every: 1, minute: 0 });
  });

  it.each([
    "*/30 * * * *", // oftener than every hour
    "0 */5 * * *", // no equal pauses
    "0 */6 * * 1",
    "0 6 1 * *",
    "0 6 * 6 *",
    "0 6 * * 1-5",
    "0 6 * * 1,3",
    "0 6,18 * * *",
    "0 6 * * 8",
    "60 6 * * *",
    "0 24 * * *",
    "0 6 * * MON#1",
    "0 0 6 * * *", // six fields
    "@daily",
    "every day",
    "",
  ])("%j is somebody's own, to the letter", (cron) => {
    expect(timingOf(cron)).toEqual({ kind: "own", cron });
    expect(inWords(timingOf(cron))).toBeNull();
    expect(cronOf(timingOf(cron))).toBe(cron);
  });
});

describe("time zones", () => {
  it("one that the browser does not know, but that is set, can be kept", () => {
    const zones = timeZones("America/Sao_Paulo", "Mars/Olympus");
    expect(zones.filter((zone) => zone === "America/Sao_Paulo")).toHaveLength(1);
    expect(zones).toContain("Mars/Olympus");
    expect(zones).toContain("UTC");
  });

  it("only another one than the person's own is told", () => {
    expect(clockNote(ownTimeZone())).toBeNull();
    expect(clockNote("America/Argentina/Buenos_Aires")).toBe("by the clock of Buenos Aires");
    expect(clockNote("Etc/UTC")).toBe(ownTimeZone() === "Etc/UTC" ? null : "by UTC");
  });
});

describe("when it is next, by the person's own clock", () => {
  /** A Monday, at noon. */
  const now = new Date(2026, 4, 4, 12, 0).getTime();
  const at = (day: number, hour: number, minute = 0) => new Date(2026, 4, day, hour, minute).toISOString();

  it.each([
    [at(4, 18), /^Today, (18:00|6:00.PM)$/, "in 6 hours"],
    [at(5, 6), /^Tomorrow, (06:00|6:00.AM)$/, "in 18 hours"],
    [at(6, 6), /^Wednesday, /, "in 42 hours"],
    [at(10, 11), /^Sunday, /, "in 6 days"],
    [at(4, 12, 1), /^Today, /, "in 1 minute"],
  ])("%s", (then, words, left) => {
    expect(whenNext(then, now)).toMatch(words);
    expect(untilThen(then, now)).toBe(left);
  });

  it("a time that has come, one that is far, and none", () => {
    expect(whenNext(at(4, 11), now)).toBe("Now");
    expect(untilThen(at(4, 11), now)).toBeNull();
    expect(whenNext(at(25, 6), now)).toMatch(/2026/);
    expect(untilThen(at(25, 6), now)).toBeNull();
    expect(whenNext("never", now)).toBe("Not any more");
    expect(untilThen("never", now)).toBeNull();
  });
});

it("how much later it may begin", () => {
  expect([0, 60, 300, 90].map(laterInWords)).toEqual(["On time", "Up to 1 minute later", "Up to 5 minutes later", "Up to 90 seconds later"]);
});
