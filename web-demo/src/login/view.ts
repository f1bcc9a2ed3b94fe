import type { Evidence, Login, LoginEvent, LoginState } from "@/api/types";

/** What the modal shows of a login. */
export interface LoginView {
  login: Login;
  /** What was looked for and seen when "I Finished Login" came too early; null otherwise. */
  notDetected: Evidence[] | null;
  /** How often it came too early: tells one answer from the next. */
  notDetectedCount: number;
  /** Why the login is awaited again, where it is. */
  reason: string | null;
  /** When the newest event happened. */
  at: string;
}

const STATE_AFTER: Record<Exclude<LoginEvent["type"], "login_not_detected">, LoginState> = {
  launching: "launching",
  awaiting_login: "awaiting_login",
  login_detected: "detected",
  verifying: "verifying",
  verified: "verified",
  saved: "saved",
  failed: "failed",
  cancelled: "cancelled",
  expired: "expired",
};

export function viewOf(login: Login): LoginView {
  return { login, notDetected: null, notDetectedCount: 0, reason: null, at: login.startedAt };
}

/** The view after an event. An event older than what is known (both streams tell it) changes nothing. */
export function after(view: LoginView, event: LoginEvent): LoginView {
  const { at } = event;
  if (Date.parse(at) < Date.parse(view.at)) return view;
  if (event.type === "login_not_detected") {
    return { ...view, notDetected: event.evidence, notDetectedCount: view.notDetectedCount + 1, at };
  }
  const state = STATE_AFTER[event.type];
  const failure = event.type === "failed" ? { code: event.code, message: event.message, retryable: event.retryable } : null;
  return {
    ...view,
    // The deadline is each state's own, and not told: it is read with the cards.
    login: { ...view.login, state, failure, enteredAt: at, deadlineAt: null },
    notDetected: null,
    reason: event.type === "awaiting_login" ? (event.reason ?? null) : null,
    at,
  };
}

/** "14:05" until the deadline; null where there is none. */
export function timeLeft(deadlineAt: string | null | undefined, now: number): string | null {
  if (!deadlineAt) return null;
  const seconds = Math.max(0, Math.round((Date.parse(deadlineAt) - now) / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
