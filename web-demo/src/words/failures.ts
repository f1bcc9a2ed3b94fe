import type { WordKey } from "staylogged-connect";
import type { Evidence, LoginFailure, Problem } from "@/api/types";
import type { LoginView } from "@/login/view";
import type { Say } from "./say";

export interface Told {
  text: string;
  /** The service's own English, where there is no word of ours for it. */
  detail: string | null;
  /** What was looked for and seen, where that is known. */
  evidence?: Evidence[];
}

/** Every code has its words: one that the document gets and this list has not does not compile. */
const FAILURES: Record<LoginFailure["code"], WordKey> = {
  browser_unavailable: "failure.browser_unavailable",
  browser_lost: "failure.browser_lost",
  interrupted: "failure.interrupted",
  site_unreachable: "failure.site_unreachable",
  verification_failed: "failure.verification_failed",
  session_too_large: "failure.session_too_large",
  internal: "failure.internal",
};

/** What happened to a login. A newer service may have codes that this page does not know. */
export function failureWords(say: Say, failure: LoginFailure, name: string): Told {
  return Object.hasOwn(FAILURES, failure.code)
    ? { text: say(FAILURES[failure.code], { name }), detail: null, evidence: failure.evidence }
    : { text: say("failure.internal"), detail: failure.message };
}

const PROBLEMS: Record<string, WordKey> = {
  "token-expired": "problem.token",
  "token-not-for-this": "problem.notForThis",
  "not-found": "problem.notFound",
  "unknown-provider": "problem.provider",
  "too-many-logins": "problem.full",
  "login-over": "problem.over",
  "already-extended": "problem.extended",
};

export const problemKind = (problem: Problem): string => problem.type.split(":").pop() ?? "";

/** What the service would not do. `byToken`: whoever asks came with a token, and has no key to give. */
export function problemWords(say: Say, problem: Problem, byToken: boolean): Told {
  if (problem.status === 0) return { text: say("problem.unreachable"), detail: null };
  if (problem.status === 401) return { text: say(byToken ? "problem.token" : "problem.key"), detail: null };
  if (problem.status === 429) return { text: say("problem.full"), detail: null };
  const known = PROBLEMS[problemKind(problem)];
  if (known) return { text: say(known), detail: null };
  if (problem.status === 503) return { text: say("problem.unreachable"), detail: problem.detail ?? null };
  return { text: say("problem.other"), detail: problem.detail || problem.title };
}

/** Why the login is awaited again. A newer service may have codes that this page does not know. */
export function againWords(say: Say, { again, login }: Pick<LoginView, "again" | "login">): Told | null {
  if (!again) return null;
  switch (again.code) {
    case "logged_out":
      return { text: say("reason.gone"), detail: null };
    case "not_proven":
      return { text: say("reason.notElsewhere"), detail: null, evidence: again.evidence };
    case "other_account":
      return { text: otherAccount(say, login.expectedIdentity?.label), detail: null };
    default:
      return { text: say("reason.other"), detail: again.reason };
  }
}

const otherAccount = (say: Say, expected: string | undefined): string =>
  expected ? say("reason.otherAccount", { expected }) : say("reason.other");
