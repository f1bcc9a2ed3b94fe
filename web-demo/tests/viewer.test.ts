// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recalled, remember } from "@/ui/tabMemory";

const STORED_AS = "staylogged.viewer";
const fresh = async () => {
  vi.resetModules();
  return (await import("@/live/viewer")).viewerId();
};
beforeEach(() => window.sessionStorage.clear());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  window.name = "";
});

/** As a frame of another site in a private window. */
function refuseStorage({ framed }: { framed: boolean }) {
  const refuse = () => {
    throw new DOMException("refused", "SecurityError");
  };
  vi.spyOn(window, "sessionStorage", "get").mockImplementation(refuse);
  if (framed) vi.spyOn(window, "parent", "get").mockReturnValue({} as Window);
}

describe("who this tab is to the service", () => {
  it("the same one after a reload", async () => {
    const id = await fresh();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    window.dispatchEvent(new Event("pagehide"));
    expect(await fresh()).toBe(id);
  });

  it("another one in a duplicated tab, which has the storage of this one", async () => {
    const id = await fresh();
    expect(window.sessionStorage.getItem(STORED_AS)).toBeNull();
    expect(await fresh()).not.toBe(id);
  });

  it("nothing that somebody else has put there", async () => {
    window.sessionStorage.setItem(STORED_AS, "<script>");
    expect(await fresh()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("the same one after a reload of a frame that gets no storage, by the frame's name", async () => {
    refuseStorage({ framed: true });
    remember("staylogged.other", "kept by others");
    const id = await fresh();
    window.dispatchEvent(new Event("pagehide"));
    expect(window.name).toContain(id);
    expect(await fresh()).toBe(id);
    expect(window.name).not.toContain(id);
    expect(recalled("staylogged.other")).toBe("kept by others");
  });

  it("another one where there is neither: a name would go on to the next site", async () => {
    refuseStorage({ framed: false });
    const id = await fresh();
    window.dispatchEvent(new Event("pagehide"));
    expect(window.name).toBe("");
    expect(await fresh()).not.toBe(id);
  });

  it("nothing that a page has put into the frame's name", async () => {
    refuseStorage({ framed: true });
    for (const name of ["staylogged:", "staylogged:7", 'staylogged:{"staylogged.viewer":7}', "their-frame"]) {
      window.name = name;
      expect(await fresh()).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
