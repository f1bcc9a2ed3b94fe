/** With what the modal was opened: taken from its address, and kept for this tab, so that a reload finds it again. */

import { recalled, remember } from "@/ui/tabMemory";

/** By what right, and for what. */
export type Errand =
  | { by: "token"; token: string }
  /** Somebody who logs in elsewhere gave this link: to go on with it here, or to watch. */
  | { by: "link"; login: string; token: string; mode: "control" | "view"; name: string | null }
  /** A page of the service's own origin, with its access key or where none is needed. */
  | { by: "page"; provider: string; account: string | null };

export interface Start {
  errand: Errand;
  language: string | null;
  theme: "light" | "dark" | "auto";
  accent: string | null;
  radius: string | null;
  /** What the page says where the site's definition asks. */
  params: Record<string, string>;
  /** The page whose frame this is in. */
  parent: { channel: string; origin: string } | null;
}

export interface Kept {
  start: Start;
  /** The login that it has come to. */
  loginId: string | null;
  /** The person has read what will happen, and gone on. */
  agreed: boolean;
}

const STORED_AS = "staylogged.connect";

/**
 * Reads and clears the address: a token is not to be seen in it, nor in the browser's history. What stands there begins anew,
 * unless it is the same errand as before in this tab; with nothing there, it is a reload.
 */
export function takeStart(): Kept | null {
  const { search, hash, pathname } = window.location;
  const told = new URLSearchParams(hash.slice(1));
  const asked = new URLSearchParams(search);
  if (told.size > 0) window.history.replaceState(window.history.state, "", pathname + search);
  const kept = recall();
  const errand = errandOf(told, asked);
  if (!errand) return kept;
  const same = kept !== null && sameErrand(kept.start.errand, errand);
  // The page in a frame has the reload of the frame itself: the rest of what was told is gone with the fragment.
  if (same && told.size === 0) return kept;
  const start: Start = {
    errand,
    language: told.get("lang") ?? asked.get("lang"),
    theme: themeOf(told.get("theme") ?? asked.get("theme")),
    accent: told.get("accent"),
    radius: told.get("radius"),
    params: paramsOf(told.get("params")),
    parent: parentOf(told),
  };
  return keep({ start, loginId: same ? kept.loginId : null, agreed: same && kept.agreed });
}

function errandOf(told: URLSearchParams, asked: URLSearchParams): Errand | null {
  const token = told.get("token");
  const login = told.get("login");
  if (token && login) {
    const mode = told.get("mode") === "view" ? "view" : "control";
    return { by: "link", login, token, mode, name: told.get("name") };
  }
  if (token) return { by: "token", token };
  const provider = asked.get("provider") ?? told.get("provider");
  return provider ? { by: "page", provider, account: asked.get("account") ?? told.get("account") } : null;
}

function sameErrand(one: Errand, other: Errand): boolean {
  if (one.by === "page" && other.by === "page") return one.provider === other.provider && one.account === other.account;
  return one.by !== "page" && other.by !== "page" && one.by === other.by && one.token === other.token;
}

function themeOf(said: string | null): Start["theme"] {
  return said === "light" || said === "dark" ? said : "auto";
}

function paramsOf(said: string | null): Start["params"] {
  try {
    const params: unknown = JSON.parse(said ?? "{}");
    if (typeof params !== "object" || params === null) return {};
    return Object.fromEntries(Object.entries(params).filter(([, value]) => typeof value === "string")) as Start["params"];
  } catch {
    return {};
  }
}

function parentOf(told: URLSearchParams): Start["parent"] {
  const channel = told.get("channel");
  const origin = told.get("origin");
  if (!channel || !origin || window.parent === window) return null;
  // Where the browser tells who the parent is, it is not taken from the address.
  const real = window.location.ancestorOrigins?.[0];
  return real === undefined || real === origin ? { channel, origin } : null;
}

export function keep(kept: Kept): Kept {
  remember(STORED_AS, JSON.stringify(kept));
  return kept;
}

export function forget(): void {
  remember(STORED_AS, null);
}

export function recall(): Kept | null {
  try {
    const kept = JSON.parse(recalled(STORED_AS) ?? "null") as Partial<Kept> | null;
    const errand = kept?.start?.errand;
    if (!kept?.start || !errand) return null;
    const whole = errand.by === "page" ? errand.provider : errand.token;
    return whole ? { start: { ...kept.start, params: kept.start.params ?? {} }, loginId: kept.loginId ?? null, agreed: kept.agreed === true } : null;
  } catch {
    return null;
  }
}
