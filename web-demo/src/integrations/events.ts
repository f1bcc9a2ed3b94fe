import type { StreamEvent } from "@/api/stream";
import type { UserEvent } from "@/api/types";
import { LOGIN_EVENTS, readEvent } from "@/login/events";

const KNOWN: Record<UserEvent["type"], true> = {
  ...LOGIN_EVENTS,
  snapshot: true,
  connected: true,
  needs_reconnect: true,
  unsure: true,
  disconnected: true,
  run_started: true,
  run_progress: true,
  run_finished: true,
};

/** An event of the user's stream. */
export function readUserEvent(received: StreamEvent): UserEvent | null {
  return readEvent<UserEvent>(received, KNOWN);
}
