// @vitest-environment jsdom

import { describe, expect, it } from "vitest";
import type { WordKey } from "staylogged-connect";
import type { Login } from "@/api/types";
import { type Scene, type Work, stateKey } from "@/connect/scene";
import { statusOf } from "@/integrations/status";
import { WORDS } from "@/login/words";
import { speaker } from "@/words/say";
import { connection, login } from "./samples";

const work = (state: Work["state"]) => ({ kind: "work", state }) as Work;

describe("the words of the connect flow, to the letter", () => {
  const say = speaker("en");

  it.each<[string, string]>([
    [stateKey({ kind: "launching" } as Scene), "Opening a browser window..."],
    [stateKey(work("awaiting_login")), "A browser window has opened... Complete the login process..."],
    [stateKey(work("detected")), "✅ Login detected!"],
    [stateKey(work("verifying")), "Verifying login and saving session..."],
    [stateKey(work("verified")), "Verifying login and saving session..."],
    [stateKey({ kind: "saved" } as Scene), "✅ Connection successful! Session saved."],
  ])("%s", (key, words) => expect(say(key as WordKey)).toBe(words));

  it("are there while the person still reads what will happen", () => {
    const prime = (state: Login["state"] | null) => stateKey({ kind: "prime", state } as Scene);
    expect(say(prime(null))).toBe("Opening a browser window...");
    expect(say(prime("awaiting_login"))).toBe("A browser window has opened... Complete the login process...");
    expect(say(prime("detected"))).toBe("✅ Login detected!");
  });

  it("stand in the dictionary as they stand in the list", () => {
    expect(say("title", { name: "Hotmart" })).toBe("Connect to Hotmart");
    expect(say("finish")).toBe("I Finished Login");
    expect(say("notDetected.title")).toBe("Login not detected");
    expect(say("lost")).toBe("Connection lost. Trying again…");
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
    expect(statusOf({ connection: connection({ unsureSince: "2026-05-04T09:40:00Z" }), login: null })).toMatchObject({
      words: "Not sure",
      action: "Reconnect",
    });
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
