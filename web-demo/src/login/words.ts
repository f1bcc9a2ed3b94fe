import type { LoginState } from "@/api/types";

/** The words of the connect flow. Documentation and tests rely on each of them, to the letter. */
export const WORDS = {
  title: (name: string) => `Connect to ${name}`,
  launching: "Opening a browser window...",
  awaiting: "A browser window has opened... Complete the login process...",
  detected: "✅ Login detected!",
  verifying: "Verifying login and saving session...",
  saved: "✅ Connection successful! Session saved.",
  failed: "The connection did not work.",
  cancelled: "The login was cancelled.",
  expired: "The time to log in is over.",
  notDetected: "Login not detected",
  finish: "I Finished Login",
  lost: "Connection lost. Trying again…",
  connect: "Connect",
  reconnect: "Reconnect",
  resume: "Continue",
  connected: "Connected",
  needsReconnect: "Needs reconnect",
  connecting: "Connecting",
  notConnected: "Not connected",
} as const;

export function stateWords(state: LoginState): string {
  switch (state) {
    case "launching":
      return WORDS.launching;
    case "awaiting_login":
      return WORDS.awaiting;
    case "detected":
      return WORDS.detected;
    case "verifying":
    case "verified":
      return WORDS.verifying;
    case "saved":
      return WORDS.saved;
    case "failed":
      return WORDS.failed;
    case "cancelled":
      return WORDS.cancelled;
    case "expired":
      return WORDS.expired;
  }
}
