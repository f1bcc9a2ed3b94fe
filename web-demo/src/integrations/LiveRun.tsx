"use client";

import { useEffect, useState } from "react";
import { serviceTime } from "@/api/clock";
import type { Run } from "@/api/types";
import { count } from "@/ui/numbers";
import { useNow } from "@/ui/useNow";
import { useIntegrations } from "./context";
import { expectedOf, leftInWords, paceOf, rateInWords } from "./runs";

/** Who hears the page hears of a run so often, and not at every page of it. */
const SAID_EVERY_MS = 15_000;

/** A run under way: how far, how fast, how long it still takes. */
export function LiveRun({ run, stopping, onStop }: { run: Run; stopping: boolean; onStop: () => void }) {
  const { runs, points } = useIntegrations();
  const now = serviceTime(useNow(1000));
  const expected = expectedOf(run, runs);
  const { rate, left, part } = paceOf(run, points[run.id] ?? [], expected, now);
  const far = `${count(run.progress.pages, "page")}, ${count(run.progress.records, "record")}`;
  const title = `${run.continues ? "Continuing" : "Scraping"} ${run.stream}`;
  const said = useSaidSeldom(`${title}: ${far}`);
  return (
    <div className="running" data-testid={`progress-${run.provider}`} data-run={run.id}>
      <div className="running-head">
        <p>
          <strong>{title}</strong>
          <span className="running-far">{far}</span>
        </p>
        <button
          type="button"
          className="button small"
          data-testid={`stop-${run.provider}`}
          aria-label={`Stop scraping ${run.stream}`}
          disabled={stopping}
          onClick={onStop}
        >
          {stopping ? "Stopping…" : "Stop"}
        </button>
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={title}
        aria-valuetext={left === null ? far : `${far}, ${leftInWords(left)}`}
        {...(part === null
          ? {}
          : { "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(part * 100), "data-known": "" })}
      >
        <span style={part === null ? undefined : { width: `${Math.max(2, part * 100)}%` }} />
      </div>
      <p className="running-pace" data-testid={`pace-${run.provider}`}>
        {rate === null ? "Waiting for the site…" : rateInWords(rate)}
        {left === null ? null : (
          <span title="If there are as many as last time"> · {leftInWords(left)}</span>
        )}
      </p>
      <p className="heard-only" role="status">
        {said}
      </p>
    </div>
  );
}

/** The text as it was at the last moment that it was worth hearing. */
function useSaidSeldom(text: string): string {
  const [said, setSaid] = useState({ text, at: 0 });
  useEffect(() => {
    const wait = Math.max(0, said.at + SAID_EVERY_MS - Date.now());
    const timer = setTimeout(() => setSaid({ text, at: Date.now() }), wait);
    return () => clearTimeout(timer);
  }, [text, said.at]);
  return said.text;
}
