import { beforeEach, describe, expect, it, vi } from "vitest";

const STORED_AS = "staylogged.viewer";
const fresh = async () => {
  vi.resetModules();
  return (await import("@/live/viewer")).viewerId();
};
beforeEach(() => window.sessionStorage.clear());

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
});
