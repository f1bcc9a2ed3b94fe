"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { type Connected, connect, integrations, login as calls } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Integration, Login, Problem } from "@/api/types";
import { hasAgreed } from "./consent";
import type { Site } from "./scene";
import { type Errand, type Kept, keep } from "./start";

/** How far the errand has come, before and until there is a login. */
export type Stage =
  | { at: "looking" }
  | { at: "choose"; cards: Integration[] }
  /** The site is known, and the login on its way. */
  | { at: "starting"; site: Site; card: Integration | null; agreed: boolean }
  | { at: "login"; site: Site; card: Integration | null; login: Login; agreed: boolean }
  | { at: "refused"; site: Site | null; problem: Problem };

export interface ErrandInHand {
  stage: Stage;
  choose: (provider: string) => void;
  /** From the beginning, or another login for the same site. */
  retry: () => Promise<void>;
}

/** From what the modal was opened with to a login. */
export function useErrand(kept: Kept): ErrandInHand {
  const { errand } = kept.start;
  const [stage, setStage] = useState<Stage>({ at: "looking" });
  const site = useRef<{ card: Integration } | null>(null);

  const start = useCallback(
    async (card: Integration, agreedBefore: boolean) => {
      site.current = { card };
      const place = { site: siteOf(card), card };
      const agreed = agreedBefore || hasAgreed(card.provider.id);
      setStage({ at: "starting", ...place, agreed });
      try {
        const begun: Connected = await connect(card.provider.id, errand.by === "page" ? errand.account : null);
        // Who comes back to a login that is under way knows what it is about.
        const goesOn = agreed || !begun.isNew;
        keep({ ...kept, loginId: begun.login.id, agreed: goesOn });
        setStage({ at: "login", ...place, login: begun.login, agreed: goesOn });
      } catch (error) {
        setStage({ at: "refused", site: place.site, problem: asProblem(error) });
      }
    },
    [errand, kept],
  );

  const begin = useCallback(async (): Promise<void> => {
    setStage({ at: "looking" });
    try {
      if (errand.by === "link") {
        const login = await calls.read(errand.login);
        const site = { id: login.provider, name: errand.name ?? titled(login.provider), streams: [], maxAge: null };
        setStage({ at: "login", site, card: null, login, agreed: true });
        return;
      }
      const cards = await integrations();
      if (kept.loginId !== null) {
        const login = await calls.read(kept.loginId).catch(() => null);
        const card = cards.find(({ provider }) => provider.id === login?.provider);
        if (login && card) {
          site.current = { card };
          setStage({ at: "login", site: siteOf(card), card, login, agreed: kept.agreed });
          return;
        }
      }
      const wanted = errand.by === "page" ? cards.filter(({ provider }) => provider.id === errand.provider) : cards;
      const [first, ...more] = wanted;
      if (first && more.length === 0) await start(first, kept.agreed);
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
      if (card) void start(card, false);
    },
    [stage, start],
  );
  const retry = useCallback(() => (site.current ? start(site.current.card, true) : begin()), [start, begin]);

  return { stage, choose, retry };
}

function siteOf({ provider }: Integration): Site {
  return {
    id: provider.id,
    name: provider.name,
    streams: provider.streams.map(({ name }) => name.replaceAll("_", " ")),
    maxAge: provider.keptFor ?? null,
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
