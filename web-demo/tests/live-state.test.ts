import { describe, expect, it } from "vitest";
import type { ServerMessage } from "@/live/protocol";
import { type LiveState, NOTHING, after, focusOf, formOf } from "@/live/state";
import { announcement } from "@/live/useLive";
import { LIVE_WORDS, type Language } from "@/live/words";

const ME = "me";
const hear = (state: LiveState, ...messages: ServerMessage[]) =>
  messages.reduce((now, message) => after(now, { did: "heard", message, viewer: ME }), state);
const welcome: ServerMessage = { type: "welcome", heard: 0, role: "control", window: false };
const tab = (id: number) => ({ id, url: `https://${id}.example/`, title: `Tab ${id}` });
const tabs = (front: number, ...open: number[]): ServerMessage => ({ type: "tabs", open: open.map(tab), front });
const dialog = (id: number): ServerMessage => ({ type: "dialog", id, kind: "alert", message: "hi", host: "a.example" });
const field = (label: string) => ({
  kind: "text",
  inputMode: null,
  autocomplete: null,
  label,
  multiline: false,
  empty: true,
  suggestions: null,
  x: 0,
  y: 0,
  width: 1,
  height: 1,
});

describe("what the service says", () => {
  it("what was open before a cut goes, unless it is said again", () => {
    let state = hear(NOTHING, welcome, dialog(1), dialog(2), welcome);
    expect(state.asked.map(({ id }) => id)).toEqual([1, 2]);
    state = hear(state, dialog(2));
    state = after(state, { did: "settled" });
    expect(state.asked.map(({ id }) => id)).toEqual([2]);
  });

  it("what is answered or over is gone; another kind with that number is not", () => {
    const auth: ServerMessage = { type: "auth", id: 1, host: "a", realm: "" };
    let state = hear(NOTHING, welcome, dialog(1), auth);
    state = hear(state, { type: "auth_over", id: 1 });
    expect(state.asked).toEqual([dialog(1)]);
    expect(after(state, { did: "answered", type: "dialog", id: 1 }).asked).toEqual([]);
  });

  it("who has no control is asked nothing", () => {
    const state = hear(NOTHING, welcome, dialog(1), { type: "role", role: "waiting" });
    expect(state.asked).toEqual([]);
    expect(state.role).toBe("waiting");
  });

  it("a knock is answered no by its own end, and yes by the role", () => {
    let state = hear(NOTHING, { ...welcome, role: "waiting" });
    state = after(state, { did: "knocked" });
    expect(state.knocking).toBe("asked");
    expect(hear(state, { type: "knock_over", viewer: ME }).knocking).toBe("refused");
    expect(hear(state, { type: "role", role: "waiting" }).knocking).toBe("refused");
    expect(hear(state, { type: "role", role: "control" })).toMatchObject({ role: "control", knocking: "no" });
    expect(hear(state, { ...welcome, role: "waiting" }).knocking).toBe("no");
  });

  it("the one in control sees who knocks, until it is over", () => {
    let state = hear(NOTHING, welcome, { type: "knock", viewer: "a", device: "phone" }, { type: "knock", viewer: "b", device: "computer" });
    state = hear(state, { type: "knock", viewer: "a", device: "phone" });
    expect(state.knocks.map(({ viewer }) => viewer)).toEqual(["b", "a"]);
    state = hear(state, { type: "knock_over", viewer: "b" });
    expect(after(state, { did: "admitted", viewer: "a" }).knocks).toEqual([]);
  });

  it("a focus and a form are those of the page in front", () => {
    const form: ServerMessage = {
      type: "form", page: 2, form: 1, faithful: true, why: null, title: "", texts: [], fields: [], buttons: [], alerts: [],
    };
    let state = hear(NOTHING, welcome, tabs(1, 1, 2), { type: "focus", page: 2, field: field("E-mail") }, form);
    expect([focusOf(state), formOf(state)]).toEqual([null, null]);
    state = hear(state, tabs(2, 1, 2));
    expect(focusOf(state)?.label).toBe("E-mail");
    expect(formOf(state)).not.toBeNull();
  });

  it("an error of a site goes with it, or with its tab", () => {
    const error = { kind: "timeout", code: "ERR", host: "a" } as const;
    let state = hear(NOTHING, welcome, tabs(1, 1, 2), { type: "site", page: 1, error }, { type: "site", page: 2, error });
    state = hear(state, { type: "site", page: 1, error: null });
    expect(state.errors[1]).toBeUndefined();
    expect(state.errors[2]).toEqual(error);
    expect(hear(state, tabs(1, 1)).errors[2]).toBeUndefined();
  });

  it("says each thing once, and not more than three at a time", () => {
    const notice = (what: string): ServerMessage => ({ type: "notice", kind: "download_blocked", what });
    const state = hear(NOTHING, notice("a"), notice("b"), notice("a"), notice("c"), notice("d"));
    expect(state.notices.map(({ what }) => what)).toEqual(["a", "c", "d"]);
    expect(after(state, { did: "dismissed", key: state.notices[0]!.key }).notices).toHaveLength(2);
  });
});

describe("what is read out", () => {
  const words = LIVE_WORDS.en;
  const told = (message: ServerMessage, before: LiveState, inView = true) => announcement(message, before, words, inView);

  it("the field in focus, a tab that came or went, who has the control, the line", () => {
    const state = hear(NOTHING, welcome, tabs(1, 1));
    expect(told({ type: "focus", page: 1, field: field("Password") }, state)).toBe("In the field: Password");
    expect(told({ type: "focus", page: 1, field: field("Password") }, state, false)).toBeNull();
    const there = hear(state, { type: "focus", page: 1, field: field("Password") });
    expect(told({ type: "focus", page: 1, field: { ...field("Password"), y: 9 } }, there)).toBeNull();
    expect(told(tabs(2, 1, 2), state)).toBe("New tab in front: Tab 2");
    expect(told(tabs(1, 1), hear(state, tabs(2, 1, 2)))).toBe("Tab closed. In front: Tab 1");
    expect(told({ type: "role", role: "waiting" }, state)).toBe(words.notInControl);
    expect(told(welcome, NOTHING)).toBeNull();
    expect(told(welcome, state)).toBe(words.connectedAgain);
  });
});

describe("the words", () => {
  /** Every word of a dictionary with its place; those that take something in are asked with an example. */
  function all(words: unknown, at = ""): [string, string][] {
    if (typeof words === "string") return [[at, words]];
    if (typeof words === "function") return [[at, String((words as (what: unknown) => string)("Example"))]];
    return Object.entries(words as object).flatMap(([name, part]) => all(part, `${at}.${name}`));
  }
  const english = new Map(all(LIVE_WORDS.en));

  it.each(["pt-BR", "es"] as Language[])("%s has all of them, in its own language", (language) => {
    const other = new Map(all(LIVE_WORDS[language]));
    expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
    const same = [...other].filter(([place, word]) => word === english.get(place)).map(([place]) => place);
    // Words that are the same in these languages.
    expect(same.filter((place) => ![".ok", ".simple", ".fileKinds.audio"].includes(place))).toEqual([]);
    for (const [place, word] of other) expect(word, place).not.toMatch(/undefined|\s$|^$/);
  });
});
