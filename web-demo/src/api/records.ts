/** Runs and records, as the page asks for them. */

import { answer, api, raw } from "./client";
import type { RecordHistory, RecordPage, Run, RunList } from "./types";

/** Which records of a connection, and in which order. */
export interface RecordsWanted {
  connection: string;
  stream: string;
  /** Only those that this run saw. */
  run: string | null;
  q: string;
  /** A field, or `firstSeen`, `lastSeen`, `changedAt`; with a `-` before it the greatest first. */
  sort: string | null;
  /** Also those that the site does not show any more. */
  missing: boolean;
  changedSince: string | null;
}

function queryOf({ stream, run, q, sort, missing, changedSince }: RecordsWanted) {
  return {
    stream,
    ...(run ? { run } : {}),
    ...(q.trim() ? { q: q.trim() } : {}),
    ...(sort ? { sort } : {}),
    ...(missing ? {} : { missing: false }),
    ...(changedSince ? { changedSince } : {}),
  };
}

export async function recordPage(
  wanted: RecordsWanted,
  { cursor, limit, signal }: { cursor: string | null; limit: number; signal?: AbortSignal },
): Promise<RecordPage> {
  const query = { ...queryOf(wanted), limit, format: "json" as const, ...(cursor ? { cursor } : {}) };
  const page = await answer(
    api.GET("/connections/{id}/records", { params: { path: { id: wanted.connection }, query }, signal }),
  );
  // The other forms of this answer are text.
  return page as RecordPage;
}

export type FileForm = "csv" | "json" | "ndjson";

/** All of them, as a file. */
export async function recordFile(wanted: RecordsWanted, form: FileForm): Promise<Blob> {
  const asked = Object.entries(queryOf(wanted)).map(([name, value]): [string, string] => [name, String(value)]);
  const lines = form === "csv" ? "csv" : "ndjson";
  const query = new URLSearchParams([...asked, ["format", lines]]);
  const type = form === "csv" ? "text/csv" : "application/x-ndjson";
  const response = await raw(`/connections/${wanted.connection}/records?${query}`, type);
  if (form !== "json") return response.blob();
  // As it was sent: to read it would round numbers that are longer than a float's 53 bits.
  const text = (await response.text()).trimEnd();
  const records = text ? `[\n${text.split("\n").join(",\n")}\n]\n` : "[]\n";
  return new Blob([records], { type: "application/json" });
}

export async function recordHistory(connection: string, stream: string, key: string): Promise<RecordHistory> {
  return answer(api.GET("/connections/{id}/records/history", { params: { path: { id: connection }, query: { stream, key } } }));
}

export async function runPage(
  connection: string | null,
  { cursor, limit, stream, signal }: { cursor: string | null; limit: number; stream?: string; signal?: AbortSignal },
): Promise<RunList> {
  const query = { limit, ...(connection ? { connection } : {}), ...(stream ? { stream } : {}), ...(cursor ? { cursor } : {}) };
  return answer(api.GET("/scraper/runs", { params: { query }, signal }));
}

export async function startRun(
  provider: string,
  body: { stream?: string; account?: string; continues?: string },
): Promise<void> {
  await answer(api.POST("/scraper/{provider}/scrape", { params: { path: { provider }, query: { wait: 0 } }, body }));
}

export async function stopRun(id: string): Promise<Run> {
  return answer(api.POST("/scraper/runs/{id}/cancel", { params: { path: { id } } }));
}

/** Believes a run that found far fewer records than the one before. */
export async function acceptRun(id: string): Promise<Run> {
  return answer(api.POST("/scraper/runs/{id}/accept", { params: { path: { id } } }));
}

/** The page at which a run ended, masked. */
export async function runScreenshot(id: string): Promise<Blob> {
  return (await raw(`/scraper/runs/${id}/screenshot`, "image/png, application/problem+json")).blob();
}

/** How far a run was, each time that it was told. */
export async function runTold(id: string): Promise<{ at: string; progress: Run["progress"] }[]> {
  const list = await answer(api.GET("/scraper/runs/{id}/events", { params: { path: { id } }, headers: { Accept: "application/json" } }));
  if (typeof list !== "object" || !("events" in list)) return [];
  return list.events.flatMap(({ data }) => (data.type === "run_progress" ? [{ at: data.at, progress: data.progress }] : []));
}
