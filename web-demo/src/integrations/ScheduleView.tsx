"use client";

import type { Connection, Integration } from "@/api/types";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { useNow } from "@/ui/useNow";
import { ScheduleRow } from "./ScheduleRow";
import { useIntegrations, useStore } from "./context";
import { useSchedules } from "./useSchedules";

/** When each stream of a connection is scraped by itself. */
export function ScheduleView({ card, connection }: { card: Integration; connection: Connection }) {
  const { provider } = card;
  const store = useStore();
  const { movedRuns, link } = useIntegrations();
  const schedules = useSchedules(connection.id, `${movedRuns}/${link}/${connection.status}`);
  const now = useNow(20_000);
  const { all, problem } = schedules;

  if (problem?.status === 404 || connection.status === "disconnected") {
    return (
      <div className="panel panel-warn" role="alert" data-testid="schedules-gone">
        <div className="panel-text">
          <strong>This connection is gone</strong>
          <p>It was ended elsewhere, and its schedules with it. Nothing is scraped by itself any more.</p>
        </div>
        <div className="panel-actions">
          <button
            type="button"
            className="button small"
            onClick={() => {
              void store.read();
              schedules.retry();
            }}
          >
            Look again
          </button>
        </div>
      </div>
    );
  }
  // What is defined no more may be scheduled all the same: then it can be ended.
  const defined = provider.streams.map(({ name }) => name);
  const streams = [...new Set([...defined, ...(all ?? []).map(({ stream }) => stream)])];
  const waits = connection.status !== "connected" && (all ?? []).length > 0;
  return (
    <>
      {problem ? <ProblemPanel problem={problem} onRetry={schedules.retry} /> : null}
      {waits ? (
        <p className="panel panel-warn" role="status" data-testid="schedules-wait">
          Nothing is scraped until you have {connection.status === "pending" ? "connected" : "reconnected"} {provider.name}. The schedules stay as they are, and go on by
          themselves then.
        </p>
      ) : null}
      {all ? (
        streams.length > 0 ? (
          <ul className="schedules" data-testid="schedules">
            {streams.map((stream) => (
              <ScheduleRow
                key={stream}
                provider={provider}
                stream={stream}
                isDefined={defined.includes(stream)}
                schedule={all.find((one) => one.stream === stream) ?? null}
                isWaiting={connection.status !== "connected"}
                now={now}
                onSet={(request) => schedules.set(stream, request)}
                onEnd={() => schedules.end(stream)}
              />
            ))}
          </ul>
        ) : (
          <p className="empty" data-testid="schedules-empty">
            {provider.name} has nothing that could be scraped.
          </p>
        )
      ) : problem ? null : (
        <p className="empty" role="status" data-testid="schedules-loading">
          Loading…
        </p>
      )}
    </>
  );
}
