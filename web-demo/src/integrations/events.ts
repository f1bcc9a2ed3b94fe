import type { StreamEvent } from "@/api/stream";
import type { Integration } from "@/api/types";
import { LOGIN_EVENTS, type LoginEvent } from "@/login/view";

/** What the user's stream tells, sorted by what the page does with it. */
export type UserEvent =
  | { kind: "snapshot"; at: string; integrations: Integration[] }
  | { kind: "login"; at: string; loginId: string; event: LoginEvent }
  | { kind: "progress"; at: string; runId: string; progress: { pages: number; records: number } }
  | { kind: "finished"; at: string; runId: string }
  /** Connections and runs that began or ended: the cards are read anew. */
  | { kind: "changed"; at: string };

/** Null for what this page does not know: a newer service may tell more. */
export function readUserEvent(received: StreamEvent): UserEvent | null {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(received.data) as Record<string, unknown>;
  } catch {
    return null;
  }
  const at = typeof data.at === "string" ? data.at : new Date().toISOString();
  const type = typeof data.type === "string" ? data.type : received.event;
  switch (type) {
    case "snapshot":
      return Array.isArray(data.integrations)
        ? { kind: "snapshot", at, integrations: data.integrations as Integration[] }
        : null;
    case "run_progress":
      return {
        kind: "progress",
        at,
        runId: String(data.runId),
        progress: data.progress as { pages: number; records: number },
      };
    case "run_finished":
      return { kind: "finished", at, runId: String(data.runId) };
    case "connected":
    case "needs_reconnect":
    case "disconnected":
    case "run_started":
      return { kind: "changed", at };
  }
  if (LOGIN_EVENTS.has(type) && typeof data.loginId === "string") {
    return { kind: "login", at, loginId: data.loginId, event: data as unknown as LoginEvent };
  }
  return null;
}
