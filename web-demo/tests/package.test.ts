// @vitest-environment jsdom

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
    const { address, told } = opened({ language: "es", theme: "dark", accent: "#e4572e", params: { shop: "a.example" } });
    expect(told.get("params")).toBe('{"shop":"a.example"}');
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

  it("is a package that Node, a bundler and TypeScript take as it is", () => {
    const out = mkdtempSync(path.join(tmpdir(), "staylogged-package-"));
    const run = (command: string, args: string[], cwd: string) =>
      execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    try {
      // `npm pack` builds it first, as `npm publish` does.
      const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", out], folder)) as [
        { filename: string; files: { path: string }[] },
      ];
      const files = packed.files.map((file) => file.path);
      expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json", "dist/staylogged.js"]));
      expect(files.filter((file) => !/^(dist\/|LICENSE$|README\.md$|package\.json$)/.test(file))).toEqual([]);

      const installed = path.join(out, "node_modules/staylogged-connect");
      mkdirSync(installed, { recursive: true });
      run("tar", ["xzf", path.join(out, packed.filename), "--strip-components=1", "-C", installed], out);
      for (const name of ["react", "@types/react", "csstype"]) {
        mkdirSync(path.dirname(path.join(out, "node_modules", name)), { recursive: true });
        symlinkSync(path.resolve("node_modules", name), path.join(out, "node_modules", name));
      }
      writeFileSync(path.join(out, "package.json"), '{ "type": "module" }');
      writeFileSync(
        path.join(out, "use.tsx"),
        `import { open, type ConnectExit, type WordKey } from "staylogged-connect";
         import { StayloggedConnect } from "staylogged-connect/react";
         const word: WordKey = "prime.continue";
         const exit = ({ reason, failure }: ConnectExit) => console.log(reason, failure?.code);
         open({ token: "ct_x", base: "https://connect.example.com", words: { [word]: "Go" }, onExit: exit }).close();
         // @ts-expect-error there is no such language
         open({ token: "ct_x", language: "tlh" });
         export const modal = <StayloggedConnect token="ct_x" onSuccess={({ connectionId }) => console.log(connectionId)} />;`,
      );
      const tsc = ["--noEmit", "--strict", "--jsx", "react-jsx", "--target", "es2022", "use.tsx"];
      for (const finding of [["nodenext"], ["esnext", "--moduleResolution", "bundler"]]) {
        run(path.resolve("node_modules/.bin/tsc"), ["--module", ...finding, ...tsc], out);
      }
      const seen = `import * as core from "staylogged-connect"; import * as react from "staylogged-connect/react";
        import { readFileSync } from "node:fs"; import { createRequire } from "node:module";
        const script = createRequire(import.meta.url).resolve("staylogged-connect/staylogged.js");
        console.log(typeof core.open, typeof react.StayloggedConnect, readFileSync(script, "utf8").includes("Staylogged"));`;
      writeFileSync(path.join(out, "use.mjs"), seen);
      expect(run(process.execPath, ["use.mjs"], out).trim()).toBe("function function true");
    } finally {
      rmSync(out, { recursive: true });
      rmSync(path.join(folder, "dist"), { recursive: true, force: true });
    }
  }, 120_000);

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
