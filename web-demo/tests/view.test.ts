import { describe, expect, it } from "vitest";
import type { LoginEvent } from "@/api/types";
import { readUserEvent } from "@/integrations/events";
import { type LoginView, after as afterEvent, timeLeft, viewOf } from "@/login/view";
import { AT, later, login } from "./samples";

const after = (view: LoginView, part: object, at: string) =>
  afterEvent(view, { loginId: "lgn_1", connectionId: "con_1", at, ...part } as LoginEvent);

describe("what the modal shows after each event", () => {
  const begin = viewOf(login({ state: "launching" }));

  it("follows the whole way", () => {
    const types = ["awaiting_login", "login_detected", "verifying", "verified", "saved"] as const;
    let view = begin;
    const states = types.map((type, n) => (view = after(view, { type }, later(n + 2))).login.state);
    expect(states).toEqual(["awaiting_login", "detected", "verifying", "verified", "saved"]);
  });

  it("pressed too early: what was looked for, until something happens", () => {
    const evidence = [{ rule: "a", seen: "b", value: "false" as const }];
    let view = after(begin, { type: "awaiting_login" }, later(2));
    view = after(view, { type: "login_not_detected", evidence }, later(3));
    expect(view.login.state).toBe("awaiting_login");
    expect(view.notDetected).toEqual(evidence);
    expect(after(view, { type: "login_not_detected", evidence }, later(4)).notDetectedCount).toBe(2);
    expect(after(view, { type: "login_detected" }, later(4)).notDetected).toBeNull();
    expect(after(view, { type: "noticed", notice: "challenge" }, later(4)).notDetected).toBeNull();
  });

  it("says why the login is awaited again", () => {
    const evidence = [{ rule: "a", seen: "b", value: "true" as const }];
    const told = { type: "awaiting_login", reason: "It did not work.", reasonCode: "not_proven", evidence };
    const view = after(begin, told, later(9));
    expect(view.again).toEqual({ code: "not_proven", reason: "It did not work.", evidence });
    expect(after(view, { type: "login_detected" }, later(10)).again).toBeNull();
    const older = after(begin, { type: "awaiting_login", reason: "It did not work." }, later(9));
    expect(older.again).toEqual({ code: null, reason: "It did not work.", evidence: [] });
  });

  it("keeps the failure", () => {
    const view = after(begin, { type: "failed", code: "browser_lost", message: "Gone.", retryable: true, evidence: [] }, later(2));
    expect(view.login).toMatchObject({ state: "failed", failure: { message: "Gone.", retryable: true } });
  });

  it("an event that is older than what is known changes nothing", () => {
    const view = after(begin, { type: "login_detected" }, later(5));
    expect(after(view, { type: "awaiting_login" }, later(4))).toBe(view);
  });

  it("counts down", () => {
    expect(timeLeft(later(905), Date.parse(AT))).toBe("15:05");
    expect(timeLeft(later(-5), Date.parse(AT))).toBe("00:00");
    expect(timeLeft(later(3700), Date.parse(AT))).toBe("1:01:40");
    expect(timeLeft(null, 0)).toBeNull();
  });
});

describe("the user's stream", () => {
  const read = (data: unknown, event = "message") => readUserEvent({ id: "1", event, data: JSON.stringify(data) });

  it("tells of logins, connections and runs", () => {
    for (const event of [
      { type: "login_detected", at: AT, loginId: "lgn_1", connectionId: "con_1" },
      { type: "snapshot", at: AT, integrations: [] },
      { type: "run_progress", at: AT, runId: "r", connectionId: "c", progress: { pages: 1, records: 20 } },
    ]) {
      expect(read(event)).toEqual(event);
    }
  });

  it("what it does not know, or cannot read, it leaves out", () => {
    expect(read({ type: "something_new", at: AT })).toBeNull();
    expect(read({ type: "constructor", at: AT })).toBeNull();
    expect(read(null)).toBeNull();
    expect(readUserEvent({ id: "1", event: "x", data: "{" })).toBeNull();
  });
});
