"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { connect, integrations, login as calls } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { problemKind } from "@/words/failures";
import type { Integration, Login, Problem } from "@/api/types";
import { hasAgreed, rememberAgreed } from "./consent";
import type { Asked, Fault, Site } from "./scene";
import { type Errand, type Kept, keep } from "./start";

/** How far the errand has come, before and until there is a login. */
export type Stage =
  | { at: "looking" }
  | { at: "choose"; cards: Integration[] }
  /** The site's definition asks something of the person first. */
  | { at: "asking"; site: Site; card: Integration; asked: Asked }
  /** The site is known, and the login on its way. */
  | { at: "starting"; site: Site; card: Integration | null; agreed: boolean }
  | {
      at: "login";
      site: Site;
      card: Integration | null;
      login: Login;
      /** Which of the user's accounts at the site, where that is known. */
      account: string | null;
      agreed: boolean;
    }
  | { at: "refused"; site: Site | null; problem: Problem };

export interface ErrandInHand {
  stage: Stage;
  choose: (provider: string) => void;
  /** The person has read what will happen, and goes on. */
  agree: () => void;
  /** The answers to what is asked; they agree to the rest with it. */
  answer: (params: Record<string, string>) => void;
  /** Nothing is to come of it: a login that is on its way is cancelled. */
  abandon: () => Promise<void>;
  /** From the beginning, or another login for the same site. */
  retry: () => Promise<void>;
}

/** From what the modal was opened with to a login. */
export function useErrand(kept: Kept): ErrandInHand {
  const { errand } = kept.start;
  const [stage, setStage] = useState<Stage>({ at: "looking" });
  const site = useRef<Integration | null>(null);
  const agreed = useRef(kept.agreed);
  const onItsWay = useRef<Promise<Login | null>>(Promise.resolve(null));

  const ask = useCallback(
    (card: Integration, given: Record<string, string>, faults: Fault[]) => {
      const before = ownConnection(card, errand);
      const asked: Asked = {
        params: card.provider.params,
        given: { ...before?.params, ...given },
        saved: before?.status === "connected" || before?.status === "needs_reconnect",
        faults,
        busy: false,
      };
      setStage({ at: "asking", site: siteOf(card), card, asked });
    },
    [errand],
  );

  const send = useCallback(
    async (card: Integration, params: Record<string, string>) => {
      const place = { site: siteOf(card), card };
      const asked = connect(card.provider.id, errand.by === "page" ? errand.account : null, params);
      onItsWay.current = asked.then(
        ({ login }) => login,
        () => null,
      );
      try {
        const { connection, login, isNew } = await asked;
        // Who comes back to a login that is under way knows what it is about.
        agreed.current ||= !isNew;
        keep({ ...kept, loginId: login.id, agreed: agreed.current });
        setStage({ at: "login", ...place, login, account: connection.account, agreed: agreed.current });
      } catch (error) {
        const problem = asProblem(error);
        const faults = problemKind(problem) === "invalid-params" ? faultsOf(problem) : [];
        if (faults.length > 0 && card.provider.params.length > 0) ask(card, params, faults);
        else setStage({ at: "refused", site: place.site, problem });
      }
    },
    [errand, kept, ask],
  );

  const start = useCallback(
    async (card: Integration) => {
      site.current = card;
      const said = kept.start.params;
      const { params } = card.provider;
      // Whoever comes back to a login that is under way has answered before; and what the page says is not asked.
      if (!card.login && params.some(({ name }) => !Object.hasOwn(said, name))) return ask(card, said, []);
      agreed.current ||= hasAgreed(card.provider.id);
      setStage({ at: "starting", site: siteOf(card), card, agreed: agreed.current });
      await send(card, card.login ? {} : said);
    },
    [kept, ask, send],
  );

  const begin = useCallback(async (): Promise<void> => {
    setStage({ at: "looking" });
    try {
      if (errand.by === "link") {
        const login = await calls.read(errand.login);
        const site = { id: login.provider, name: errand.name ?? titled(login.provider), streams: [], maxAge: null, instructions: {} };
        setStage({ at: "login", site, card: null, login, account: null, agreed: true });
        return;
      }
      const cards = await integrations();
      if (kept.loginId !== null) {
        const login = await calls.read(kept.loginId).catch(() => null);
        const card = cards.find(({ provider }) => provider.id === login?.provider);
        if (login && card) {
          site.current = card;
          const own = card.connection?.id === login.connectionId ? card.connection : null;
          setStage({ at: "login", site: siteOf(card), card, login, account: own?.account ?? null, agreed: kept.agreed });
          return;
        }
      }
      const wanted = errand.by === "page" ? cards.filter(({ provider }) => provider.id === errand.provider) : cards;
      const [first, ...more] = wanted;
      if (first && more.length === 0) await start(first);
      else if (first || errand.by === "token") setStage({ at: "choose", cards: wanted });
      else setStage({ at: "refused", site: null, problem: unknownProvider(errand) });
    } catch (error) {
      setStage({ at: "refused", site: null, problem: asProblem(error) });
    }
  }, [errand, kept, start]);

  const begun = useRef(false);
  useEffect(() => {
    // Once: a second look would start a second login where the first has just failed.
    if (begun.current) return;
    begun.current = true;
    void begin();
  }, [begin]);

  const choose = useCallback(
    (provider: string) => {
      if (stage.at !== "choose") return;
      const card = stage.cards.find((one) => one.provider.id === provider);
      if (card) void start(card);
    },
    [stage, start],
  );
  const agree = useCallback(() => {
    if (stage.at !== "starting" && stage.at !== "login") return;
    agreed.current = true;
    rememberAgreed(stage.site.id);
    if (stage.at === "login") keep({ ...kept, loginId: stage.login.id, agreed: true });
    setStage((now) => ("agreed" in now ? { ...now, agreed: true } : now));
  }, [stage, kept]);
  const answer = useCallback(
    (params: Record<string, string>) => {
      if (stage.at !== "asking" || stage.asked.busy) return;
      agreed.current = true;
      rememberAgreed(stage.site.id);
      setStage({ ...stage, asked: { ...stage.asked, given: params, faults: [], busy: true } });
      void send(stage.card, params);
    },
    [stage, send],
  );
  const abandon = useCallback(async () => {
    const login = await onItsWay.current;
    if (login) await calls.cancel(login.id).catch(() => undefined);
  }, []);
  const retry = useCallback(() => (site.current ? start(site.current) : begin()), [start, begin]);

  return { stage, choose, agree, answer, abandon, retry };
}

/** The connection that the errand is about, where the card shows it. */
function ownConnection({ connection }: Integration, errand: Errand): Integration["connection"] {
  const account = errand.by === "page" ? (errand.account ?? "main") : connection?.account;
  return connection?.account === account ? connection : null;
}

function faultsOf(problem: Problem): Fault[] {
  return (problem.errors ?? []).map(({ pointer, detail, code }) => {
    const name = /^\/params\/(.+)$/.exec(pointer)?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
    return { name: name ?? null, code: code ?? "invalid", detail };
  });
}

function siteOf({ provider }: Integration): Site {
  return {
    id: provider.id,
    name: provider.name,
    streams: provider.streams.map(({ name }) => name.replaceAll("_", " ")),
    maxAge: provider.keptFor ?? null,
    instructions: provider.instructions,
  };
}

/** A link may not read the list of providers. */
const titled = (id: string): string =>
  id.replaceAll(/[-_]+/g, " ").replaceAll(/\b\p{L}/gu, (letter) => letter.toUpperCase());

const unknownProvider = (errand: Errand): Problem => ({
  type: "urn:staylogged:problem:unknown-provider",
  title: "There is no such provider",
  status: 404,
  detail: errand.by === "page" ? errand.provider : "",
});
