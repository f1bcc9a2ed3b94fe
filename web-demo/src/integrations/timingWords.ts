/** When a stream is scraped, in words. */

import { moment } from "@/ui/times";
import { type TimeOfDay, type Timing, ownTimeZone } from "./timing";

/** "Every Monday at 06:00"; null for somebody's own expression, which only its own letters say. */
export function inWords(timing: Timing): string | null {
  switch (timing.kind) {
    case "hours": {
      const often = timing.every === 1 ? "Every hour" : `Every ${timing.every} hours`;
      return timing.minute === 0 ? `${often}, on the hour` : `${often}, at ${timing.minute} past`;
    }
    case "daily":
      return `Every day at ${clockOf(timing.at)}`;
    case "weekly":
      return `Every ${dayName(timing.day)} at ${clockOf(timing.at)}`;
    case "own":
      return null;
  }
}

/** As the page's other words; the first of 2023 was a Sunday. */
export const dayName = (day: number): string =>
  new Date(Date.UTC(2023, 0, 1 + day)).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });

/** A time of day as it is written where the person is. */
function clockOf(at: TimeOfDay): string {
  return new Date(`2023-01-01T${at}:00Z`).toLocaleTimeString(undefined, { timeStyle: "short", timeZone: "UTC" });
}

/** `America/Sao_Paulo` as one reads it. */
export const zoneName = (zone: string): string => zone.replaceAll("_", " ");

/** Whose clock it is, where that is another than the person's own. */
export function clockNote(zone: string): string | null {
  if (zone === ownTimeZone()) return null;
  if (/^(Etc\/)?UTC$/.test(zone)) return "by UTC";
  return `by the clock of ${zoneName(zone.split("/").at(-1) ?? zone)}`;
}

export function laterInWords(seconds: number): string {
  if (seconds === 0) return "On time";
  const [number, unit] = seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"];
  return `Up to ${number} ${unit}${number === 1 ? "" : "s"} later`;
}

const DAY_MS = 86_400_000;

/** "Tomorrow, 06:00", by the person's own clock. */
export function whenNext(at: string, now: number): string {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return "Not any more";
  if (then.getTime() <= now) return "Now";
  const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  // Rounded: a day on which the clock is set has 23 or 25 hours.
  const days = Math.round((midnight(then) - midnight(new Date(now))) / DAY_MS);
  if (days > 6) return moment(at);
  const clock = then.toLocaleTimeString(undefined, { timeStyle: "short" });
  const day =
    days < 2
      ? new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day")
      : then.toLocaleDateString(undefined, { weekday: "long" });
  return `${asSentence(day)}, ${clock}`;
}

/** "in 14 hours"; null where it is now, or too far for that to say anything. */
export function untilThen(at: string, now: number): string | null {
  const minutes = Math.round((Date.parse(at) - now) / 60_000);
  if (!(minutes >= 1) || minutes > 7 * 24 * 60) return null;
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });
  if (minutes < 60) return format.format(minutes, "minute");
  if (minutes < 48 * 60) return format.format(Math.round(minutes / 60), "hour");
  return format.format(Math.round(minutes / (24 * 60)), "day");
}

/** What the service says in the middle of a sentence, as one of its own. */
export function asSentence(text: string): string {
  const first = [...text][0] ?? "";
  return first.toUpperCase() + text.slice(first.length);
}
