"use client";

import type { RefObject } from "react";
import { runPage } from "@/api/records";
import type { Run, RunList } from "@/api/types";
import { WORDS } from "@/login/words";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { exactly } from "@/ui/numbers";
import { moment } from "@/ui/times";
import { Details } from "./Details";
import { Pager } from "./Pager";
import { RunScreenshot } from "./RunScreenshot";
import { useIntegrations } from "./context";
import { endingInWords, evidenceOf, isOpenEnded, tookOf } from "./runs";
import { usePages } from "./usePages";

const PAGE = 10;

/** The runs of a connection, newest first. */
export function RunsView({
  connection,
  isConnected,
  heading,
  onContinue,
  onRecords,
}: {
  connection: string;
  /** Otherwise somebody must log in before anything is fetched. */
  isConnected: boolean;
  heading: RefObject<HTMLHeadingElement | null>;
  onContinue: (run: Run) => void;
  onRecords: (run: Run) => void;
}) {
  const { movedRuns, runs: newest } = useIntegrations();
  const pages = usePages<RunList>(connection, movedRuns, (cursor, signal) =>
    runPage(connection, { cursor, limit: PAGE, signal }),
  );
  const runs = pages.page?.runs.map((run) => newest.find((one) => one.id === run.id) ?? run) ?? [];
  const from = pages.before * PAGE;
  return (
    <>
      {pages.problem ? <ProblemPanel problem={pages.problem} onRetry={pages.retry} /> : null}
      {runs.length > 0 ? (
        <>
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Runs" aria-busy={pages.waiting}>
            <table className="runs" data-testid="runs-table">
              <thead>
                <tr>
                  <th scope="col">Began</th>
                  <th scope="col">Outcome</th>
                  <th scope="col">Stream</th>
                  <th scope="col" data-number>
                    Took
                  </th>
                  <th scope="col" data-number>
                    Pages
                  </th>
                  <th scope="col" data-number>
                    Records
                  </th>
                  <th scope="col">Source, definition</th>
                </tr>
              </thead>
              <tbody>
                {runs.map((run) => (
                  <Row
                    key={run.id}
                    run={run}
                    onRecords={() => onRecords(run)}
                    continued={
                      isOpenEnded(run, [...newest, ...runs]) ? (
                        <button
                          type="button"
                          className="button small"
                          data-testid="run-continue"
                          onClick={() => onContinue(run)}
                        >
                          {isConnected ? "Continue" : `${WORDS.reconnect} and continue`}
                        </button>
                      ) : null
                    }
                  />
                ))}
              </tbody>
            </table>
          </div>
          <Pager
            pages={pages}
            of="runs"
            names={["Newer", "Older"]}
            words={`Runs ${exactly(from + 1)}–${exactly(from + runs.length)}`}
            onTurn={() => heading.current?.focus()}
          />
        </>
      ) : pages.problem ? null : (
        <p className="empty" role="status" data-testid="runs-empty">
          {pages.waiting ? "Loading…" : "Nothing was scraped yet."}
        </p>
      )}
    </>
  );
}

function Row({ run, onRecords, continued }: { run: Run; onRecords: () => void; continued: React.ReactNode }) {
  const evidence = evidenceOf(run);
  return (
    <tr data-run={run.id} data-outcome={run.outcome ?? "running"}>
      <td>
        <time dateTime={run.startedAt}>{moment(run.startedAt)}</time>
      </td>
      <td className="run-outcome">
        <span className="mark" data-mark={run.outcome ?? "running"}>
          {endingInWords(run) ?? "Under way"}
        </span>
        {run.continues ? <span className="quiet"> continues an earlier run</span> : null}
        {evidence ? <p>{evidence}</p> : null}
        <Details evidence={run.evidence} testId="run-details" />
        <RunScreenshot run={run} />
        {run.progress.records > 0 || continued ? (
          <div className="run-actions">
            {run.progress.records > 0 ? (
              <button type="button" className="button small" data-testid="run-records" onClick={onRecords}>
                Its records
              </button>
            ) : null}
            {continued}
          </div>
        ) : null}
      </td>
      <td>{run.stream}</td>
      <td data-number>{tookOf(run) || "—"}</td>
      <td data-number>{exactly(run.progress.pages)}</td>
      <td data-number>{exactly(run.progress.records)}</td>
      <td>
        {run.source ?? "—"}
        {run.providerVersion ? <code>{run.providerVersion}</code> : null}
      </td>
    </tr>
  );
}
