import { isElsewhere } from "./base";
import type { Problem } from "./types";

/** An answer that is no success, in the words of `application/problem+json`. */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiProblem";
  }
}

/** The service could not be reached at all. */
export const UNREACHABLE: Problem = {
  type: "about:blank",
  title: "The service cannot be reached",
  status: 0,
  detail: "No answer came from the service: it may be restarting, or the network is down.",
  retryable: true,
};

/** A problem out of whatever a server or a proxy on the way answered. */
export function problemFrom(status: number, body: unknown): Problem {
  if (typeof body === "string") {
    try {
      body = JSON.parse(body);
    } catch {
      body = undefined;
    }
  }
  if (body && typeof body === "object" && "title" in body && typeof body.title === "string") {
    const problem = body as Partial<Problem> & { title: string };
    return { ...problem, type: problem.type ?? "about:blank", status: problem.status ?? status, detail: problem.detail ?? "" };
  }
  return {
    type: "about:blank",
    title: "The service answered with an error",
    status,
    detail: `The answer had status ${status} and no further explanation.`,
    retryable: status >= 500,
  };
}

/** Any thrown thing as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  return UNREACHABLE;
}

/** What a person can do about it; `elsewhere`: the page and its API are not of one origin. */
export function whatToDo(problem: Problem, elsewhere: boolean = isElsewhere()): string {
  if (problem.needsReconnect) return "Connect or reconnect on the card, log in once more, and try again.";
  if (problem.status === 0) {
    const check = "Check that the service is running and that you are online, then try again.";
    // A browser does not tell the one from the other.
    return elsewhere ? `${check} If both are so, this page's address has to be named in the service's ALLOWED_ORIGINS.` : check;
  }
  if (problem.status === 401) return "Enter a valid access key.";
  if (problem.status === 403) return "This page's address may not be allowed: the operator adds it to ALLOWED_ORIGINS.";
  if (problem.status === 404) return "It may be gone by now: reload the page.";
  if (problem.status === 429) return "Wait a little, then try again.";
  if (problem.retryable || problem.status >= 500) return "Try again in a moment. If it stays, ask the operator to look at the service's log.";
  return "Change what is named above, then try again.";
}
