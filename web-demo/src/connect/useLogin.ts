"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { accessHeaders } from "@/api/access";
import { apiUrl } from "@/api/base";
import { login as calls } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { type Followed, type LinkStatus, type StreamEvent, follow, pause } from "@/api/stream";
import type { Login, LoginEvent, Problem } from "@/api/types";
import { readLoginEvent } from "@/login/events";
import { type LoginView, after, viewOf } from "@/login/view";

/** A login, and the id of the newest event that was taken in. */
interface Known {
  view: LoginView;
  version: number;
}

/** The login as it is, with what was last said about it: also after a reload, or in a second tab. */
async function read(loginId: string): Promise<Known> {
  // The events are read second: they are never older than the login.
  const login = await calls.read(loginId);
  const { events } = await calls.told(loginId);
  let known: Known = { view: viewOf(login), version: 0 };
  for (const { id, data } of events) {
    if (data.type !== "snapshot") known = hear(known, data, id);
  }
  return known;
}

/** Takes an event in, once. */
function hear(known: Known, event: LoginEvent, id: number): Known {
  if (id <= known.version) return known;
  const view = after(known.view, event);
  // An answer may have told the same earlier, and more of it.
  const isNews = id > known.view.login.version;
  return { view: { ...view, login: isNews ? { ...view.login, version: id } : known.view.login }, version: id };
}

/** Takes in what an answer said, unless something newer is known. */
function settle(known: Known, login: Login): Known {
  return login.version < known.view.login.version ? known : { ...known, view: { ...known.view, login } };
}

export interface FollowedLogin {
  /** Null while there is no login. */
  view: LoginView | null;
  problem: Problem | null;
  link: LinkStatus;
  /** Rises each time that the line came back. */
  resumed: number;
  /** Takes over what an answer said. */
  take: (login: Login) => void;
  refresh: () => void;
  /** The service can be reached, as is seen elsewhere: a line that is down is tried at once. */
  retry: () => void;
}

/** Follows one login through its own event stream, to its end. */
export function useLogin(first: Login | null, onEvent: (event: LoginEvent) => void): FollowedLogin {
  const loginId = first?.id ?? null;
  const [known, setKnown] = useState<Known | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [link, setLink] = useState<LinkStatus>("connecting");
  const [resumed, setResumed] = useState(0);
  const [asked, setAsked] = useState(0);

  // Another login: nothing of the one before is true of it.
  if ((known?.view.login.id ?? null) !== loginId) {
    setKnown(first && { view: viewOf(first), version: 0 });
    setProblem(null);
    setLink("connecting");
  }

  const take = useCallback((login: Login) => setKnown((old) => (old?.view.login.id === login.id ? settle(old, login) : old)), []);
  const retrying = useRef<(() => void) | undefined>(undefined);
  const retry = useCallback(() => retrying.current?.(), []);
  const refresh = useCallback(() => setAsked((n) => n + 1), []);

  useEffect(() => {
    if (!loginId) return;
    let current = true;
    let line: Followed | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lost = false;

    const reread = () => {
      calls.read(loginId).then((login) => current && take(login), () => undefined);
    };
    const receive = (received: StreamEvent) => {
      const event = readLoginEvent(received);
      if (!event) return;
      if (event.type === "snapshot") {
        take(event.login);
        return;
      }
      setKnown((old) => (old?.view.login.id === loginId ? hear(old, event, Number(received.id)) : old));
      onEvent(event);
      // A state's deadline is not in its event.
      reread();
    };
    const attempt = (failures: number) => {
      read(loginId).then(
        (fresh) => {
          if (!current) return;
          setKnown((old) => (old && old.version > fresh.version ? old : fresh));
          setProblem(null);
          line = follow({
            url: () => apiUrl(`/logins/${loginId}/events`).href,
            headers: accessHeaders,
            after: String(fresh.version),
            onEvent: receive,
            onStatus: (status) => {
              setLink(status);
              if (status === "lost") lost = true;
              if (status === "open" && lost) {
                lost = false;
                setResumed((n) => n + 1);
              }
              // Over, or not ours any more: the login itself says which.
              if (status === "ended" || status === "locked") reread();
              if (status === "locked") setProblem({ type: "about:blank", title: "Unauthorized", status: 401 });
            },
          });
        },
        (error: unknown) => {
          if (!current) return;
          const found = asProblem(error);
          if (found.status !== 0 && found.status < 500) {
            setProblem(found);
            return;
          }
          setLink("lost");
          lost = true;
          timer = setTimeout(() => {
            timer = undefined;
            attempt(failures + 1);
          }, pause(failures));
        },
      );
    };
    const retry = () => {
      if (line) {
        line.retry();
      } else if (timer !== undefined) {
        clearTimeout(timer);
        timer = undefined;
        attempt(0);
      }
    };
    // What is followed hears of it by itself.
    const online = () => {
      if (!line) retry();
    };
    window.addEventListener("online", online);
    retrying.current = retry;
    attempt(0);
    return () => {
      current = false;
      retrying.current = undefined;
      window.removeEventListener("online", online);
      clearTimeout(timer);
      line?.stop();
    };
  }, [loginId, asked, onEvent, take]);

  return { view: known?.view ?? null, problem, link, resumed, take, refresh, retry };
}
