"use client";

import { useCallback, useEffect, useLayoutEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ConnectExit } from "staylogged-connect";
import type { Scheme } from "staylogged-connect/messages";
import { actWith } from "@/api/access";
import { UNREACHABLE } from "@/api/problem";
import { problemKind, problemWords } from "@/words/failures";
import { pickLanguage } from "@/words/language";
import { speaker } from "@/words/say";
import { type ModalProps, ModalView } from "./ModalView";
import { accentVariables, radiusOf } from "./accent";
import { type Options, Parent } from "./parent";
import type { Actions, Around, Scene } from "./scene";
import { type Kept, type Start, forget, takeStart } from "./start";
import { useErrand } from "./useErrand";
import { useLoginFlow } from "./useLoginFlow";
import { SayProvider, useSay } from "./useSay";

/** The page does not answer: it is shown as if it had nothing to say. */
const OPTIONS_WITHIN_MS = 3000;
/** The first words are waited for so long before the modal is shown without them. */
const READY_WITHIN_MS = 600;

let taken: { kept: Kept | null; parent: Parent } | undefined;

/** Read once: the address is empty afterwards. */
function opening() {
  if (!taken) {
    const kept = takeStart();
    const errand = kept?.start.errand;
    actWith(errand && errand.by !== "page" ? errand.token : null);
    taken = { kept, parent: new Parent(kept?.start.parent ?? null) };
    // Another link, opened in the same tab, changes the fragment alone.
    window.addEventListener("hashchange", () => window.location.reload());
  }
  return taken;
}

/** For tests: as after a reload. */
export function forgetOpening(): void {
  taken = undefined;
  actWith(null);
}

export function ConnectPage() {
  const [{ kept, parent }] = useState(opening);
  const told = useSyncExternalStore(parent.subscribe, parent.snapshot);
  const [late, setLate] = useState(false);
  useEffect(() => parent.listen(), [parent]);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), OPTIONS_WITHIN_MS);
    return () => clearTimeout(timer);
  }, []);
  const options = told ?? (late ? NO_OPTIONS : null);
  const say = useMemo(
    () => speaker(pickLanguage(kept?.start.language ?? null, navigator.languages), options?.words),
    [kept, options?.words],
  );
  useLook(kept?.start ?? null, options?.scheme ?? null, parent.isThere, say.language);
  if (!options) return null;
  return <SayProvider value={say}>{kept ? <Opened kept={kept} parent={parent} /> : <NothingToOpen />}</SayProvider>;
}

const NO_OPTIONS: Options = { words: {}, scheme: null };

function Opened({ kept, parent }: { kept: Kept; parent: Parent }) {
  const say = useSay();
  const { stage, choose, agree, answer, abandon, retry } = useErrand(kept);
  const flow = useLoginFlow({ kept, parent, stage: stage.at === "login" ? stage : null, onAgree: agree, onRetry: retry });
  const site = "site" in stage ? stage.site : null;
  const title = site ? say("title", { name: site.name }) : say("title.any");

  useEffect(() => {
    document.title = title;
  }, [title]);
  const known = stage.at !== "looking";
  const [ready, setReady] = useState(false);
  useEffect(() => {
    if (ready) return;
    const timer = setTimeout(
      () => {
        parent.say({ type: "ready", title });
        setReady(true);
      },
      known ? 0 : READY_WITHIN_MS,
    );
    return () => clearTimeout(timer);
  }, [known, ready, title, parent]);

  // Before there is a login.
  const close = useCallback(async () => {
    await abandon();
    forget();
    const problem = stage.at === "refused" ? stage.problem : null;
    const exit: ConnectExit = {
      reason: !problem ? "closed" : problem.status === 0 ? "unreachable" : "refused",
      failure: problem && {
        code: problemKind(problem),
        message: problem.detail ?? problem.title,
        retryable: problem.retryable ?? false,
      },
      loginId: null,
    };
    parent.say({ type: "exit", exit });
  }, [abandon, stage, parent]);
  const waiting = stage.at !== "login";
  useEffect(() => (waiting ? parent.whenToClose(() => void close()) : undefined), [waiting, parent, close]);
  useEffect(() => {
    if (!waiting || !parent.isThere) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) void close();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [waiting, parent, close]);

  const shown: Omit<ModalProps, "framed"> =
    flow ??
    ({
      scene: stage.at === "login" ? { kind: "looking" } : sceneOf(stage, say, kept),
      around: ALONE,
      act: { ...NO_ACTIONS, close: () => void close(), choose, agree, answer, retry: () => void retry() },
      picture: null,
    } as const);
  return <ModalView {...shown} framed={parent.isThere} />;
}

function sceneOf(
  stage: Exclude<ReturnType<typeof useErrand>["stage"], { at: "login" }>,
  say: ReturnType<typeof useSay>,
  { start }: Kept,
): Scene {
  switch (stage.at) {
    case "looking":
      return { kind: "looking" };
    case "choose":
      return {
        kind: "choose",
        choices: stage.cards.map(({ provider, connection }) => ({
          id: provider.id,
          name: provider.name,
          status:
            connection?.status === "connected" || connection?.status === "needs_reconnect" ? connection.status : "none",
        })),
      };
    case "asking":
      return {
        kind: "prime",
        state: null,
        site: stage.site,
        again: stage.card.connection?.identity?.label ?? null,
        idle: null,
        asked: stage.asked,
      };
    case "starting":
      return stage.agreed
        ? { kind: "launching", site: stage.site }
        : { kind: "prime", state: null, site: stage.site, again: stage.card?.connection?.identity?.label ?? null, idle: null };
    case "refused": {
      const { problem, site } = stage;
      // What a token does not open is not opened by trying again.
      const canRetry = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      return { kind: "refused", site, told: problemWords(say, problem, start.errand.by !== "page"), canRetry };
    }
  }
}

/** The page by itself, without a token or a provider. */
function NothingToOpen() {
  const say = useSay();
  const told = problemWords(say, { ...UNREACHABLE, status: 401 }, true);
  return (
    <ModalView
      scene={{ kind: "refused", site: null, told, canRetry: false }}
      around={ALONE}
      act={NO_ACTIONS}
      framed={false}
      picture={null}
    />
  );
}

export const ALONE: Around = { time: null, lost: false, sheet: null, failed: null, working: null, announce: "", canShare: false };
const nothing = () => undefined;
export const NO_ACTIONS: Actions = {
  close: nothing,
  stop: nothing,
  keepGoing: nothing,
  choose: nothing,
  agree: nothing,
  answer: nothing,
  finish: nothing,
  retry: nothing,
  extend: nothing,
  stay: nothing,
  replaceAccount: nothing,
  showWindow: nothing,
  dismissNotDetected: nothing,
  dismissFailed: nothing,
  openSheet: nothing,
  closeSheet: nothing,
  endLink: nothing,
};

/** Theme, brand and language, on the document: the live view has them from there too. */
export function useLook(start: Pick<Start, "theme" | "accent" | "radius"> | null, scheme: Scheme | null, framed: boolean, language: string): void {
  const system = useSystemScheme();
  const asked = start?.theme ?? "auto";
  const theme = scheme ?? (asked === "auto" ? system : asked);
  const accent = start?.accent ?? null;
  const radius = radiusOf(start?.radius ?? null);
  useLayoutEffect(() => {
    const { documentElement: page } = document;
    page.lang = language;
    page.dataset.theme = theme;
    if (framed) page.dataset.framed = "";
    const brand = accent ? accentVariables(accent, theme) : null;
    for (const [name, value] of Object.entries(brand ?? {})) page.style.setProperty(name, value);
    if (radius) page.style.setProperty("--radius", radius);
  }, [theme, framed, language, accent, radius]);
}

function useSystemScheme(): Scheme {
  const dark = () => window.matchMedia?.("(prefers-color-scheme: dark)");
  return useSyncExternalStore(
    (listener) => {
      const query = dark();
      query?.addEventListener("change", listener);
      return () => query?.removeEventListener("change", listener);
    },
    () => (dark()?.matches ? "dark" : "light"),
  );
}
