"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ConnectFailure } from "staylogged-connect";
import { integrations, login as calls } from "@/api/calls";
import { serviceTime } from "@/api/clock";
import { asProblem } from "@/api/problem";
import { type Integration, type Login, type LoginEvent, type Problem, isOver } from "@/api/types";
import { LiveView } from "@/live/LiveView";
import { type LoginView, secondsLeft, timeLeft } from "@/login/view";
import { useNow } from "@/ui/useNow";
import { type Told, failureWords, problemKind, problemWords, reasonWords } from "@/words/failures";
import { ModalView } from "./ModalView";
import { rememberAgreed } from "./consent";
import type { Parent } from "./parent";
import type { Actions, Around, LinkShown, Scene, Sheet, Site } from "./scene";
import { isLoopback, linkAddress } from "./sharing";
import { type Kept, forget, keep } from "./start";
import { useLinks } from "./useLinks";
import { useLogin } from "./useLogin";
import { useSay } from "./useSay";

/** How long "Connection successful!" stays before the modal closes by itself: long enough to be read, and heard. */
const SHOW_SUCCESS_MS = 2200;
/** "More time" is pressed on whenever it is there; it stands out from here on. */
const LOW_SECONDS = 120;

/** One login, from its first word to its end. */
export function LoginFlow({
  kept,
  parent,
  site,
  card,
  first,
  agreed: agreedBefore,
  onRetry,
}: {
  kept: Kept;
  parent: Parent;
  site: Site;
  card: Integration | null;
  /** The login as it was when it was begun or found. */
  first: Login;
  agreed: boolean;
  onRetry: () => Promise<void>;
}) {
  const say = useSay();
  const { errand } = kept.start;
  const loginId = first.id;
  const onEvent = useCallback((event: LoginEvent) => parent.say({ type: "event", event: { ...event } }), [parent]);
  const { view, problem, link, resumed, take, refresh } = useLogin(first, onEvent);
  const now = serviceTime(useNow(1000));
  const [agreed, setAgreed] = useState(agreedBefore);
  const [working, setWorking] = useState<Around["working"]>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [hidden, setHidden] = useState(0);
  const [shownHere, setShownHere] = useState(false);
  const [sheet, setSheet] = useState<Sheet["kind"] | null>(null);
  const links = useLinks(loginId);
  const account = useAccount(view.login.state === "saved" && errand.by !== "link", card);
  const leftViewAt = useRef(0);

  const { login } = view;
  const over = isOver(login.state);
  const watching = errand.by === "link" && errand.mode === "view";
  const byToken = errand.by !== "page";
  const told = useCallback((one: Problem): Told => problemWords(say, one, byToken), [say, byToken]);

  // The answer to "I Finished Login" comes as an event.
  const answered = `${login.state}/${view.notDetectedCount}`;
  const [answeredWhenPressed, setAnsweredWhenPressed] = useState<string | null>(null);
  const finishing = working === "finish" && answered === answeredWhenPressed;
  useEffect(() => {
    if (!finishing) return;
    // Should the event be missed, the login is asked itself.
    const timer = setTimeout(() => {
      refresh();
      setWorking(null);
    }, 15_000);
    return () => clearTimeout(timer);
  }, [finishing, refresh]);

  const doing = useCallback(
    async (what: NonNullable<Around["working"]>, call: () => Promise<Login>) => {
      setFailed(null);
      setWorking(what);
      try {
        take(await call());
        if (what !== "finish") setWorking(null);
      } catch (error) {
        setWorking(null);
        setFailed(asProblem(error));
        refresh();
      }
    },
    [take, refresh],
  );

  const agree = useCallback(() => {
    rememberAgreed(site.id);
    keep({ ...kept, loginId, agreed: true });
    setAgreed(true);
  }, [kept, loginId, site.id]);

  // Once, at the end: what the page is told, and what this tab forgets.
  const leaving = useRef(false);
  const leave = useCallback(
    (reason: "closed" | "failed" | "expired" | "refused" | "saved") => {
      if (leaving.current || !parent.isThere) return;
      leaving.current = true;
      forget();
      const result = {
        loginId,
        connectionId: login.connectionId,
        provider: login.provider,
        account: account?.account ?? card?.connection?.account ?? null,
        identity: account?.identity ?? null,
      };
      if (reason === "saved") parent.say({ type: "success", result });
      else parent.say({ type: "exit", exit: { reason, failure: failureOf(reason, login, problem), loginId } });
    },
    [parent, loginId, login, problem, account, card],
  );

  const cancel = useCallback(() => {
    // Said once; that it happened is told by the event stream.
    calls.cancel(loginId).then(take, () => undefined);
    leave("closed");
  }, [loginId, take, leave]);

  const close = useCallback(() => {
    if (login.state === "saved") leave("saved");
    else if (login.state === "failed" || login.state === "expired") leave(login.state);
    else if (login.state === "cancelled") leave("closed");
    else if (problem && problem.status !== 0) leave("refused");
    else if (watching) leave("closed");
    else cancel();
  }, [login.state, problem, watching, leave, cancel]);

  useEffect(() => parent.whenToClose(close), [parent, close]);
  useEffect(() => {
    if (login.state !== "saved" || !parent.isThere) return;
    const timer = setTimeout(() => leave("saved"), SHOW_SUCCESS_MS);
    return () => clearTimeout(timer);
  }, [login.state, parent, leave]);

  const canLeave = !over && !watching && problem === null;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (sheet) {
        setSheet(null);
        return;
      }
      // In the view it is the page's key; and one too many when leaving it must not end anything.
      const inView = event.target instanceof Element && event.target.closest(".live") !== null;
      if (inView || Date.now() - leftViewAt.current < 1500) return;
      if (canLeave) setSheet("leave");
      else if (parent.isThere) close();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [sheet, canLeave, parent, close]);

  const scene = sceneOf({ view, problem, site, card, agreed, watching, say, told, now, hidden, shownHere, parent, canRetry: errand.by !== "link", account: account?.identity?.label ?? null });
  const sheetShown = over ? null : sheet;

  const act: Actions = {
    close,
    stop: () => {
      setSheet(null);
      cancel();
    },
    keepGoing: () => setSheet(null),
    choose: () => undefined,
    agree,
    finish: () => {
      // Whoever logged in in the window has what is kept before their eyes.
      if (!agreed) agree();
      setAnsweredWhenPressed(answered);
      setHidden(view.notDetectedCount);
      void doing("finish", () => calls.finish(loginId));
    },
    retry: () => {
      setFailed(null);
      setWorking("retry");
      void (problem && !over ? Promise.resolve(refresh()) : onRetry()).finally(() => setWorking(null));
    },
    extend: () => void doing("extend", () => calls.extend(loginId)),
    stay: () => {
      // A hand on the picture is what tells the service that somebody is there.
      const picture = document.querySelector('[data-testid="live-canvas"]');
      if (picture) touch(picture);
      else void doing("stay", () => calls.extend(loginId));
    },
    replaceAccount: (replace) => void doing("account", () => calls.answerAccount(loginId, replace)),
    showWindow: setShownHere,
    dismissNotDetected: () => setHidden(view.notDetectedCount),
    dismissFailed: () => setFailed(null),
    openSheet: (kind) => {
      setSheet(kind);
      if (kind === "watch" || !isLoopback(window.location.hostname)) links.make(modeOf(kind));
    },
    closeSheet: () => setSheet(null),
    endLink: () => {
      if (sheet === "phone" || sheet === "watch") links.end(modeOf(sheet));
    },
  };

  function linkShown(kind: "phone" | "watch"): LinkShown {
    if (kind === "phone" && isLoopback(window.location.hostname)) return { at: "local", host: window.location.host };
    const state = links.of(modeOf(kind));
    if (state.at === "making") return state;
    if (state.at === "refused") return { at: "refused", told: told(state.problem) };
    const { link, ended } = state;
    const url = linkAddress(link.url, new URL(window.location.href), {
      mode: link.mode,
      name: site.name,
      accent: kept.start.accent,
    });
    const until = link.expiresAt ?? login.deadlineAt;
    return { at: "ready", url, ended, until: until ? say.date({ timeStyle: "short" }, until) : "" };
  }

  const timed = (login.state === "awaiting_login" || login.state === "detected") && scene.kind === "work";
  const left = timed && login.deadlineAt ? secondsLeft(login.deadlineAt, now) : null;
  const around: Around = {
    time:
      left === null || !login.deadlineAt
        ? null
        : { left: timeLeft(login.deadlineAt, now) ?? "", low: left < LOW_SECONDS, canExtend: !login.extended && !watching },
    lost: link === "lost" && !over,
    sheet:
      sheetShown === null ? null : sheetShown === "leave" ? { kind: "leave" } : { kind: sheetShown, link: linkShown(sheetShown) },
    failed: failed ? told(failed) : null,
    working: working === "finish" && !finishing ? null : working,
    announce: useAnnouncement(login, left),
    canShare: timed && errand.by !== "link",
  };

  const busy = login.state === "verifying" || login.state === "verified";
  const spoken = { language: say.language };
  return (
    <ModalView
      scene={scene}
      around={around}
      act={act}
      framed={parent.isThere}
      picture={
        <LiveView
          key={loginId}
          loginId={loginId}
          name={site.name}
          busy={busy}
          resumed={resumed}
          onEnded={refresh}
          onLeave={() => {
            leftViewAt.current = Date.now();
            document.querySelector<HTMLElement>('[data-testid="finish"]')?.focus();
          }}
          {...spoken}
        />
      }
    />
  );
}

const modeOf = (kind: "phone" | "watch") => (kind === "phone" ? "control" : "view");

/** A movement of the pointer, as its owner would make it. */
function touch(picture: Element): void {
  const { left, top, width, height } = picture.getBoundingClientRect();
  picture.dispatchEvent(
    new PointerEvent("pointermove", {
      bubbles: true,
      pointerType: "mouse",
      pointerId: 1,
      clientX: left + width / 2,
      clientY: top + height / 2,
    }),
  );
}

function sceneOf(known: {
  view: LoginView;
  problem: Problem | null;
  site: Site;
  card: Integration | null;
  agreed: boolean;
  watching: boolean;
  say: ReturnType<typeof useSay>;
  told: (problem: Problem) => Told;
  now: number;
  hidden: number;
  shownHere: boolean;
  parent: Parent;
  canRetry: boolean;
  account: string | null;
}): Scene {
  const { view, problem, site, card, agreed, watching, say, now } = known;
  const { login } = view;
  const { state } = login;
  if (problem && !isOver(state)) {
    return { kind: "refused", site, told: known.told(problem), canRetry: problem.status === 0 || problem.status >= 500 };
  }
  const expected = login.expectedIdentity?.label ?? null;
  switch (state) {
    case "saved":
      return { kind: "saved", site, account: known.account, closes: known.parent.isThere };
    case "failed":
    case "cancelled":
    case "expired":
      return {
        kind: "ended",
        state,
        site,
        told: endWords(view, site, say),
        helps: state === "cancelled" ? null : state === "expired" || (login.failure?.retryable ?? true),
        untouched: login.reconnect && state !== "cancelled",
        loginId: login.id,
        canRetry: known.canRetry && (state !== "failed" || (login.failure?.retryable ?? true)),
      };
    case "other_account":
      return { kind: "other", site, expected: expected ?? "?", found: login.foundIdentity?.label ?? "?" };
  }
  // In a window of its own on this computer the person is at work at once: what is kept is said beside it.
  const besideWindow = login.window && state !== "launching" && !known.shownHere;
  if (!agreed && !besideWindow && (state === "launching" || state === "awaiting_login" || state === "detected")) {
    return { kind: "prime", state, site, again: expected ?? card?.connection?.identity?.label ?? null };
  }
  if (state === "launching") return { kind: "launching", site };
  return {
    kind: "work",
    state,
    site,
    autoFinish: login.autoFinish,
    account: expected,
    notDetected: view.notDetected && view.notDetectedCount > known.hidden ? view.notDetected : null,
    reason: view.reason ? reasonWords(say, view.reason) : null,
    idle: watching ? null : timeLeft(login.idleEndsAt, now),
    window: login.window ? { shownHere: known.shownHere } : null,
    watching,
    summary: agreed,
  };
}

function endWords(view: LoginView, site: Site, say: ReturnType<typeof useSay>): Told {
  const { failure, state } = view.login;
  if (state === "failed" && failure) return failureWords(say, failure, site.name);
  if (state === "expired") return { text: say(`expired.${view.expiredBy}`), detail: null };
  return { text: state === "cancelled" ? say("cancelled.text") : say("failure.internal"), detail: null };
}

function failureOf(reason: string, login: Login, problem: Problem | null): ConnectFailure | null {
  if (reason === "failed") return login.failure ?? null;
  if (reason !== "refused" || !problem) return null;
  return { code: problemKind(problem), message: problem.detail ?? problem.title, retryable: problem.retryable ?? false };
}

/** Whose account it is, once that is known. */
function useAccount(saved: boolean, card: Integration | null) {
  const [found, setFound] = useState<Integration["connection"]>(null);
  const provider = card?.provider.id;
  useEffect(() => {
    if (!saved) return;
    let current = true;
    integrations().then(
      (cards) => {
        if (current) setFound(cards.find((one) => one.provider.id === provider)?.connection ?? null);
      },
      // It is saved all the same.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [saved, provider]);
  return found;
}

/** Time is said when it begins to run out, and when there is more of it; not each second. */
function useAnnouncement(login: Login, left: number | null): string {
  const say = useSay();
  return useMemo(() => {
    const step = left === null ? null : left <= 60 ? 60 : left <= 300 ? 300 : null;
    if (step !== null) return say("time.left", { time: say.span(step) });
    if (login.extended && login.deadlineAt) {
      return say("time.extended", { time: say.date({ timeStyle: "short" }, login.deadlineAt) });
    }
    return "";
  }, [say, left, login.extended, login.deadlineAt]);
}
