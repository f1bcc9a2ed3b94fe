/** What can be said of a run: how fast it is, how long it still takes, how it ended. */

import type { Run } from "@/api/types";
import { count, exactly } from "@/ui/numbers";
import { seconds } from "@/ui/times";

/** How far a run was at a moment. */
export interface Point {
  /** In milliseconds, by the service's clock. */
  at: number;
  pages: number;
  records: number;
}

/** The rate is that of the newest so many milliseconds: a site that gets slower is seen to. */
const WINDOW_MS = 30_000;
/** A page takes a while; only a longer silence makes the rate less. */
const PATIENCE_MS = 5000;

/** Adds what was told, in its order, each once. */
export function withPoints(known: readonly Point[], told: readonly Point[]): Point[] {
  const all = new Map([...known, ...told].map((point) => [`${point.at}/${point.pages}/${point.records}`, point]));
  return [...all.values()].sort((a, b) => a.at - b.at || a.pages - b.pages);
}

/** Records a second; null until two pages were told, and where none came for long. */
export function rateOf(points: readonly Point[], now: number): number | null {
  const last = points.at(-1);
  if (!last || now - last.at > WINDOW_MS) return null;
  const first = points.find((point) => point.at >= last.at - WINDOW_MS) ?? last;
  const took = Math.max(last.at, now - PATIENCE_MS) - first.at;
  return last === first || took <= 0 ? null : ((last.records - first.records) * 1000) / took;
}

export interface Pace {
  /** Records a second. */
  rate: number | null;
  /** Milliseconds, where an earlier run tells how many there are. */
  left: number | null;
  /** From 0 to 1, where an earlier run tells how many there are. */
  part: number | null;
}

/** `expected`: how many the newest run that read the whole list found. */
export function paceOf(run: Run, points: readonly Point[], expected: number | null, now: number): Pace {
  const rate = rateOf(points, now);
  // With more than that nobody knows how many there are.
  if (expected === null || run.progress.records >= expected) return { rate, left: null, part: null };
  const part = run.progress.records / expected;
  return { rate, left: rate ? ((expected - run.progress.records) * 1000) / rate : null, part };
}

/** How many the newest run that read the whole list of the same stream found. */
export function expectedOf(run: Run, runs: readonly Run[]): number | null {
  const whole = runs.find(
    (one) => one.connectionId === run.connectionId && one.stream === run.stream && one.complete && one.progress.records > 0,
  );
  return whole?.progress.records ?? null;
}

/** "about 40 seconds left": never more exact than it is known. */
export function leftInWords(milliseconds: number): string {
  const secs = milliseconds / 1000;
  if (secs < 5) return "a few seconds left";
  if (secs < 55) return `about ${Math.ceil(secs / 5) * 5} seconds left`;
  return `about ${count(Math.round(secs / 60) || 1, "minute")} left`;
}

export const rateInWords = (rate: number): string => `${exactly(rate, rate < 10 ? 1 : 0)} records/s`;

export type Ending = NonNullable<Run["outcome"]>;

/** The outcome in a word or two, for a list of runs. */
const ENDINGS: Record<Ending, string> = {
  ok: "Done",
  empty_confirmed: "Nothing there",
  needs_reconnect: "Needs reconnect",
  blocked: "Refused by the site",
  drift: "The site has changed",
  failed: "Failed",
  cancelled: "Stopped",
};

/** The outcome of one of them. */
export const endingInWords = (run: Run): string | null =>
  run.outcome && (run.shrunkFrom === null ? ENDINGS[run.outcome] : "Far fewer");

/** How it ended, as a sentence. */
export function endingOf(run: Run): string {
  const { stream } = run;
  switch (run.outcome) {
    case "ok":
      return `${count(run.progress.records, "record")} of ${stream}`;
    case "drift":
      return run.shrunkFrom === null
        ? `The site has changed: ${stream} could not be read`
        : `Far fewer ${stream} than the last time`;
    case "empty_confirmed":
      return `No ${stream} there at the moment`;
    case "needs_reconnect":
      return `The session ended while ${stream} were read`;
    case "blocked":
      return `The site refused to show ${stream}`;
    case "cancelled":
      return `The scrape of ${stream} was stopped`;
    default:
      return `The scrape of ${stream} failed`;
  }
}

/** The evidence: what the service says of it, beyond what is said already. */
export function evidenceOf(run: Run): string | null {
  const message = run.message?.trim();
  if (!message) return null;
  if (run.outcome !== "ok") return message;
  // "137 records from 7 pages." is said; what follows is not.
  return message.replace(/^\d+ records? from \d+ pages?\.\s*/, "") || null;
}

/** Where it was by then. */
export function whereOf(run: Run): string {
  const { pages, records } = run.progress;
  if (run.outcome === "ok") return `${count(pages, "page")}, ${tookOf(run)}`;
  if (pages === 0) return "That was before the first page.";
  return `That was after page ${exactly(pages)}: ${count(records, "record")} read by then ${records === 1 ? "is" : "are"} kept.`;
}

export function tookOf(run: Run): string {
  if (!run.finishedAt) return "";
  return seconds(Date.parse(run.finishedAt) - Date.parse(run.startedAt));
}

/** Whether a new run can take it up where it ended, and none did yet. */
export function isOpenEnded(run: Run, runs: readonly Run[]): boolean {
  return run.canBeContinued && !runs.some((one) => one.continues === run.id);
}
