"use client";

import { useEffect, useRef, useState } from "react";
import { serviceTime } from "@/api/clock";
import { asProblem } from "@/api/problem";
import type { Problem, Provider, Schedule, ScheduleRequest } from "@/api/types";
import { Confirm } from "@/ui/Confirm";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { moment } from "@/ui/times";
import { LastScheduled } from "./LastScheduled";
import { ScheduleForm } from "./ScheduleForm";
import { timingOf } from "./timing";
import { clockNote, inWords, laterInWords, untilThen, whenNext } from "./timingWords";

/** One stream: whether it is scraped by itself, when, what came of it, and what can be done about that. */
export function ScheduleRow({
  provider,
  stream,
  isDefined,
  schedule,
  isWaiting,
  now,
  onSet,
  onEnd,
}: {
  provider: Provider;
  stream: string;
  /** The provider's definition still has it. */
  isDefined: boolean;
  schedule: Schedule | null;
  /** Somebody must log in before anything is scraped. */
  isWaiting: boolean;
  now: number;
  onSet: (request: ScheduleRequest) => Promise<void>;
  onEnd: () => Promise<void>;
}) {
  const [mode, setMode] = useState<"read" | "edit" | "ask">("read");
  const [ending, setEnding] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [said, setSaid] = useState("");
  const opener = useRef<HTMLButtonElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  /** The focus comes back to the row: what had it is gone. */
  const [comesBack, setComesBack] = useState(0);
  useEffect(() => {
    if (comesBack > 0) (opener.current ?? heading.current)?.focus();
  }, [comesBack]);
  const back = () => {
    setMode("read");
    setComesBack((n) => n + 1);
  };

  async function end() {
    setMode("read");
    setProblem(null);
    setEnding(true);
    try {
      await onEnd();
      setSaid(`${stream} is not scraped by itself any more.`);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setEnding(false);
      setComesBack((n) => n + 1);
    }
  }

  const timing = schedule ? timingOf(schedule.cron) : null;
  const words = timing && inWords(timing);
  return (
    <li data-testid={`schedule-${stream}`} data-scheduled={schedule !== null || undefined}>
      <div className="schedule-head">
        <h3 ref={heading} tabIndex={-1}>
          {stream}
        </h3>
        <span className="mark" data-mark={schedule ? (isWaiting ? "needs_reconnect" : "ok") : undefined} data-testid="schedule-mark">
          {schedule ? (isWaiting ? "Waits" : "Scheduled") : "Not scheduled"}
        </span>
        {mode === "edit" ? null : (
          <div className="schedule-actions">
            {isDefined ? (
              <button
                ref={opener}
                type="button"
                className="button small"
                data-testid="schedule-edit"
                aria-label={schedule ? `Change the schedule of ${stream}` : `Schedule ${stream}`}
                disabled={ending}
                onClick={() => {
                  setProblem(null);
                  setMode("edit");
                }}
              >
                {schedule ? "Change" : "Schedule"}
              </button>
            ) : null}
            {schedule ? (
              <button
                type="button"
                className="button small plain-bad"
                data-testid="schedule-remove"
                aria-label={`Remove the schedule of ${stream}`}
                aria-busy={ending || undefined}
                disabled={ending}
                onClick={() => setMode("ask")}
              >
                {ending ? "Removing…" : "Remove"}
              </button>
            ) : null}
          </div>
        )}
      </div>
      {schedule && mode !== "edit" ? (
        <dl className="facts">
          <div>
            <dt>When</dt>
            <dd data-testid="schedule-when">
              {words ?? (
                <>
                  Own cron expression <code>{schedule.cron}</code>
                </>
              )}
              {clockNote(schedule.timeZone) ? <span className="quiet">, {clockNote(schedule.timeZone)}</span> : null}
              {schedule.jitterSeconds > 0 ? (
                <span className="quiet"> · {laterInWords(schedule.jitterSeconds).toLowerCase()}</span>
              ) : null}
            </dd>
          </div>
          <div>
            <dt>Next</dt>
            <dd data-testid="schedule-next">
              <Next at={schedule.nextAt} now={serviceTime(now)} isWaiting={isWaiting} />
            </dd>
          </div>
          <div>
            <dt>Last time</dt>
            <dd data-testid="schedule-last">
              <LastScheduled schedule={schedule} now={now} />
            </dd>
          </div>
        </dl>
      ) : null}
      {isDefined ? null : <p className="quiet">The definition of {provider.name} does not have it any more.</p>}
      {problem ? <ProblemPanel problem={problem} onClose={() => setProblem(null)} /> : null}
      {mode === "edit" ? (
        <ScheduleForm
          stream={stream}
          schedule={schedule}
          onCancel={back}
          onSave={async (request) => {
            await onSet(request);
            setSaid(`${stream} is scheduled: ${inWords(timingOf(request.cron)) ?? request.cron}.`);
            back();
          }}
        />
      ) : null}
      {mode === "ask" ? (
        <Confirm
          title={`Remove the schedule of ${stream}?`}
          action="Remove"
          testId="confirm-unschedule"
          onCancel={() => setMode("read")}
          onConfirm={() => void end()}
        >
          From then on {stream} of {provider.name} is scraped only when somebody asks. What was scraped stays.
        </Confirm>
      ) : null}
      <p className="heard-only" role="status">
        {said}
      </p>
    </li>
  );
}

function Next({ at, now, isWaiting }: { at: string; now: number; isWaiting: boolean }) {
  if (isWaiting) return "After you have reconnected";
  const left = untilThen(at, now);
  return (
    <>
      <time dateTime={at} title={moment(at)}>
        {whenNext(at, now)}
      </time>
      {left ? <span className="quiet"> · {left}</span> : null}
    </>
  );
}
