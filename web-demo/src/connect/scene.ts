import type { Evidence, LoginState, Param } from "@/api/types";
import type { Told } from "@/words/failures";

/** The site that is connected, in what the modal says of it. */
export interface Site {
  id: string;
  name: string;
  /** What is fetched with the session. */
  streams: string[];
  /** How long a session is kept at most, in seconds; null where only the site ends it. */
  maxAge: number | null;
  /** What its definition has to say to whoever logs in, by language. */
  instructions: Record<string, string>;
}

/** What is asked of the person before there is a login. */
export interface Asked {
  params: Param[];
  /** What stands in the fields at first: what was said before. */
  given: Record<string, string>;
  /** There is a session from what was said before. */
  saved: boolean;
  faults: Fault[];
  busy: boolean;
}

/** What the service says of an answer; `name` is null where it is about all of them. */
export interface Fault {
  name: string | null;
  code: string;
  /** The service's own English. */
  detail: string;
}

export interface Choice {
  id: string;
  name: string;
  status: "none" | "connected" | "needs_reconnect";
}

/** Everything that the modal can show: what is on the screen is a function of this, and of nothing else. */
export type Scene =
  | { kind: "looking" }
  | { kind: "choose"; choices: Choice[] }
  | { kind: "refused"; site: Site | null; told: Told; canRetry: boolean }
  | { kind: "prime"; state: LoginState | null; site: Site; again: string | null; idle: string | null; asked?: Asked }
  | { kind: "launching"; site: Site }
  | Work
  | { kind: "other"; site: Site; expected: string; found: string }
  | { kind: "saved"; site: Site; account: string | null; closes: boolean }
  | Ended;

export interface Work {
  kind: "work";
  state: "awaiting_login" | "detected" | "verifying" | "verified";
  site: Site;
  autoFinish: boolean;
  /** Whose account it is to be. */
  account: string | null;
  notDetected: Evidence[] | null;
  reason: Told | null;
  /** What the site asks or says, where that is known. */
  notice: "challenge" | "refused" | null;
  /** How long until an idle login ends; null: it is not idle. */
  idle: string | null;
  /** The browser's own window is on this computer. */
  window: { shownHere: boolean } | null;
  /** Watching only. */
  watching: boolean;
  /** What was agreed to is said in one line, where it was no step of its own. */
  summary: boolean;
}

export interface Ended {
  kind: "ended";
  state: "failed" | "cancelled" | "expired";
  site: Site;
  /** What happened, and whether trying again helps. */
  told: Told;
  loginId: string;
  canRetry: boolean;
}

/** What lies over it for a moment. */
export type Sheet =
  | { kind: "leave" }
  | { kind: "phone" | "watch"; link: LinkShown };

export type LinkShown =
  | { at: "making" }
  /** The page's own address is one that no other device can reach. */
  | { at: "local"; host: string }
  | { at: "ready"; url: string; until: string; ended: boolean }
  | { at: "refused"; told: Told };

/** What goes with every scene. */
export interface Around {
  time: { left: string; low: boolean; canExtend: boolean } | null;
  lost: boolean;
  sheet: Sheet | null;
  /** Something that the person asked for did not work. */
  failed: Told | null;
  /** What is under way at their wish. */
  working: "finish" | "retry" | "extend" | "account" | "stay" | null;
  /** Said to those who hear the page, beside the state. */
  announce: string;
  /** Links to this login can be given to others. */
  canShare: boolean;
}

export interface Actions {
  close: () => void;
  stop: () => void;
  keepGoing: () => void;
  choose: (id: string) => void;
  agree: () => void;
  /** The answers to what is asked, by name. */
  answer: (params: Record<string, string>) => void;
  finish: () => void;
  retry: () => void;
  extend: () => void;
  stay: () => void;
  replaceAccount: (replace: boolean) => void;
  showWindow: (here: boolean) => void;
  dismissNotDetected: () => void;
  dismissFailed: () => void;
  openSheet: (kind: "phone" | "watch") => void;
  closeSheet: () => void;
  endLink: () => void;
}

const STATE_OF_SCENE = { looking: "state.looking", choose: "state.choose", refused: "state.refused", other: "state.otherAccount", saved: "state.saved" } as const;
const STATE_WORDS = {
  launching: "state.launching",
  awaiting_login: "state.awaiting",
  detected: "state.detected",
  verifying: "state.verifying",
  verified: "state.verifying",
  other_account: "state.otherAccount",
  saved: "state.saved",
  failed: "state.failed",
  cancelled: "state.cancelled",
  expired: "state.expired",
} as const satisfies Record<LoginState, string>;

/** The line under the title: the words that people, documentation and tests rely on. */
export function stateKey(scene: Scene) {
  switch (scene.kind) {
    case "prime":
      if (scene.asked) return "state.asking";
      return STATE_WORDS[scene.state ?? "launching"];
    case "launching":
      return STATE_WORDS.launching;
    case "work":
    case "ended":
      return STATE_WORDS[scene.state];
    default:
      return STATE_OF_SCENE[scene.kind];
  }
}

export function toneOf(scene: Scene): "good" | "bad" | "plain" {
  if (scene.kind === "saved" || (scene.kind === "work" && scene.state === "detected")) return "good";
  if (scene.kind === "ended") return scene.state === "cancelled" ? "plain" : "bad";
  return scene.kind === "refused" ? "bad" : "plain";
}

/** Nothing is under way: closing costs nothing. */
export function isEnd(scene: Scene): boolean {
  return scene.kind === "saved" || scene.kind === "ended" || scene.kind === "refused" || scene.kind === "choose";
}
