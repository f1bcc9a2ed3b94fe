/**
 * What a page and the modal in its frame say to each other. Each message carries the id of the opening that it belongs to;
 * both sides take it only from the very window and origin that they know.
 */
import type { WordOverrides } from "./words";

/** One event of the login, as the service told it. */
export interface ConnectEvent {
  /** `launching`, `awaiting_login`, `login_detected`, `login_not_detected`, `verifying`, `other_account`, `saved` … */
  type: string;
  /** When it happened. */
  at: string;
  loginId: string;
  connectionId: string;
  /** Other facts that go with it. */
  [fact: string]: unknown;
}

/** The session is proven, sealed and kept. */
export interface ConnectResult {
  loginId: string;
  connectionId: string;
  provider: string;
  /** Which of the user's accounts at the site. */
  account: string | null;
  /** Whose account it is, as the site says. */
  identity: { id: string; label: string } | null;
}

/** Why the modal went without a session. */
export interface ConnectExit {
  /**
   * `closed`: the person closed it, and a login under way was cancelled. `failed`, `expired`: how the last login ended.
   * `refused`: the token is spent, too old, or not for this. `unreachable`: the modal or the service could not be reached.
   * `replaced`: another `open` took its place.
   */
  reason: "closed" | "failed" | "expired" | "refused" | "unreachable" | "replaced";
  failure: ConnectFailure | null;
  loginId: string | null;
}

export interface ConnectFailure {
  /** The code of the login's failure, or the kind of the problem that the service answered with. */
  code: string;
  /** For a person, in English. */
  message: string;
  /** Whether trying again may help. */
  retryable: boolean;
}

export type Scheme = "light" | "dark";

/** From the page to the frame. */
export type ToFrame =
  | { type: "options"; words: WordOverrides; scheme: Scheme }
  | { type: "scheme"; scheme: Scheme }
  | { type: "close" };

/** From the frame to the page. */
export type FromFrame =
  | { type: "hello" }
  | { type: "ready"; title: string }
  | { type: "event"; event: ConnectEvent }
  | { type: "success"; result: ConnectResult }
  | { type: "exit"; exit: ConnectExit };

/** Raised when a message changes its meaning. */
const VERSION = 1;

interface Envelope {
  staylogged: number;
  channel: string;
}

/** A message, ready to be sent. */
export function wrap<M extends ToFrame | FromFrame>(channel: string, message: M): M & Envelope {
  return { ...message, staylogged: VERSION, channel };
}

/** The message in an event, if it came from that window, that origin, and belongs to that opening. */
export function unwrap<M extends ToFrame | FromFrame>(
  event: MessageEvent,
  from: { window: Window | null; origin: string; channel: string },
): M | null {
  if (from.window === null || event.source !== from.window || event.origin !== from.origin) return null;
  const data: unknown = event.data;
  if (typeof data !== "object" || data === null) return null;
  const { staylogged, channel, type } = data as Partial<Envelope & { type: unknown }>;
  return staylogged === VERSION && channel === from.channel && typeof type === "string" ? (data as M) : null;
}
