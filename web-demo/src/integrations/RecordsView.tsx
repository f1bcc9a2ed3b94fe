"use client";

import { type RefObject, useEffect, useMemo, useState } from "react";
import { asProblem } from "@/api/problem";
import { type FileForm, type RecordsWanted, recordFile, recordPage, runPage } from "@/api/records";
import type { DataRecord, Integration, Problem, RecordPage, Run } from "@/api/types";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { count, exactly } from "@/ui/numbers";
import { moment } from "@/ui/times";
import { Pager } from "./Pager";
import { RecordChanges } from "./RecordChanges";
import { type Column, RecordsTable } from "./RecordsTable";
import { useIntegrations } from "./context";
import { usePages } from "./usePages";
import { useAtMost, useSettled } from "./useSettled";

const PAGE = 25;
const RUNS = 20;
/** While somebody types, nothing is asked. */
const TYPED_MS = 250;
/** While a run goes on, its records are shown as they come, but not at each page of it. */
const ANEW_MS = 1500;

type Which = "all" | "there" | "changed";

const FORMS: [FileForm, string][] = [
  ["csv", "CSV"],
  ["json", "JSON"],
  ["ndjson", "NDJSON"],
];

/** The records of a stream: a table in pages, with search and order, and files. */
export function RecordsView({
  card,
  connection,
  stream,
  ofRun,
  onAllRuns,
  heading,
}: {
  card: Integration;
  connection: string;
  stream: string;
  /** Only what this run saw. */
  ofRun: Run | null;
  onAllRuns: () => void;
  heading: RefObject<HTMLHeadingElement | null>;
}) {
  const { provider } = card;
  const { movedRuns } = useIntegrations();
  const [typed, setTyped] = useState("");
  const [sort, setSort] = useState<string | null>(null);
  const [which, setWhich] = useState<Which>("all");
  const [saving, setSaving] = useState<FileForm | null>(null);
  const [unsaved, setUnsaved] = useState<Problem | null>(null);
  const [looked, setLooked] = useState<DataRecord | null>(null);
  const q = useSettled(typed, TYPED_MS);

  const own = useRunsOf(connection, stream);
  const running = own.find((run) => run.status === "running");
  const coming = useAtMost(running?.progress.pages ?? 0, ANEW_MS);
  const last = own[0];
  const wanted: RecordsWanted = {
    connection,
    stream,
    run: ofRun?.id ?? null,
    q,
    sort,
    missing: which !== "there",
    changedSince: which === "changed" && last ? last.startedAt : null,
  };
  const pages = usePages<RecordPage>(JSON.stringify(wanted), `${movedRuns}/${coming}`, (cursor, signal) =>
    recordPage(wanted, { cursor, limit: PAGE, signal }),
  );
  const { page } = pages;
  const columns = columnsOf(card, stream, page);
  const isNarrowed = q.trim() !== "" || which !== "all" || ofRun !== null;
  const from = pages.before * PAGE;

  async function download(form: FileForm) {
    setUnsaved(null);
    setSaving(form);
    try {
      save(`${provider.id}-${stream}.${form}`, await recordFile(wanted, form));
    } catch (error) {
      setUnsaved(asProblem(error));
    } finally {
      setSaving(null);
    }
  }

  return (
    <>
      <div className="records-tools">
        <h3>
          {stream}
          {page ? (
            <span className="count" data-testid="records-total">
              {exactly(page.total)}
            </span>
          ) : null}
        </h3>
        <label className="search">
          <span className="heard-only">Search</span>
          <input
            type="search"
            placeholder="Search"
            data-testid="records-search"
            maxLength={200}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <select
          className="select small"
          aria-label="Which records"
          data-testid="records-which"
          value={which}
          onChange={(event) => setWhich(event.target.value as Which)}
        >
          <option value="all">All</option>
          <option value="there">Still on the site</option>
          <option value="changed" disabled={!last}>
            New or changed in the last run
          </option>
        </select>
        <div className="downloads" role="group" aria-label="Download">
          <span className="wide-only" aria-hidden="true">
            Download
          </span>
          {FORMS.map(([form, name]) => (
            <button
              key={form}
              type="button"
              className="button small"
              data-testid={`download-${form}`}
              aria-label={`Download ${name}`}
              aria-busy={saving === form || undefined}
              disabled={!page?.total || saving !== null}
              title={isNarrowed || sort ? "As shown: searched, filtered and in this order" : undefined}
              onClick={() => void download(form)}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      {ofRun ? (
        <p className="narrowed" data-testid="records-of-run">
          Only what the run of {moment(ofRun.startedAt)} saw.
          <button type="button" className="button small" onClick={onAllRuns}>
            Show all
          </button>
        </p>
      ) : null}
      {unsaved ? <ProblemPanel problem={unsaved} onClose={() => setUnsaved(null)} /> : null}
      {pages.problem ? <ProblemPanel problem={pages.problem} onRetry={pages.retry} /> : null}
      {page && page.records.length > 0 ? (
        <>
          <RecordsTable
            label={`${stream} of ${provider.name}`}
            columns={columns}
            records={page.records}
            sort={sort}
            onSort={setSort}
            waiting={pages.waiting}
            isNew={(record) => isNew(record, own)}
            onChanges={setLooked}
          />
          <Pager
            pages={pages}
            of="records"
            words={`${exactly(from + 1)}–${exactly(from + page.records.length)} of ${exactly(page.total)}`}
            onTurn={() => heading.current?.focus()}
          />
        </>
      ) : pages.problem ? null : (
        <div className="empty" role="status" data-testid="records-empty">
          {pages.waiting ? (
            "Loading…"
          ) : isNarrowed ? (
            <Nothing typed={q.trim()} which={which} total={card.records} />
          ) : running ? (
            "The first records are on their way…"
          ) : (
            `No ${stream} fetched yet.`
          )}
        </div>
      )}
      {looked ? (
        <RecordChanges
          connection={connection}
          stream={stream}
          record={looked}
          columns={columns}
          onClose={() => setLooked(null)}
        />
      ) : null}
    </>
  );
}

function Nothing({ typed, which, total }: { typed: string; which: Which; total: number }) {
  if (typed) {
    return (
      <>
        Nothing holds “{typed}”{which === "all" ? "" : " among these"}; {count(total, "record")} in all.
      </>
    );
  }
  return which === "changed" ? "Nothing is new or changed since the last run began." : "There are none.";
}

/** The newest runs of a stream, newest first: where others run often, those that the page knows of all reach back but hours. */
function useRunsOf(connection: string, stream: string): Run[] {
  const { movedRuns, runs } = useIntegrations();
  const [listed, setListed] = useState<Run[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    runPage(connection, { cursor: null, limit: RUNS, stream, signal: abort.signal }).then(
      (page) => setListed(page.runs),
      // Without them there is less to tell of the records.
      () => undefined,
    );
    return () => abort.abort();
  }, [connection, stream, movedRuns]);
  return useMemo(() => {
    const newest = runs.filter((run) => run.connectionId === connection && run.stream === stream);
    const known = new Set(newest.map(({ id }) => id));
    return [...newest, ...listed.filter(({ id }) => !known.has(id))].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  }, [runs, listed, connection, stream]);
}

/** First seen by the newest run, and not by the very first one: then everything would be new. */
function isNew(record: DataRecord, runs: readonly Run[]): boolean {
  const [newest, ...earlier] = runs;
  const isFirst = !earlier.some((run) => run.progress.records > 0) || newest?.continues != null;
  return newest !== undefined && !isFirst && record.firstSeen >= newest.startedAt;
}

/** The definition's fields in their order; for a stream that is not defined any more, the records' own. */
function columnsOf(card: Integration, stream: string, page: RecordPage | null): Column[] {
  const defined = card.provider.streams.find(({ name }) => name === stream);
  if (defined && defined.fields.length > 0) return defined.fields;
  const names = new Set(page?.records.flatMap((record) => Object.keys(record.data)));
  return [...names].map((name) => ({ name, type: "" }));
}

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
