import { describe, expect, it } from "vitest";
import type { LoginState } from "@/api/types";
import { statusOf } from "@/integrations/status";
import { WORDS, stateWords } from "@/login/words";
import { connection, login } from "./samples";

describe("the words of the connect flow, to the letter", () => {
  it.each<[LoginState, string]>([
    ["awaiting_login", "A browser window has opened... Complete the login process..."],
    ["detected", "✅ Login detected!"],
    ["verifying", "Verifying login and saving session..."],
    ["verified", "Verifying login and saving session..."],
    ["saved", "✅ Connection successful! Session saved."],
  ])("%s", (state, words) => expect(stateWords(state)).toBe(words));

  it("every state has words", () => {
    for (const state of ["launching", "failed", "cancelled", "expired"] as const) expect(stateWords(state)).not.toBe("");
  });

  it("title, button, panel", () => {
    expect(WORDS.title("Hotmart")).toBe("Connect to Hotmart");
    expect(WORDS.finish).toBe("I Finished Login");
    expect(WORDS.notDetected).toBe("Login not detected");
    expect(WORDS.lost).toBe("Connection lost. Trying again…");
  });

  it("the card's status and button", () => {
    expect(statusOf({ connection: null, login: null })).toMatchObject({ words: "Not connected", action: "Connect" });
    expect(statusOf({ connection: connection(), login: null })).toMatchObject({ words: "Connected", action: null });
    expect(statusOf({ connection: connection({ status: "needs_reconnect" }), login: null })).toMatchObject({
      words: "Needs reconnect",
      action: "Reconnect",
    });
    expect(statusOf({ connection: connection({ status: "needs_reconnect" }), login: login() }).action).toBe("Continue");
    expect(statusOf({ connection: connection({ status: "pending" }), login: login() })).toMatchObject({
      kind: "connecting",
      action: "Continue",
    });
    expect(statusOf({ connection: connection({ status: "pending" }), login: null }).action).toBe("Connect");
    expect(statusOf({ connection: connection({ status: "disconnected" }), login: null }).action).toBe("Connect");
  });
});
