import type { StreamEvent } from "@/api/stream";
import type { UserEvent } from "@/api/types";

const KNOWN = {
  snapshot: true,
  launching: true,
  awaiting_login: true,
  login_detected: true,
  login_not_detected: true,
  verifying: true,
  verified: true,
  saved: true,
  failed: true,
  cancelled: true,
  expired: true,
  connected: true,
  needs_reconnect: true,
  disconnected: true,
  run_started: true,
  run_progress: true,
  run_finished: true,
} satisfies Record<UserEvent["type"], true>;

/** An event of the user's stream; null for what this page does not know: a newer service may tell more. */
export function readUserEvent(received: StreamEvent): UserEvent | null {
  let data: unknown;
  try {
    data = JSON.parse(received.data);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null || !("type" in data) || typeof data.type !== "string") return null;
  return Object.hasOwn(KNOWN, data.type) ? (data as UserEvent) : null;
}
