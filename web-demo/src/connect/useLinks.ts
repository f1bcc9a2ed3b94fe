"use client";

import { useCallback, useState } from "react";
import { login as calls } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { LoginLink, Problem } from "@/api/types";

export type LinkState =
  | { at: "making" }
  | { at: "ready"; link: LoginLink; ended: boolean }
  | { at: "refused"; problem: Problem };

type LinksByMode = Partial<Record<LoginLink["mode"], LinkState>>;

interface Made {
  loginId: string | null;
  links: LinksByMode;
}

const NONE: LinksByMode = {};

/** An answer about another login than the present one changes nothing. */
const withLink = (made: Made, loginId: string, mode: LoginLink["mode"], state: LinkState): Made =>
  made.loginId === loginId ? { loginId, links: { ...made.links, [mode]: state } } : made;

export interface Links {
  of: (mode: LoginLink["mode"]) => LinkState;
  make: (mode: LoginLink["mode"]) => void;
  end: (mode: LoginLink["mode"]) => void;
}

/** The links to this login that were given out from here: one to go on with it elsewhere, one to watch. */
export function useLinks(loginId: string | null): Links {
  const [made, setMade] = useState<Made>({ loginId, links: {} });
  // Those to an earlier login open nothing any more.
  const links = made.loginId === loginId ? made.links : NONE;

  const make = useCallback(
    (mode: LoginLink["mode"]) => {
      if (!loginId) return;
      const known = links[mode];
      // The same link again, as long as it opens something.
      if (known?.at === "ready" && !known.ended && stillOpens(known.link)) return;
      const put = (state: LinkState) => setMade((old) => withLink(old, loginId, mode, state));
      // Begins anew, whatever there was of an earlier login.
      setMade({ loginId, links: { ...links, [mode]: { at: "making" } } });
      calls.link(loginId, mode).then(
        (link) => put({ at: "ready", link, ended: false }),
        (error: unknown) => put({ at: "refused", problem: asProblem(error) }),
      );
    },
    [links, loginId],
  );

  const end = useCallback(
    (mode: LoginLink["mode"]) => {
      const known = links[mode];
      if (!loginId || known?.at !== "ready") return;
      const put = (state: LinkState) => setMade((old) => withLink(old, loginId, mode, state));
      calls.endLink(loginId, known.link.id).then(
        () => put({ ...known, ended: true }),
        (error: unknown) => put({ at: "refused", problem: asProblem(error) }),
      );
    },
    [links, loginId],
  );

  return { of: (mode) => links[mode] ?? { at: "making" }, make, end };
}

const stillOpens = (link: LoginLink): boolean => link.expiresAt === null || Date.parse(link.expiresAt) > Date.now() + 60_000;
