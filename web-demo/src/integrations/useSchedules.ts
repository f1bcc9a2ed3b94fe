"use client";

import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { endSchedule, schedulesOf, setSchedule } from "@/api/schedules";
import type { Problem, Schedule, ScheduleRequest } from "@/api/types";

export interface Schedules {
  /** Null until they were read. */
  all: Schedule[] | null;
  /** Why they could not be read. */
  problem: Problem | null;
  retry: () => void;
  /** Throws what the service refuses. */
  set: (stream: string, request: ScheduleRequest) => Promise<void>;
  end: (stream: string) => Promise<void>;
}

/** The schedules of a connection; `fresh` has them read anew, and so does coming back to the tab. */
export function useSchedules(connection: string, fresh: unknown): Schedules {
  const [all, setAll] = useState<Schedule[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const retry = () => setTries((n) => n + 1);

  useEffect(() => {
    const abort = new AbortController();
    schedulesOf(connection, abort.signal).then(
      (schedules) => {
        if (abort.signal.aborted) return;
        setAll(schedules);
        setProblem(null);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(asProblem(error));
      },
    );
    return () => abort.abort();
  }, [connection, fresh, tries]);

  // No event tells of a schedule that was set in another tab.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") setTries((n) => n + 1);
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);

  const put = (stream: string, schedule: Schedule | null) =>
    setAll((known) => [...(known ?? []).filter((one) => one.stream !== stream), ...(schedule ? [schedule] : [])]);
  return {
    all,
    problem,
    retry,
    set: async (stream, request) => {
      try {
        put(stream, await setSchedule(connection, stream, request));
      } catch (error) {
        const refused = asProblem(error);
        // Not the stream is gone, but the connection with all of them.
        if (refused.status === 404) setProblem(refused);
        throw error;
      }
    },
    end: async (stream) => {
      try {
        await endSchedule(connection, stream);
        put(stream, null);
      } catch (error) {
        // It was ended elsewhere, alone or with the connection: that is what was wanted.
        if (asProblem(error).status !== 404) throw error;
        retry();
      }
    },
  };
}
