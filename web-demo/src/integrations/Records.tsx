"use client";

import { useEffect, useRef, useState } from "react";
import { answer, api, raw } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { DataRecord, Integration, Problem, RecordPage, Run } from "@/api/types";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { Cell } from "./cells";
import { useIntegrations } from "./context";

const PAGE = 25;

interface Loaded {
  run: Run;
  page: RecordPage;
}

/** The run whose records are worth showing: the newest that found something. */
async function runToShow(provider: string): Promise<Run | null> {
  const { runs } = await answer(api.GET("/scraper/runs", { params: { query: { provider, limit: 50 } } }));
  return runs.find((run) => run.outcome === "ok") ?? runs.find((run) => run.progress.records > 0) ?? runs[0] ?? null;
}

async function pageOf(run: Run, limit: number, cursor: string | null | undefined): Promise<RecordPage> {
  const query = { limit, format: "json" as const, ...(cursor ? { cursor } : {}) };
  const page = await answer(api.GET("/scraper/runs/{id}/records", { params: { path: { id: run.id }, query } }));
  // The other forms of this answer are text.
  return page as RecordPage;
}

/** What was scraped: a table in pages, and files. */
export function Records({ card, onClose }: { card: Integration; onClose: () => void }) {
  const { provider } = card;
  const { finishedRuns } = useIntegrations();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [waiting, setWaiting] = useState(true);
  /** The cursors of the pages before this one; the last is this one's. */
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const [asked, setAsked] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const cursor = trail[trail.length - 1] ?? null;

  useEffect(() => {
    let current = true;
    (async () => {
      const run = await runToShow(provider.id);
      if (!run) return null;
      return { run, page: await pageOf(run, PAGE, cursor) };
    })()
      .then((fresh) => {
        if (!current) return;
        setLoaded(fresh);
        setProblem(null);
      })
      .catch((error: unknown) => {
        if (current) setProblem(asProblem(error));
      })
      .finally(() => {
        if (current) setWaiting(false);
      });
    return () => {
      current = false;
    };
  }, [provider.id, cursor, finishedRuns, asked]);

  useEffect(() => {
    heading.current?.scrollIntoView?.({ block: "nearest" });
  }, []);

  async function download(form: "csv" | "json") {
    if (!loaded) return;
    setProblem(null);
    try {
      const name = `${provider.id}-${loaded.run.stream}.${form}`;
      save(name, form === "csv" ? await csv(loaded.run) : await json(loaded.run));
    } catch (error) {
      setProblem(asProblem(error));
    }
  }

  const running = card.lastRun?.status === "running";
  const stream = loaded?.run.stream ?? card.lastRun?.stream ?? provider.streams[0]?.name ?? "records";
  const fields = fieldsOf(card, loaded);
  const page = loaded?.page;
  const from = (trail.length - 1) * PAGE;
  const turn = (next: (string | null)[]) => {
    setTrail(next);
    heading.current?.focus();
  };

  return (
    <section className="records" data-testid="records" aria-busy={waiting || running} aria-labelledby="records-title">
      <div className="records-head">
        <h2 id="records-title" ref={heading} tabIndex={-1}>
          {provider.name}: {stream}
          {page && page.total > 0 ? (
            <span className="count" data-testid="records-total">
              {page.total}
            </span>
          ) : null}
        </h2>
        <div className="records-tools">
          <button
            type="button"
            className="button small"
            disabled={!page?.total}
            aria-label="Download CSV"
            onClick={() => void download("csv")}
          >
            <span className="wide-only">Download</span>
            CSV
          </button>
          <button
            type="button"
            className="button small"
            disabled={!page?.total}
            aria-label="Download JSON"
            onClick={() => void download("json")}
          >
            <span className="wide-only">Download</span>
            JSON
          </button>
          <button type="button" className="button small" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      {problem ? <ProblemPanel problem={problem} onRetry={() => setAsked((n) => n + 1)} /> : null}
      {page && page.records.length > 0 ? (
        <>
          <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="records-title">
            <table>
              <thead>
                <tr>
                  {fields.map((field) => (
                    <th key={field.name} scope="col" data-number={NUMBERS.has(field.type) || undefined}>
                      {field.name.replaceAll("_", " ")}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {page.records.map((record) => (
                  <tr key={record.key}>
                    {fields.map((field) => (
                      <Cell key={field.name} value={record.data[field.name]} type={field.type} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="pager">
            <span aria-live="polite">
              {from + 1}–{from + page.records.length} of {page.total}
            </span>
            <button type="button" className="button small" disabled={trail.length < 2} onClick={() => turn(trail.slice(0, -1))}>
              Previous
            </button>
            <button
              type="button"
              className="button small"
              data-testid="records-next"
              disabled={!page.next}
              onClick={() => turn([...trail, page.next ?? null])}
            >
              Next
            </button>
          </div>
        </>
      ) : problem ? null : (
        <p className="empty">
          {running ? "The first records are on their way…" : waiting ? "Loading…" : "Nothing has been fetched yet."}
        </p>
      )}
    </section>
  );
}

const NUMBERS = new Set(["integer", "decimal", "number", "money"]);

/** The definition's fields in their order; for a stream that is not defined any more, the records' own. */
function fieldsOf(card: Integration, loaded: Loaded | null): { name: string; type: string }[] {
  const stream = card.provider.streams.find((one) => one.name === loaded?.run.stream);
  if (stream && stream.fields.length > 0) return stream.fields;
  const names = new Set(loaded?.page.records.flatMap((record) => Object.keys(record.data)));
  return [...names].map((name) => ({ name, type: "" }));
}

async function csv(run: Run): Promise<Blob> {
  return (await raw(`/scraper/runs/${run.id}/records?format=csv`, "text/csv")).blob();
}

/** All pages in one array. */
async function json(run: Run): Promise<Blob> {
  const all: DataRecord[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await pageOf(run, 200, cursor);
    all.push(...page.records);
    cursor = page.next;
  } while (cursor);
  return new Blob([JSON.stringify(all.map((record) => record.data), null, 2)], { type: "application/json" });
}

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
