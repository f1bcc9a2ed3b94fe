"use client";

import type { Run } from "@/api/types";
import { ago, moment } from "@/ui/times";
import { Details } from "./Details";
import { RunScreenshot } from "./RunScreenshot";
import { endingOf, evidenceOf, whereOf } from "./runs";

/** How the last run ended: the outcome in words, and by what that was seen. */
export function RunEnd({
  run,
  now,
  isReasonSaid,
  onContinue,
  onAccept,
}: {
  run: Run;
  now: number;
  /** Why is said beside it. */
  isReasonSaid: boolean;
  /** Null where it cannot be taken up. */
  onContinue: (() => void) | null;
  /** Null where there is nothing to accept. */
  onAccept: (() => void) | null;
}) {
  const evidence = isReasonSaid ? null : evidenceOf(run);
  return (
    <div className="run-end" data-outcome={run.outcome ?? undefined} data-testid={`last-run-${run.provider}`}>
      <p>
        <strong>{endingOf(run)}</strong>
        {run.finishedAt ? (
          <>
            {" · "}
            <time dateTime={run.finishedAt} title={moment(run.finishedAt)}>
              {ago(run.finishedAt, now)}
            </time>
          </>
        ) : null}
      </p>
      {evidence ? (
        <p className="evidence" data-testid={`evidence-${run.provider}`}>
          {evidence}
        </p>
      ) : null}
      {isReasonSaid ? null : <Details evidence={run.evidence} testId={`run-details-${run.provider}`} />}
      <RunScreenshot run={run} />
      {run.outcome === "empty_confirmed" ? null : <p className="quiet">{whereOf(run)}</p>}
      {onAccept ? (
        <button type="button" className="button small" data-testid={`accept-${run.provider}`} onClick={onAccept}>
          There are so few: accept it
        </button>
      ) : null}
      {onContinue ? (
        <button type="button" className="button small" data-testid={`resume-${run.provider}`} onClick={onContinue}>
          Continue
        </button>
      ) : null}
    </div>
  );
}
