import type { AccountIdentity, Evidence, Login, LoginEvent, LoginFailure, LoginState } from "@/api/types";

/** What the modal shows of a login. */
export interface LoginView {
  login: Login;
  /** What was looked for and seen when "I Finished Login" came too early; null otherwise. */
  notDetected: Evidence[] | null;
  /** How often it came too early: tells one answer from the next. */
  notDetectedCount: number;
  /** Why the login is awaited again, where it is. */
  again: Again | null;
  /** What the site asks or says, where that is known. */
  notice: "challenge" | "refused" | null;
  /** Whose account it is, once that is proven and where the site says so. */
  identity: AccountIdentity | null;
  /** By which clock it expired, where it did. */
  expiredBy: "deadline" | "idle";
  /** When the newest event happened. */
  at: string;
}

/** What an `awaiting_login` event says of why, where it is not the first. */
export interface Again {
  code: NonNullable<Extract<LoginEvent, { type: "awaiting_login" }>["reasonCode"]> | null;
  /** The service's own English. */
  reason: string;
  evidence: Evidence[];
}

type WithinAState = "login_not_detected" | "noticed" | "extended" | "idle_warning" | "idle_over";

const STATE_AFTER: Record<Exclude<LoginEvent["type"], WithinAState>, LoginState> = {
  launching: "launching",
  awaiting_login: "awaiting_login",
  login_detected: "detected",
  verifying: "verifying",
  verified: "verified",
  other_account: "other_account",
  saved: "saved",
  failed: "failed",
  cancelled: "cancelled",
  expired: "expired",
};

export function viewOf(login: Login): LoginView {
  return {
    login,
    notDetected: null,
    notDetectedCount: 0,
    again: null,
    notice: null,
    identity: null,
    expiredBy: "deadline",
    at: login.startedAt,
  };
}

/** The view after an event. An event older than what is known (both streams tell it) changes nothing. */
export function after(view: LoginView, event: LoginEvent): LoginView {
  const { at } = event;
  if (Date.parse(at) < Date.parse(view.at)) return view;
  const knowing = (part: Partial<Login>): LoginView => ({ ...view, login: { ...view.login, ...part }, at });
  switch (event.type) {
    case "login_not_detected":
      return { ...view, notDetected: event.evidence, notDetectedCount: view.notDetectedCount + 1, at };
    case "noticed":
      // The page is another than the one that was looked at.
      return { ...view, notDetected: null, notice: event.notice ?? null, at };
    case "extended":
      return knowing({ deadlineAt: event.deadlineAt, extended: true, idleEndsAt: null });
    case "idle_warning":
      return knowing({ idleEndsAt: event.endsAt });
    case "idle_over":
      return knowing({ idleEndsAt: null });
  }
  const state = STATE_AFTER[event.type];
  const staysTheirs = isPersons(state) && isPersons(view.login.state);
  return {
    ...view,
    login: {
      ...view.login,
      state,
      failure: event.type === "failed" ? failureIn(event) : null,
      enteredAt: at,
      // A deadline is not told with a state: it is read. The person's time goes on while it is their turn.
      deadlineAt: staysTheirs ? view.login.deadlineAt : null,
      idleEndsAt: null,
      ...(event.type === "other_account" ? { expectedIdentity: event.expected, foundIdentity: event.found } : {}),
    },
    notDetected: null,
    again: event.type === "awaiting_login" ? againIn(event) : null,
    notice: null,
    identity: event.type === "verified" ? (event.identity ?? null) : view.identity,
    expiredBy: event.type === "expired" ? (event.reason ?? "deadline") : view.expiredBy,
    at,
  };
}

const failureIn = ({ code, message, retryable, evidence }: LoginFailure): LoginFailure => ({ code, message, retryable, evidence });

const againIn = ({ reason, reasonCode, evidence }: Extract<LoginEvent, { type: "awaiting_login" }>): Again | null =>
  reason ? { code: reasonCode ?? null, reason, evidence: evidence ?? [] } : null;

const isPersons = (state: LoginState): boolean => state === "awaiting_login" || state === "detected";

/** "14:05" until then; null where there is no such moment. */
export function timeLeft(deadlineAt: string | null | undefined, now: number): string | null {
  if (!deadlineAt) return null;
  const seconds = secondsLeft(deadlineAt, now);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export function secondsLeft(deadlineAt: string, now: number): number {
  return Math.max(0, Math.round((Date.parse(deadlineAt) - now) / 1000));
}
