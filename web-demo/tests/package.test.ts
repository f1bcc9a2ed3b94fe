import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConnectHandle, type ConnectOptions, open } from "staylogged-connect";
import { type FromFrame, type ToFrame, wrap } from "staylogged-connect/messages";
import { en } from "@/words/en";
import { haveDialogs } from "./host";

const BASE = "https://connect.example.com";

beforeEach(() => {
  haveDialogs();
  document.body.innerHTML = '<button id="opener">Connect</button>';
});
afterEach(() => {
  for (const handle of handles.splice(0)) handle.destroy();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.restoreAllMocks();
  document.documentElement.removeAttribute("style");
});

const handles: ConnectHandle[] = [];
const frame = () => document.querySelector("iframe");

/** An opened modal, and the other end of its line. */
function opened(options: Partial<ConnectOptions> = {}) {
  const heard = { ready: vi.fn(), event: vi.fn(), success: vi.fn(), exit: vi.fn() };
  const handle = open({
    ...(options.provider ? {} : { token: "ct_secret" }),
    base: BASE,
    onReady: heard.ready,
    onEvent: heard.event,
    onSuccess: heard.success,
    onExit: heard.exit,
    ...options,
  });
  handles.push(handle);
  const modal = frame() as HTMLIFrameElement;
  const address = new URL(modal.src);
  const told = new URLSearchParams(address.hash.slice(1));
  const said: ToFrame[] = [];
  vi.spyOn(modal.contentWindow as Window, "postMessage").mockImplementation(((message: ToFrame, origin: string) => {
    if (origin !== address.origin) throw new Error(`said to ${origin}`);
    said.push(message);
  }) as Window["postMessage"]);
  const source = modal.contentWindow;
  const say = (message: FromFrame, from: { origin?: string; source?: Window | null; channel?: string } = {}) =>
    window.dispatchEvent(
      new MessageEvent("message", {
        data: wrap(from.channel ?? told.get("channel") ?? "", message),
        origin: from.origin ?? address.origin,
        source: from.source === undefined ? source : from.source,
      }),
    );
  return { handle, heard, address, told, said, say };
}

const RESULT = { loginId: "lgn_1", connectionId: "con_1", provider: "hotmart", account: "main", identity: null };

describe("opening the modal", () => {
  it("tells the frame what it needs, the token in the fragment alone", () => {
    const { address, told } = opened({ language: "es", theme: "dark", accent: "#e4572e" });
    expect(address.origin + address.pathname).toBe(`${BASE}/connect`);
    expect(address.search).toBe("");
    expect(Object.fromEntries(told)).toMatchObject({
      token: "ct_secret",
      lang: "es",
      theme: "dark",
      accent: "#e4572e",
      origin: window.location.origin,
    });
    expect(frame()?.allow).toBe("clipboard-read; clipboard-write");
  });

  it("has the brand from the page's CSS variables, where none is given", () => {
    document.documentElement.style.setProperty("--staylogged-accent", "#123456");
    document.documentElement.style.setProperty("--staylogged-radius", "4px");
    expect(Object.fromEntries(opened().told)).toMatchObject({ accent: "#123456", radius: "4px" });
  });

  it("a provider is for pages of the service's own origin", () => {
    const { address, told } = opened({ provider: "hotmart", account: "second" });
    expect(address.search).toBe("?provider=hotmart&account=second");
    expect(told.get("token")).toBeNull();
  });

  it("wants one of the two", () => {
    expect(() => open({ base: BASE })).toThrow(TypeError);
    expect(() => open({ base: BASE, token: "ct_x", provider: "hotmart" })).toThrow(TypeError);
  });

  it("a service below a path keeps it", () => {
    expect(opened({ base: `${BASE}/sl` }).address.pathname).toBe("/sl/connect");
    expect(opened({ base: `${BASE}/sl/` }).address.pathname).toBe("/sl/connect");
  });

  it("the page behind does not scroll, and is as it was afterwards; the focus too", () => {
    const opener = document.getElementById("opener") as HTMLElement;
    opener.focus();
    document.documentElement.style.overflow = "auto";
    const { handle } = opened();
    expect(document.documentElement.style.overflow).toBe("hidden");
    handle.destroy();
    expect(document.documentElement.style.overflow).toBe("auto");
    expect(document.activeElement).toBe(opener);
    expect(frame()).toBeNull();
    expect(document.querySelector("dialog")).toBeNull();
  });
});

describe("what is said", () => {
  it("the page's words are told when the frame asks, and the frame is shown when it is ready", () => {
    const { heard, said, say } = opened({ words: { done: "Great" }, theme: "light" });
    say({ type: "hello" });
    expect(said).toMatchObject([{ type: "options", words: { done: "Great" }, scheme: "light" }]);
    expect(frame()?.style.visibility).toBe("hidden");
    say({ type: "ready", title: "Connect to Hotmart" });
    expect(frame()?.style.visibility).toBe("visible");
    expect(frame()?.title).toBe("Connect to Hotmart");
    expect(heard.ready).toHaveBeenCalledOnce();
  });

  it("events are passed on; success ends it, once", () => {
    const { heard, say } = opened();
    const event = { type: "saved", at: "2026-05-04T10:00:00Z", loginId: "lgn_1", connectionId: "con_1" };
    say({ type: "event", event });
    expect(heard.event).toHaveBeenCalledExactlyOnceWith(event);
    say({ type: "success", result: RESULT });
    expect(heard.success).toHaveBeenCalledExactlyOnceWith(RESULT);
    expect(frame()).toBeNull();
    say({ type: "success", result: RESULT });
    say({ type: "exit", exit: { reason: "closed", failure: null, loginId: null } });
    expect(heard.success).toHaveBeenCalledOnce();
    expect(heard.exit).not.toHaveBeenCalled();
  });

  it("words from another window, origin, opening or form are not taken", () => {
    const { heard, say, told } = opened();
    const message = { type: "success", result: RESULT } as const;
    say(message, { origin: "https://evil.example" });
    say(message, { channel: "guessed" });
    say(message, { source: window });
    say(message, { source: null });
    for (const data of [null, "success", { type: "success" }, { ...message, channel: told.get("channel"), staylogged: 2 }]) {
      window.dispatchEvent(new MessageEvent("message", { data, origin: BASE, source: frame()?.contentWindow ?? null }));
    }
    expect(heard.success).not.toHaveBeenCalled();
    expect(frame()).not.toBeNull();
  });

  it("a second opening takes the place of the first, which is told", () => {
    const first = opened();
    const second = opened();
    expect(first.heard.exit).toHaveBeenCalledExactlyOnceWith({ reason: "replaced", failure: null, loginId: null });
    expect(document.querySelectorAll("iframe")).toHaveLength(1);
    first.handle.close();
    expect(second.heard.exit).not.toHaveBeenCalled();
  });
});

describe("closing", () => {
  it("is left to the frame, which has a login to cancel", () => {
    const { handle, heard, said, say } = opened();
    say({ type: "hello" });
    handle.close();
    handle.close();
    expect(said.filter(({ type }) => type === "close")).toHaveLength(1);
    expect(heard.exit).not.toHaveBeenCalled();
    const exit = { reason: "closed", failure: null, loginId: "lgn_1" } as const;
    say({ type: "exit", exit });
    expect(heard.exit).toHaveBeenCalledExactlyOnceWith(exit);
  });

  it("does not wait for ever", () => {
    vi.useFakeTimers();
    const { handle, heard, say } = opened();
    say({ type: "hello" });
    handle.close();
    vi.advanceTimersByTime(2000);
    expect(heard.exit).toHaveBeenCalledExactlyOnceWith({ reason: "closed", failure: null, loginId: null });
  });

  it("a frame that never says a word is given up, and there is a way out before", () => {
    vi.useFakeTimers();
    const silent = opened();
    vi.advanceTimersByTime(20_000);
    expect(silent.heard.exit).toHaveBeenCalledExactlyOnceWith({ reason: "unreachable", failure: null, loginId: null });
    const closed = opened();
    document.querySelector<HTMLButtonElement>("dialog button")?.click();
    expect(closed.heard.exit).toHaveBeenCalledExactlyOnceWith({ reason: "closed", failure: null, loginId: null });
  });

  it("destroying calls nothing", () => {
    const { handle, heard, say } = opened();
    handle.destroy();
    say({ type: "exit", exit: { reason: "closed", failure: null, loginId: null } });
    expect(heard.exit).not.toHaveBeenCalled();
  });
});

describe("what is published", () => {
  const folder = path.resolve("packages/connect");
  const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

  it("public/staylogged.js is the script of this source (cure: npm run script)", () => {
    const out = mkdtempSync(path.join(tmpdir(), "staylogged-script-"));
    try {
      const built = path.join(out, "staylogged.js");
      execFileSync(process.execPath, [path.join(folder, "build.mjs"), "--script", built]);
      expect(readFileSync("public/staylogged.js", "utf8") === readFileSync(built, "utf8")).toBe(true);
    } finally {
      rmSync(out, { recursive: true });
    }
  }, 30_000);

  it("has the version of the project", () => {
    const cargo = /^version = "(.*)"$/m.exec(readFileSync("../Cargo.toml", "utf8"))?.[1];
    expect(JSON.parse(read("package.json")).version).toBe(cargo);
  });

  it("its page names every text that can be replaced, as it is", () => {
    const rows = Object.entries(en).map(([key, text]) => `| \`${key}\` | ${text} |`);
    expect(rows.length).toBeGreaterThan(100);
    const page = read("README.md");
    expect(rows.filter((row) => !page.includes(`\n${row}\n`))).toEqual([]);
  });
});
