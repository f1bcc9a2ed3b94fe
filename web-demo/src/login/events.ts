import type { StreamEvent } from "@/api/stream";
import type { LoginEvent, LoginStreamEvent } from "@/api/types";

/** Everything that is told of a login. */
export const LOGIN_EVENTS: Record<LoginEvent["type"], true> = {
  launching: true,
  awaiting_login: true,
  login_detected: true,
  login_not_detected: true,
  noticed: true,
  verifying: true,
  verified: true,
  other_account: true,
  extended: true,
  idle_warning: true,
  idle_over: true,
  saved: true,
  failed: true,
  cancelled: true,
  expired: true,
};

/** An event of a stream; null for what this page does not know, or cannot read: a newer service may tell more. */
export function readEvent<E extends { type: string }>(received: StreamEvent, known: Record<E["type"], true>): E | null {
  let data: unknown;
  try {
    data = JSON.parse(received.data);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null || !("type" in data) || typeof data.type !== "string") return null;
  return Object.hasOwn(known, data.type) ? (data as E) : null;
}

export function readLoginEvent(received: StreamEvent): LoginStreamEvent | null {
  return readEvent<LoginStreamEvent>(received, { ...LOGIN_EVENTS, snapshot: true });
}
