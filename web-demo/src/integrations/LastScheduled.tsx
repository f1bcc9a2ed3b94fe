"use client";

import { useEffect, useState } from "react";
import { serviceTime } from "@/api/clock";
import { runOf } from "@/api/schedules";
import type { Run, Schedule } from "@/api/types";
import { ago, moment } from "@/ui/times";
import { useIntegrations } from "./context";
import { endingInWords, endingOf, evidenceOf } from "./runs";

/** What the last scheduled time came to. */
export function LastScheduled({ schedule, now }: { schedule: Schedule; now: number }) {
  const { lastAt, lastRunId, lastProblem } = schedule;
  const run = useRun(lastProblem ? null : lastRunId);
  if (!lastAt) return "Not yet";
  const when = (
    <time dateTime={lastAt} title={moment(lastAt)}>
      {ago(lastAt, serviceTime(now))}
    </time>
  );
  if (lastProblem) {
    return (
      <>
        <span className="mark" data-mark="failed">
          Did not begin
        </span>{" "}
        {when}
        <p className="quiet">{lastProblem}</p>
      </>
    );
  }
  if (!run) return when;
  const evidence = evidenceOf(run);
  return (
    <>
      <span className="mark" data-mark={run.outcome ?? "running"}>
        {endingInWords(run) ?? "Under way"}
      </span>{" "}
      {run.outcome ? `${endingOf(run)} · ` : null}
      {when}
      {evidence ? <p className="quiet">{evidence}</p> : null}
    </>
  );
}

/** A run: one that the page knows of, or else read. */
function useRun(id: string | null | undefined): Run | null {
  const { runs } = useIntegrations();
  const known = runs.find((run) => run.id === id) ?? null;
  const [read, setRead] = useState<Run | null>(null);
  const isKnown = known !== null;
  useEffect(() => {
    if (!id || isKnown) return;
    const abort = new AbortController();
    runOf(id, abort.signal).then(
      (run) => !abort.signal.aborted && setRead(run),
      // When it was is said all the same.
      () => undefined,
    );
    return () => abort.abort();
  }, [id, isKnown]);
  return known ?? (read?.id === id ? read : null);
}
