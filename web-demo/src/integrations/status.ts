import type { Integration } from "@/api/types";
import { WORDS } from "@/login/words";

export interface CardStatus {
  kind: "none" | "connecting" | "connected" | "unsure" | "needs_reconnect";
  words: string;
  /** What the main button says; null: there is none. */
  action: string | null;
}

export function statusOf({ connection, login }: Pick<Integration, "connection" | "login">): CardStatus {
  const resume = login ? WORDS.resume : null;
  switch (connection?.status) {
    case "connected":
      // The site did not say, when it was last looked at, whether the session still works.
      if (connection.unsureSince) return { kind: "unsure", words: WORDS.unsure, action: resume ?? WORDS.reconnect };
      return { kind: "connected", words: WORDS.connected, action: resume };
    case "needs_reconnect":
      return { kind: "needs_reconnect", words: WORDS.needsReconnect, action: resume ?? WORDS.reconnect };
    default:
      return login
        ? { kind: "connecting", words: WORDS.connecting, action: resume }
        : { kind: "none", words: WORDS.notConnected, action: WORDS.connect };
  }
}
