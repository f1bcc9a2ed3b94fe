"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { ConnectExit, ConnectFailure } from "staylogged-connect";
import { login as calls } from "@/api/calls";
import { serviceTime } from "@/api/clock";
import { asProblem } from "@/api/problem";
import { type Login, type LoginEvent, type Problem, isOver } from "@/api/types";
import { LiveView } from "@/live/LiveView";
import { secondsLeft, timeLeft } from "@/login/view";
import { useNow } from "@/ui/useNow";
import { type Told, problemKind, problemWords } from "@/words/failures";
import type { Say } from "@/words/say";
import type { ModalProps } from "./ModalView";
import { loginScene } from "./loginScene";
import type { Parent } from "./parent";
import type { Actions, Around, LinkShown, Sheet } from "./scene";
import { isLoopback, linkAddress } from "./sharing";
import { type Kept, forget } from "./start";
import type { Stage } from "./useErrand";
import { useLinks } from "./useLinks";
import { useLogin } from "./useLogin";
import { useSay } from "./useSay";

/** How long "Connection successful!" stays before the modal closes by itself: long enough to be read, and heard. */
const SHOW_SUCCESS_MS = 2200;
/** "More time" is pressed on whenever it is there; it stands out from here on. */
const LOW_SECONDS = 120;
/** The page takes the frame away as soon as it is told to. */
const CANCEL_HEARD_WITHIN_MS = 1000;

/** One login, from its first word to its end: what is shown of it, and what can be done. Null before there is one. */
export function useLoginFlow({
  kept,
  parent,
  stage,
  onAgree,
  onRetry,
}: {
  kept: Kept;
  parent: Parent;
  stage: Extract<Stage, { at: "login" }> | null;
  onAgree: () => void;
  onRetry: () => Promise<void>;
}): Omit<ModalProps, "framed"> | null {
  const say = useSay();
  const { errand } = kept.start;
  const first = stage?.login ?? null;
  const loginId = first?.id ?? "";
  const onEvent = useCallback((event: LoginEvent) => parent.say({ type: "event", event: { ...event } }), [parent]);
  const { view, problem, link, resumed, take, refresh, retry } = useLogin(first, onEvent);
  const now = serviceTime(useNow(1000));
  const [mine, setMine] = useState<OfOneLogin>(() => untouched(loginId));
  if (mine.loginId !== loginId) setMine(untouched(loginId));
  const change = useCallback((part: Partial<OfOneLogin>) => setMine((old) => ({ ...old, ...part })), []);
  const { working, sheet } = mine;
  const links = useLinks(loginId);
  const leftViewAt = useRef(0);

  const login = view?.login ?? null;
  const state = login?.state;
  const over = state !== undefined && isOver(state);
  const watching = errand.by === "link" && (errand.mode === "view" || mine.onlyWatches);
  const told = useCallback((one: Problem): Told => problemWords(say, one, errand.by !== "page"), [say, errand.by]);

  // The answer to "I Finished Login" comes as an event.
  const answered = `${state}/${view?.notDetectedCount}`;
  const finishing = working === "finish" && answered === mine.answeredWhenPressed;
  // The login may come to stand where it stood when it was pressed: that is no press.
  if (working === "finish" && !finishing) change({ working: null });
  useEffect(() => {
    if (!finishing) return;
    // Should the event be missed, the login is asked itself.
    const timer = setTimeout(() => {
      refresh();
      change({ working: null });
    }, 15_000);
    return () => clearTimeout(timer);
  }, [finishing, refresh, change]);

  const doing = useCallback(
    async (what: NonNullable<Around["working"]>, call: () => Promise<Login>) => {
      change({ failed: null, working: what });
      try {
        take(await call());
        if (what !== "finish") change({ working: null });
      } catch (error) {
        const problem = asProblem(error);
        // A link of which it was not known says so when it is used.
        if (errand.by === "link" && problemKind(problem) === "token-not-for-this") change({ working: null, onlyWatches: true });
        else change({ working: null, failed: problem });
        refresh();
      }
    },
    [take, refresh, change, errand.by],
  );

  // Once, at the end: what the page is told, and what this tab forgets.
  const leaving = useRef(false);
  const leave = useCallback(
    (reason: Exclude<ConnectExit["reason"], "unreachable" | "replaced"> | "saved") => {
      if (leaving.current || !parent.isThere || !login) return;
      leaving.current = true;
      forget();
      if (reason === "saved") {
        const result = {
          loginId: login.id,
          connectionId: login.connectionId,
          provider: login.provider,
          account: stage?.account ?? null,
          identity: view?.identity ?? null,
        };
        parent.say({ type: "success", result });
      } else {
        parent.say({ type: "exit", exit: { reason, failure: failureOf(reason, login, problem), loginId: login.id } });
      }
    },
    [parent, login, problem, view?.identity, stage?.account],
  );

  const cancel = useCallback(async () => {
    // That it happened is told by the event stream; but a frame that is gone at once may not be heard.
    const heard = calls.cancel(loginId).then(take, () => undefined);
    await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, CANCEL_HEARD_WITHIN_MS))]);
    leave("closed");
  }, [loginId, take, leave]);

  const close = useCallback(() => {
    if (state === "saved") leave("saved");
    else if (state === "failed" || state === "expired") leave(state);
    else if (state === "cancelled") leave("closed");
    else if (problem && problem.status !== 0) leave("refused");
    else void cancel();
  }, [state, problem, leave, cancel]);

  const isThere = stage !== null;
  useEffect(() => (isThere ? parent.whenToClose(close) : undefined), [isThere, parent, close]);
  useEffect(() => {
    if (state !== "saved" || !parent.isThere) return;
    const timer = setTimeout(() => leave("saved"), SHOW_SUCCESS_MS);
    return () => clearTimeout(timer);
  }, [state, parent, leave]);

  const canLeave = !over && !watching && problem === null;
  useEffect(() => {
    if (!isThere) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (sheet) {
        change({ sheet: null });
        return;
      }
      // In the view it is the page's key; and one too many when leaving it must not end anything.
      const inView = event.target instanceof Element && event.target.closest(".live") !== null;
      if (inView || Date.now() - leftViewAt.current < 1500) return;
      if (canLeave) change({ sheet: "leave" });
      else if (parent.isThere) close();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isThere, sheet, canLeave, parent, close, change]);

  const timed = !problem && (state === "awaiting_login" || state === "detected") && (stage?.agreed || login?.window || false);
  const left = timed && login?.deadlineAt ? secondsLeft(login.deadlineAt, now) : null;

  if (!stage || !view || !login) return null;
  const { site } = stage;
  const notDetected = view.notDetected && view.notDetectedCount > mine.hidden ? view.notDetected : null;

  const act: Actions = {
    close,
    stop: () => {
      change({ sheet: null });
      void cancel();
    },
    keepGoing: () => change({ sheet: null }),
    choose: () => undefined,
    // Only before there is a login.
    answer: () => undefined,
    agree: () => {
      // Whoever goes on is there; the picture's first input may be long in coming.
      void calls.stay(loginId).then(take, () => undefined);
      onAgree();
    },
    finish: () => {
      // Whoever logged in in the window has what is kept before their eyes.
      if (!stage.agreed) onAgree();
      change({ answeredWhenPressed: answered, hidden: view.notDetectedCount });
      void doing("finish", () => calls.finish(loginId));
    },
    retry: () => {
      change({ failed: null, working: "retry" });
      void (problem && !over ? Promise.resolve(refresh()) : onRetry()).finally(() => change({ working: null }));
    },
    extend: () => void doing("extend", () => calls.extend(loginId)),
    stay: () => void doing("stay", () => calls.stay(loginId)),
    replaceAccount: (replace) => void doing("account", () => calls.answerAccount(loginId, replace)),
    showWindow: (here) => change({ shownHere: here }),
    dismissNotDetected: () => change({ hidden: view.notDetectedCount }),
    dismissFailed: () => change({ failed: null }),
    openSheet: (kind) => {
      change({ sheet: kind });
      if (kind === "watch" || !isLoopback(window.location.hostname)) links.make(modeOf(kind));
    },
    closeSheet: () => change({ sheet: null }),
    endLink: () => {
      if (sheet === "phone" || sheet === "watch") links.end(modeOf(sheet));
    },
  };

  const linkShown = (kind: "phone" | "watch"): LinkShown => {
    if (kind === "phone" && isLoopback(window.location.hostname)) return { at: "local", host: window.location.host };
    const known = links.of(modeOf(kind));
    if (known.at === "making") return known;
    if (known.at === "refused") return { at: "refused", told: told(known.problem) };
    const { link, ended } = known;
    const url = linkAddress(link.url, new URL(window.location.href), {
      mode: link.mode,
      name: site.name,
      accent: kept.start.accent,
    });
    const until = link.expiresAt ?? login.deadlineAt;
    return { at: "ready", url, ended, until: until ? say.date({ timeStyle: "short" }, until) : "" };
  };

  const around: Around = {
    time:
      left === null
        ? null
        : {
            left: timeLeft(login.deadlineAt, now) ?? "",
            low: left < LOW_SECONDS,
            canExtend: !login.extended && !watching,
          },
    lost: link === "lost" && !over,
    sheet: over || !sheet ? null : sheet === "leave" ? { kind: "leave" } : { kind: sheet, link: linkShown(sheet) },
    failed: mine.failed ? told(mine.failed) : null,
    working: working === "finish" && !finishing ? null : working,
    announce: announcement(say, login, left),
    canShare: timed && errand.by !== "link",
  };

  return {
    scene: loginScene({
      view,
      stage,
      say,
      notDetected,
      refused: problem && !over ? problem : null,
      told,
      idle: watching ? null : timeLeft(login.idleEndsAt, now),
      shownHere: mine.shownHere,
      watching,
      closes: parent.isThere,
      canRetry: errand.by !== "link",
    }),
    around,
    act,
    picture: (
      <LiveView
        key={loginId}
        loginId={loginId}
        name={site.name}
        busy={state === "verifying" || state === "verified"}
        resumed={resumed}
        language={say.language}
        onEnded={refresh}
        onBack={retry}
        onMoved={act.dismissNotDetected}
        onLeave={() => {
          leftViewAt.current = Date.now();
          document.querySelector<HTMLElement>('[data-testid="finish"]')?.focus();
        }}
      />
    ),
  };
}

/** What the person did with the modal, for the login that it is about. */
interface OfOneLogin {
  loginId: string;
  working: Around["working"];
  answeredWhenPressed: string | null;
  failed: Problem | null;
  /** The answers of "Login not detected" that were dismissed. */
  hidden: number;
  shownHere: boolean;
  sheet: Sheet["kind"] | null;
  /** The link turned out to be one that only shows. */
  onlyWatches: boolean;
}

const untouched = (loginId: string): OfOneLogin => ({
  loginId,
  working: null,
  answeredWhenPressed: null,
  failed: null,
  hidden: 0,
  shownHere: false,
  sheet: null,
  onlyWatches: false,
});

const modeOf = (kind: "phone" | "watch") => (kind === "phone" ? "control" : "view");

function failureOf(reason: string, login: Login, problem: Problem | null): ConnectFailure | null {
  if (reason === "failed" && login.failure) {
    const { code, message, retryable } = login.failure;
    return { code, message, retryable };
  }
  if (reason !== "refused" || !problem) return null;
  return { code: problemKind(problem), message: problem.detail ?? problem.title, retryable: problem.retryable ?? false };
}

/** Time is said when it begins to run out, and when there is more of it; not each second. */
function announcement(say: Say, login: Login | null, left: number | null): string {
  const step = left === null ? null : left <= 60 ? 60 : left <= 300 ? 300 : null;
  if (step !== null) return say("time.left", { time: say.span(step) });
  if (!login?.extended || !login.deadlineAt) return "";
  return say("time.extended", { time: say.date({ timeStyle: "short" }, login.deadlineAt) });
}
