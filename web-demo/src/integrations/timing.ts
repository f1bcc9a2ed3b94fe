/** When a stream is scraped by itself: as somebody chooses it, and as the five fields of cron that the service knows. */

/** A time of day, by a clock of 24 hours: `06:30`. */
export type TimeOfDay = string;

export type Timing =
  /** Every so many hours, at that minute of the hour. */
  | { kind: "hours"; every: number; minute: number }
  | { kind: "daily"; at: TimeOfDay }
  /** 0 is Sunday, as in cron. */
  | { kind: "weekly"; day: number; at: TimeOfDay }
  | { kind: "own"; cron: string };

/** So many hours go into a day without a rest: any others would make one pause of a day shorter than the rest. */
export const HOURS = [1, 2, 3, 4, 6, 8, 12] as const;

/** Monday first; each as cron counts it. */
export const DAYS = [1, 2, 3, 4, 5, 6, 0] as const;

const SHORT_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export function cronOf(timing: Timing): string {
  switch (timing.kind) {
    case "hours":
      return `${timing.minute} ${timing.every === 1 ? "*" : `*/${timing.every}`} * * *`;
    case "daily":
      return `${fieldsOf(timing.at)} * * *`;
    case "weekly":
      return `${fieldsOf(timing.at)} * * ${timing.day}`;
    case "own":
      return timing.cron.trim();
  }
}

/** What those five fields are in a form that can be chosen; all that cannot is somebody's own. */
export function timingOf(cron: string): Timing {
  const own: Timing = { kind: "own", cron };
  const [minutes, hours, dayOfMonth, month, weekday, ...more] = cron.trim().split(/\s+/);
  if (minutes === undefined || hours === undefined || weekday === undefined || more.length > 0) return own;
  const minute = numberIn(minutes, 59);
  if (minute === null || dayOfMonth !== "*" || month !== "*") return own;
  if (weekday === "*") {
    const every = hours === "*" ? 1 : Number(/^\*\/(\d{1,2})$/.exec(hours)?.[1]);
    if (HOURS.some((one) => one === every)) return { kind: "hours", every, minute };
  }
  const hour = numberIn(hours, 23);
  if (hour === null) return own;
  const at = timeOfDay(hour, minute);
  if (weekday === "*") return { kind: "daily", at };
  const named = SHORT_DAYS.indexOf(weekday.toUpperCase());
  const day = named >= 0 ? named : numberIn(weekday, 7);
  // Both 0 and 7 are Sunday.
  return day === null ? own : { kind: "weekly", day: day % 7, at };
}

function numberIn(text: string, most: number): number | null {
  if (!/^\d{1,2}$/.test(text)) return null;
  const number = Number(text);
  return number <= most ? number : null;
}

const two = (number: number): string => String(number).padStart(2, "0");

export const timeOfDay = (hour: number, minute: number): TimeOfDay => `${two(hour)}:${two(minute)}`;

/** Minute and hour, as cron has them. */
function fieldsOf(at: TimeOfDay): string {
  const [hour, minute] = at.split(":").map(Number);
  return `${minute} ${hour}`;
}

/** The zone of the clock that this person reads. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** All that the browser knows, and those that are wanted whether it knows them or not. */
export function timeZones(...wanted: string[]): string[] {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([...known, "UTC", ...wanted])].sort();
}
