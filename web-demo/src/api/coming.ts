/** What the API gets with the modal, until its document says so: then this file goes. */
import type { components } from "./schema";

type Schemas = components["schemas"];
type Identity = Schemas["AccountIdentity"];

export type Login = Omit<Schemas["Login"], "state"> & {
  state: Schemas["Login"]["state"] | "other_account";
  extended: boolean;
  /** The browser's own window is on the display of the computer that the service runs on. */
  window: boolean;
  reconnect: boolean;
  expectedIdentity: Identity | null;
  foundIdentity: Identity | null;
  idleEndsAt: string | null;
};

interface OfLogin {
  at: string;
  loginId: string;
  connectionId: string;
}

export type ComingLoginEvent =
  | (OfLogin & { type: "extended"; deadlineAt: string })
  | (OfLogin & { type: "idle_warning"; endsAt: string })
  | (OfLogin & { type: "idle_over" })
  | (OfLogin & { type: "other_account"; expected: Identity | null; found: Identity | null })
  | (OfLogin & { type: "expired"; reason?: "deadline" | "idle" });

export interface LoginLink {
  id: string;
  mode: "control" | "view";
  token: string;
  url: string;
  /** Null: for as long as the login is under way. */
  expiresAt: string | null;
}

export type Provider = Schemas["Provider"] & {
  /** Seconds that a person has for a login. */
  loginTimeout: number;
  /** Seconds that the site lets a session live at most, where that is known. */
  keptFor: number | null;
};
