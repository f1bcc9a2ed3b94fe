// @vitest-environment jsdom

import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FromFrame, wrap } from "staylogged-connect/messages";
import type { RecordPage } from "@/api/types";
import { IntegrationsPage } from "@/integrations/IntegrationsPage";
import { haveDialogs } from "./host";
import { connection, integration, later, provider, record, run } from "./samples";
import { FakeService, json, problem } from "./service";

let service: FakeService;

beforeEach(() => {
  window.sessionStorage.clear();
  haveDialogs();
  service = new FakeService();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const SCRAPE = "POST /scraper/demo-market/scrape";
const broken = run({
  id: "run_1",
  outcome: "needs_reconnect",
  needsReconnect: true,
  complete: false,
  canBeContinued: true,
  message: "Demo Market has ended the session: the address.",
  progress: { pages: 3, records: 60 },
});

/** The modal tells how it ended. */
function fromFrame(message: FromFrame): void {
  const frame = document.querySelector<HTMLIFrameElement>('[data-testid="connect-frame"]');
  const channel = new URLSearchParams(new URL(frame?.src ?? "about:blank").hash.slice(1)).get("channel") ?? "";
  const from = { origin: window.location.origin, source: frame?.contentWindow ?? null };
  act(() => void window.dispatchEvent(new MessageEvent("message", { data: wrap(channel, message), ...from })));
}

const saved = { loginId: "lgn_1", connectionId: "con_1", provider: "demo-market", account: "main", identity: null };

describe("a run under way", () => {
  const running = run({ id: "run_2", status: "running", outcome: null, complete: false, finishedAt: null, progress: { pages: 2, records: 40 } });

  it("is found after a reload, with its rate from what was told before", async () => {
    service.integrations = [integration({ connection: connection(), lastRun: running })];
    service.runs = [running, run({ progress: { pages: 7, records: 140 } })];
    const told = [20, 40].map((records, n) => ({
      id: n + 2,
      event: "run_progress",
      data: { type: "run_progress", at: new Date(Date.now() - 4000 + n * 2000).toISOString(), runId: "run_2", connectionId: "con_1", progress: { pages: n + 1, records } },
    }));
    service.answers.set("GET /scraper/runs/run_2/events", () => json({ events: told }));
    render(<IntegrationsPage />);
    await waitFor(() => expect(screen.getByTestId("pace-demo-market").textContent).toMatch(/records\/s/));
    const bar = within(screen.getByTestId("progress-demo-market")).getByRole("progressbar");
    expect(bar.getAttribute("aria-valuenow")).toBe("29");
  });

  it("two streams at once have a line each, and each is stopped by its own button", async () => {
    const two = provider({ streams: [{ name: "products", fields: [] }, { name: "sales", fields: [] }] });
    const other = run({ ...running, id: "run_3", stream: "sales" });
    service.integrations = [integration({ provider: two, connection: connection(), lastRun: other })];
    service.runs = [other, running];
    service.answers.set("POST /scraper/runs/run_2/cancel", () => json(running));
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByRole("button", { name: "Stop scraping products" }));
    await waitFor(() => expect(service.calls).toContain("POST /scraper/runs/run_2/cancel"));
    expect(screen.getAllByTestId("progress-demo-market")).toHaveLength(2);
  });
});

describe("the page at which a run ended", () => {
  const blocked = run({ outcome: "blocked", message: "Demo Market refuses us for now.", hasScreenshot: true, complete: false });
  const PICTURE = "GET /scraper/runs/run_1/screenshot";

  beforeEach(() => {
    URL.createObjectURL = vi.fn(() => "blob:picture");
    URL.revokeObjectURL = vi.fn();
    service.integrations = [integration({ connection: connection(), lastRun: blocked })];
    service.runs = [blocked];
  });

  it("is shown small, and large when it is opened; closed, the focus is where it was", async () => {
    service.answers.set(PICTURE, () => new Response(new Blob(["png"], { type: "image/png" })));
    render(<IntegrationsPage />);
    const small = await screen.findByTestId("screenshot-run_1");
    expect(small.tagName).toBe("BUTTON");
    expect(within(small).getByRole("img").getAttribute("src")).toBe("blob:picture");
    small.focus();
    fireEvent.click(small);
    const large = await screen.findByRole("dialog", { name: "The page at which it ended" });
    expect(within(large).getByRole("img").getAttribute("alt")).toMatch(/masked/);
    fireEvent.keyDown(large, { key: "Escape" });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement).toBe(small);
  });

  it("is left out where it is gone, and not asked for where there is none", async () => {
    render(<IntegrationsPage />);
    await waitFor(() => expect(service.calls).toContain(PICTURE));
    expect(screen.queryByTestId("screenshot-run_1")).toBeNull();
    cleanup();
    service.calls.length = 0;
    service.integrations = [integration({ connection: connection(), lastRun: run({ ...blocked, hasScreenshot: false }) })];
    render(<IntegrationsPage />);
    await screen.findByTestId("last-run-demo-market");
    expect(service.calls).not.toContain(PICTURE);
  });
});

describe("reconnect and continue", () => {
  beforeEach(() => {
    service.integrations = [integration({ connection: connection({ status: "needs_reconnect" }), lastRun: broken, records: 60 })];
    service.runs = [broken];
    service.answers.set(SCRAPE, () => json(run({ id: "run_2", status: "running", outcome: null }), 202));
  });

  it("goes on with the run once the session is saved", async () => {
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("continue-demo-market"));
    expect(screen.getByTestId("connect-demo-market").textContent).toBe("Reconnect");
    expect(service.calls).not.toContain(SCRAPE);
    fromFrame({ type: "success", result: saved });
    await waitFor(() => expect(service.bodies.get(SCRAPE)).toEqual({ stream: "products", account: "main", continues: "run_1" }));
  });

  it("does not where the modal is closed, nor at a later plain Reconnect", async () => {
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("continue-demo-market"));
    fromFrame({ type: "exit", exit: { reason: "closed", failure: null, loginId: null } });
    fireEvent.click(screen.getByTestId("connect-demo-market"));
    const before = service.calls.length;
    fromFrame({ type: "success", result: saved });
    await waitFor(() => expect(service.calls.length).toBeGreaterThan(before));
    expect(service.calls).not.toContain(SCRAPE);
  });

  it("says why it cannot, and offers a new run", async () => {
    service.integrations = [integration({ connection: connection(), lastRun: { ...broken, outcome: "failed" }, records: 60 })];
    service.answers.set(
      SCRAPE,
      problem(409, "That run cannot be continued", { type: "urn:staylogged:problem:run-not-continuable", detail: "what it read is not there any more" }),
    );
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("resume-demo-market"));
    const panel = await screen.findByTestId("problem");
    expect(panel.textContent).toContain("what it read is not there any more");
    service.answers.set(SCRAPE, () => json(run({ id: "run_2", status: "running", outcome: null }), 202));
    fireEvent.click(within(panel).getByRole("button", { name: "Scrape anew" }));
    await waitFor(() => expect(service.bodies.get(SCRAPE)).toEqual({ stream: "products", account: "main" }));
    await waitFor(() => expect(screen.queryByTestId("problem")).toBeNull());
  });
});

describe("the records", () => {
  /** As the service would answer: 60 of them, by cursors. */
  function answering(query: URLSearchParams): RecordPage {
    const all = Array.from({ length: 60 }, (_, n) => record(`p-${String(n).padStart(2, "0")}`));
    const found = all.filter(({ key }) => key.includes(query.get("q") ?? ""));
    if (query.get("sort")?.startsWith("-")) found.reverse();
    const begin = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 200);
    const end = begin + limit;
    return { records: found.slice(begin, end), total: found.length, next: end < found.length ? String(end) : null };
  }
  const keys = () => [...screen.getByTestId("records-table").querySelectorAll("tbody tr")].map((row) => row.getAttribute("data-key"));
  const table = async () => {
    service.integrations = [integration({ connection: connection(), lastRun: run(), records: 60 })];
    service.runs = [run()];
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("show-demo-market"));
    return screen.findByTestId("records-table");
  };

  it("are read a page at a time; another order or search begins at the first page", async () => {
    service.records = answering;
    await table();
    expect(keys()).toHaveLength(25);
    fireEvent.click(screen.getByTestId("records-next"));
    await waitFor(() => expect(keys()[0]).toBe("p-25"));
    fireEvent.click(screen.getByTestId("sort-price"));
    await waitFor(() => expect(service.asked.at(-1)).toContain("sort=price&limit=25"));
    fireEvent.click(screen.getByTestId("sort-price"));
    await waitFor(() => expect(keys()[0]).toBe("p-59"));
    expect(screen.getByTestId("sort-price").closest("th")?.getAttribute("aria-sort")).toBe("descending");
    fireEvent.change(screen.getByTestId("records-search"), { target: { value: "p-0" } });
    await waitFor(() => expect(keys()).toHaveLength(10));
    expect(screen.getByTestId("records-total").textContent).toBe("10");
    fireEvent.change(screen.getByTestId("records-search"), { target: { value: "nothing" } });
    expect((await screen.findByTestId("records-empty")).textContent).toContain("Nothing holds “nothing”; 60 records in all.");
  });

  it("a page that does not come leaves the one before, with its own numbers, until it is asked for again", async () => {
    service.records = answering;
    await table();
    service.answers.set("GET /connections/con_1/records", problem(503, "Not available at the moment", { retryable: true }));
    fireEvent.click(screen.getByTestId("records-next"));
    const panel = await screen.findByTestId("problem");
    expect(screen.getByTestId("records").textContent).toContain("1–25 of 60");
    expect(screen.getByTestId<HTMLButtonElement>("records-next").disabled).toBe(true);
    service.answers.clear();
    fireEvent.click(within(panel).getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(keys()[0]).toBe("p-25"));
    expect(screen.getByTestId("records").textContent).toContain("26–50 of 60");
  });

  it("as JSON they are what was sent, also numbers that are longer than a float", async () => {
    let kept = new Blob();
    URL.createObjectURL = vi.fn((blob: Blob) => ((kept = blob), "blob:file"));
    service.records = answering;
    await table();
    service.answers.set("GET /connections/con_1/records", () => new Response('{"id":7301234567890123457}\n{"id":2}\n'));
    fireEvent.click(screen.getByTestId("download-json"));
    await waitFor(() => expect(URL.createObjectURL).toHaveBeenCalled());
    const reader = new FileReader();
    const read = new Promise((resolve) => reader.addEventListener("load", resolve));
    reader.readAsText(kept);
    await read;
    expect(reader.result).toBe('[\n{"id":7301234567890123457},\n{"id":2}\n]\n');
  });

  it("say why they cannot be read, and are read again", async () => {
    service.integrations = [integration({ connection: connection(), lastRun: run(), records: 60 })];
    service.answers.set("GET /connections/con_1/records", problem(503, "Not available at the moment", { retryable: true }));
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("show-demo-market"));
    const panel = await screen.findByTestId("problem");
    expect(screen.queryByTestId("records-table")).toBeNull();
    service.records = answering;
    service.answers.clear();
    fireEvent.click(within(panel).getByRole("button", { name: "Try again" }));
    await screen.findByTestId("records-table");
  });

  it("are marked: new in this run, changed, gone; what changed is shown", async () => {
    service.records = () => ({
      records: [
        record("p-new", { firstSeen: later(100), changedAt: later(100) }),
        record("p-changed", { changedAt: later(101) }),
        record("p-gone", { missingSince: later(102) }),
        record("p-same"),
      ],
      total: 4,
      next: null,
    });
    service.answers.set("GET /connections/con_1/records/history", () =>
      json({ changes: [{ at: later(101), runId: "run_2", before: { price: { amount: "9.00", currency: "EUR" } } }] }),
    );
    const newest = run({ id: "run_2", startedAt: later(99) });
    service.integrations = [integration({ connection: connection(), lastRun: newest, records: 4 })];
    service.runs = [newest, run()];
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("show-demo-market"));
    await waitFor(() => {
      const marks = [...screen.getByTestId("records-table").querySelectorAll("tbody tr")].map((row) => row.querySelector(".mark")?.textContent);
      expect(marks).toEqual(["New", "Changed", "Gone", undefined]);
    });
    fireEvent.click(screen.getByTestId("changed"));
    const change = await screen.findByTestId("change");
    expect(change.textContent).toMatch(/9\.00.*12\.50/);
    expect(service.asked.at(-1)).toContain("key=p-changed");
  });
});

describe("the runs", () => {
  it("are listed in pages, and lead to what they saw", async () => {
    const all = Array.from({ length: 23 }, (_, n) => run({ id: `run_${n + 1}`, outcome: n === 1 ? "drift" : "ok", message: n === 1 ? "The list moved." : null }));
    service.integrations = [integration({ connection: connection(), lastRun: all[0], records: 137 })];
    service.runs = all;
    service.records = () => ({ records: [record("p-1")], total: 1, next: null });
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("show-demo-market"));
    fireEvent.click(screen.getByTestId("view-runs"));
    const rows = () => [...screen.getByTestId("runs-table").querySelectorAll("tbody tr")];
    await waitFor(() => expect(rows()).toHaveLength(10));
    expect(rows()[1]?.textContent).toContain("The site has changed");
    expect(rows()[1]?.textContent).toContain("The list moved.");
    fireEvent.click(screen.getByTestId("runs-next"));
    await waitFor(() => expect(rows()[0]?.getAttribute("data-run")).toBe("run_11"));
    fireEvent.click(screen.getAllByTestId("run-records")[0] as HTMLElement);
    await screen.findByTestId("records-of-run");
    await waitFor(() => expect(service.asked.some((one) => one.includes("run=run_11"))).toBe(true));
  });
});
