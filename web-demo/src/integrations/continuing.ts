/** Which run goes on once its session is there again: kept in this tab, so that a reload in the middle of the login loses nothing. */

import type { Run } from "@/api/types";
import { recalled, remember } from "@/ui/tabMemory";

const STORED_AS = "staylogged.continue";

export interface Promised {
  provider: string;
  account: string;
  stream: string;
  runId: string;
}

export function promiseOf(run: Run): Promised {
  return { provider: run.provider, account: run.account, stream: run.stream, runId: run.id };
}

export function promiseToContinue(run: Run | null): void {
  remember(STORED_AS, run && JSON.stringify(promiseOf(run)));
}

/** What was promised for this provider; it is kept once. */
export function takePromise(provider: string): Promised | null {
  try {
    const kept = JSON.parse(recalled(STORED_AS) ?? "null") as Promised | null;
    if (kept?.provider !== provider) return null;
    remember(STORED_AS, null);
    return kept;
  } catch {
    return null;
  }
}
