import type { Problem } from "@/api/types";
import type { LoginView } from "@/login/view";
import { type Told, againWords, failureWords } from "@/words/failures";
import type { Say } from "@/words/say";
import type { Scene, Site } from "./scene";
import type { Stage } from "./useErrand";

/** What is shown of a login. */
export function loginScene(known: {
  view: LoginView;
  stage: Extract<Stage, { at: "login" }>;
  say: Say;
  notDetected: LoginView["notDetected"];
  refused: Problem | null;
  told: (problem: Problem) => Told;
  idle: string | null;
  shownHere: boolean;
  watching: boolean;
  closes: boolean;
  canRetry: boolean;
}): Scene {
  const { view, stage, say, refused, shownHere } = known;
  const { site, card, agreed } = stage;
  const { login } = view;
  const { state } = login;
  if (refused) {
    return { kind: "refused", site, told: known.told(refused), canRetry: refused.status === 0 || refused.status >= 500 };
  }
  const expected = login.expectedIdentity?.label ?? null;
  switch (state) {
    case "saved":
      return { kind: "saved", site, account: view.identity?.label ?? null, closes: known.closes };
    case "failed":
    case "cancelled":
    case "expired":
      return {
        kind: "ended",
        state,
        site,
        told: endWords(view, site, say),
        loginId: login.id,
        canRetry: known.canRetry && (state !== "failed" || (login.failure?.retryable ?? true)),
      };
    case "other_account":
      return { kind: "other", site, expected: expected ?? "?", found: login.foundIdentity?.label ?? "?" };
  }
  // In a window of its own on this computer the person is at work at once: what is kept is said beside it.
  const besideWindow = login.window && state !== "launching";
  if (!agreed && !besideWindow && (state === "launching" || state === "awaiting_login" || state === "detected")) {
    return { kind: "prime", state, site, again: expected ?? card?.connection?.identity?.label ?? null, idle: known.idle };
  }
  if (state === "launching") return { kind: "launching", site };
  return {
    kind: "work",
    state,
    site,
    autoFinish: login.autoFinish,
    account: expected,
    notDetected: known.notDetected,
    reason: againWords(say, view),
    notice: view.notice,
    idle: known.idle,
    window: login.window ? { shownHere } : null,
    watching: known.watching,
    summary: agreed || shownHere,
  };
}

function endWords(view: LoginView, site: Site, say: Say): Told {
  const { failure, state } = view.login;
  if (state === "failed" && failure) return failureWords(say, failure, site.name);
  if (state === "expired") return { text: say(`expired.${view.expiredBy}`), detail: null };
  return { text: state === "cancelled" ? say("cancelled.text") : say("failure.internal"), detail: null };
}
