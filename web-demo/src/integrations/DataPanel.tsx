"use client";

import { useEffect, useRef, useState } from "react";
import type { Integration, Run } from "@/api/types";
import { RecordsView } from "./RecordsView";
import { RunsView } from "./RunsView";
import { ScheduleView } from "./ScheduleView";
import { useIntegrations } from "./context";

type View = "records" | "runs" | "schedule";

/** What a connection has brought: the records of its streams, and its runs; and when it brings more by itself. */
export function DataPanel({
  card,
  chosen,
  onChoose,
  onContinue,
  onClose,
}: {
  card: Integration;
  /** Whose records are shown. */
  chosen: string | null;
  onChoose: (stream: string) => void;
  onContinue: (run: Run) => void;
  onClose: () => void;
}) {
  const { provider, connection, lastRun } = card;
  const { runs } = useIntegrations();
  const [view, setView] = useState<View>(card.records > 0 || lastRun?.status !== "finished" ? "records" : "runs");
  const [narrowed, setNarrowed] = useState<{ run: Run; owner: string } | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.scrollIntoView?.({ block: "nearest" });
  }, []);
  // The first run that is known says which; a later one, of a schedule perhaps, takes nothing out of anybody's hands.
  const first = chosen ?? lastRun?.stream ?? null;
  useEffect(() => {
    if (chosen === null && first !== null) onChoose(first);
  }, [chosen, first, onChoose]);
  if (!connection) return null;

  // Whose records they are: those of another account are read anew. The view stays: a connection that is ended loses its account.
  const owner = connection.identity?.id ?? "";
  const ofRun = narrowed?.owner === owner ? narrowed.run : null;
  const own = runs.filter((run) => run.connectionId === connection.id);
  // A stream that is defined no more may have records all the same.
  const streams = [...new Set([...provider.streams.map(({ name }) => name), ...own.map((run) => run.stream)])];
  const stream = first ?? streams[0] ?? "records";
  const choose = (name: string) => {
    onChoose(name);
    setNarrowed(null);
  };

  return (
    <section className="records" data-testid="records" aria-labelledby="records-title">
      <div className="records-head">
        <h2 id="records-title" ref={heading} tabIndex={-1}>
          {provider.name}
        </h2>
        <div className="switch" role="group" aria-label="What is shown">
          <Choice name="Data" chosen={view === "records"} onChoose={() => setView("records")} testId="view-records" />
          <Choice name="Runs" chosen={view === "runs"} onChoose={() => setView("runs")} testId="view-runs" />
          <Choice name="Schedule" chosen={view === "schedule"} onChoose={() => setView("schedule")} testId="view-schedule" />
        </div>
        {view === "records" && streams.length > 1 ? (
          <label className="picked">
            <span>Stream</span>
            <select className="select small" data-testid="records-stream" value={stream} onChange={(event) => choose(event.target.value)}>
              {streams.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        ) : null}
        <button type="button" className="button small close" onClick={onClose}>
          Close
        </button>
      </div>
      {view === "records" ? (
        <RecordsView
          key={`${stream}/${owner}`}
          card={card}
          connection={connection.id}
          stream={stream}
          ofRun={ofRun}
          onAllRuns={() => setNarrowed(null)}
          heading={heading}
        />
      ) : view === "schedule" ? (
        <ScheduleView card={card} connection={connection} />
      ) : (
        <RunsView
          key={owner}
          connection={connection.id}
          isConnected={connection.status === "connected"}
          heading={heading}
          onContinue={onContinue}
          onRecords={(run) => {
            onChoose(run.stream);
            setNarrowed({ run, owner });
            setView("records");
            heading.current?.focus();
          }}
        />
      )}
    </section>
  );
}

function Choice({ name, chosen, onChoose, testId }: { name: string; chosen: boolean; onChoose: () => void; testId: string }) {
  return (
    <button type="button" aria-pressed={chosen} data-testid={testId} onClick={onChoose}>
      {name}
    </button>
  );
}
