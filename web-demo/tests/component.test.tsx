// @vitest-environment jsdom

import { cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { wrap } from "staylogged-connect/messages";
import { StayloggedConnect } from "staylogged-connect/react";
import { haveDialogs } from "./host";

beforeEach(() => haveDialogs());
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const frames = () => [...document.querySelectorAll("iframe")];

describe("the React component", () => {
  it("is open while it is rendered, once, also in strict mode", () => {
    const exit = vi.fn();
    const { unmount } = render(
      <StrictMode>
        <StayloggedConnect token="ct_1" base="https://connect.example.com" onExit={exit} />
      </StrictMode>,
    );
    expect(frames()).toHaveLength(1);
    unmount();
    expect(frames()).toHaveLength(0);
    expect(exit).not.toHaveBeenCalled();
  });

  it("another render does not open it anew, and the newest callback is called", () => {
    const [old, now] = [vi.fn(), vi.fn()];
    const element = (onSuccess: () => void) => (
      <StayloggedConnect token="ct_1" base="https://connect.example.com" onSuccess={onSuccess} />
    );
    const { rerender } = render(element(old));
    const [frame] = frames();
    rerender(element(now));
    expect(frames()).toEqual([frame]);
    const channel = new URLSearchParams(new URL(frame?.src ?? "").hash.slice(1)).get("channel") ?? "";
    const result = { loginId: "l", connectionId: "c", provider: "p", account: null, identity: null };
    window.dispatchEvent(
      new MessageEvent("message", {
        data: wrap(channel, { type: "success", result }),
        origin: "https://connect.example.com",
        source: frame?.contentWindow ?? null,
      }),
    );
    expect(now).toHaveBeenCalledExactlyOnceWith(result);
    expect(old).not.toHaveBeenCalled();
  });
});
