"use client";

import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import type { Problem } from "@/api/types";

export interface Pages<P> {
  /** The newest page that came; while another one is on its way it stays. */
  page: P | null;
  problem: Problem | null;
  waiting: boolean;
  /** How many pages are before the one that is shown. */
  before: number;
  forward: (() => void) | null;
  back: (() => void) | null;
  retry: () => void;
}

interface Loaded<P> {
  asked: string;
  page: P | null;
  problem: Problem | null;
  /** What that page was asked by: where the newest question has failed, an earlier one. */
  of: string;
  before: number;
}

/**
 * A list read in pages, by cursors. What is wanted is told by `key`: another one begins at the first page, and `fresh` has the
 * same page read anew.
 */
export function usePages<P extends { next?: string | null }>(
  key: string,
  fresh: unknown,
  read: (cursor: string | null, signal: AbortSignal) => Promise<P>,
): Pages<P> {
  /** The cursors of the pages up to this one; the last is this one's. */
  const [trail, setTrail] = useState<{ key: string; cursors: (string | null)[] }>({ key, cursors: [null] });
  const [tries, setTries] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<P>>({ asked: "", page: null, problem: null, of: "", before: 0 });
  const cursors = trail.key === key ? trail.cursors : [null];
  const cursor = cursors.at(-1) ?? null;
  const asked = JSON.stringify([key, cursor]);

  useEffect(() => {
    const abort = new AbortController();
    read(cursor, abort.signal).then(
      (page) => {
        if (!abort.signal.aborted) setLoaded({ asked, page, problem: null, of: asked, before: cursors.length - 1 });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded((known) => ({ ...known, asked, problem: asProblem(error) }));
      },
    );
    return () => abort.abort();
    // `read` is made anew at each drawing; what it reads is in `key`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, fresh, tries]);

  const { page } = loaded;
  const waiting = loaded.asked !== asked;
  const turn = (to: (string | null)[]) => setTrail({ key, cursors: to });
  // The page that is shown leads on only where it is the one that is wanted.
  const next = loaded.of === asked ? page?.next : null;
  return {
    page,
    problem: waiting ? null : loaded.problem,
    waiting,
    before: loaded.before,
    forward: next ? () => turn([...cursors, next]) : null,
    back: cursors.length > 1 ? () => turn(cursors.slice(0, -1)) : null,
    retry: () => setTries((n) => n + 1),
  };
}
