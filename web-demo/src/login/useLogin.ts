"use client";

import { useCallback, useEffect, useState } from "react";
import { answer, api, raw } from "@/api/client";
import { asProblem } from "@/api/problem";
import { type Login, type LoginEvent, type LoginEventList, type Problem, isOver } from "@/api/types";
import { useIntegrations, useStore } from "@/integrations/context";
import { type LoginView, after, viewOf } from "./view";

/** The login as it is, with what was last said about it: also after a reload, or in a second tab. */
async function read(loginId: string): Promise<LoginView> {
  // The events are read second: they are never older than the login.
  let view = viewOf(await answer(api.GET("/logins/{id}", { params: { path: { id: loginId } } })));
  const told = (await (await raw(`/logins/${loginId}/events`, "application/json")).json()) as LoginEventList;
  for (const { data } of told.events) {
    if (data.type !== "snapshot") view = after(view, data);
  }
  return view;
}

/** An answer may arrive after the events that followed it. */
function isNewerThan(login: Login, known: Login): boolean {
  return !isOver(known.state) && Date.parse(login.enteredAt) >= Date.parse(known.enteredAt);
}

export interface FollowedLogin {
  view: LoginView | null;
  problem: Problem | null;
  /** Takes over what an answer said. */
  take: (login: Login) => void;
  refresh: () => void;
}

/** Follows one login through the user's event stream. */
export function useLogin(loginId: string): FollowedLogin {
  const store = useStore();
  const { resumed } = useIntegrations();
  const [view, setView] = useState<LoginView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    let current = true;
    let early: LoginEvent[] | null = [];
    const stop = store.onLogin(loginId, (event) => {
      early?.push(event);
      setView((old) => (old ? after(old, event) : old));
    });
    read(loginId)
      .then((fresh) => {
        if (!current) return;
        // Events that came while it was read.
        for (const event of early ?? []) fresh = after(fresh, event);
        early = null;
        setView(fresh);
        setProblem(null);
      })
      .catch((error: unknown) => {
        early = null;
        if (current) setProblem(asProblem(error));
      });
    return () => {
      current = false;
      stop();
    };
  }, [store, loginId, resumed, asked]);

  const take = useCallback(
    (login: Login) => setView((old) => (old && isNewerThan(login, old.login) ? { ...old, login } : old)),
    [],
  );
  const refresh = useCallback(() => setAsked((n) => n + 1), []);
  return { view, problem, take, refresh };
}
