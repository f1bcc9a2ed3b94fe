// @vitest-environment jsdom

import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FromFrame, wrap } from "staylogged-connect/messages";
import { keep, recall } from "@/connect/start";
import { IntegrationsPage } from "@/integrations/IntegrationsPage";
import { haveDialogs } from "./host";
import { connection, integration, later, login, run } from "./samples";
import { FakeService, problem } from "./service";

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

/** The modal's frame. */
const frame = () => document.querySelector<HTMLIFrameElement>('[data-testid="connect-frame"]');
const address = () => new URL(frame()?.src ?? "about:blank");

/** Says something in the frame's name. */
function fromFrame(message: FromFrame): void {
  const channel = new URLSearchParams(address().hash.slice(1)).get("channel") ?? "";
  window.dispatchEvent(
    new MessageEvent("message", {
      data: wrap(channel, message),
      origin: window.location.origin,
      source: frame()?.contentWindow ?? null,
    }),
  );
}

const reads = () => service.calls.filter((call) => call === "GET /integrations").length;

describe("the modal", () => {
  it("is the page's own guest, in a frame", async () => {
    render(<IntegrationsPage />);
    const button = await screen.findByTestId("connect-demo-market");
    button.focus();
    fireEvent.click(button);
    expect(address().pathname + address().search).toBe("/connect?provider=demo-market");
    expect(frame()?.allow).toBe("clipboard-read; clipboard-write");
    act(() => fromFrame({ type: "ready", title: "Connect to Demo Market" }));
    expect(frame()?.title).toBe("Connect to Demo Market");
    const before = reads();
    act(() => fromFrame({ type: "exit", exit: { reason: "closed", failure: null, loginId: null } }));
    expect(frame()).toBeNull();
    expect(document.activeElement).toBe(button);
    await waitFor(() => expect(reads()).toBeGreaterThan(before));
  });

  it("connects the account that the card shows", async () => {
    service.integrations = [integration({ connection: connection({ account: "second", status: "needs_reconnect" }) })];
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("connect-demo-market"));
    expect(address().search).toBe("?provider=demo-market&account=second");
  });

  const kept = (loginId: string) =>
    keep({
      start: {
        errand: { by: "page", provider: "demo-market", account: null },
        language: null,
        theme: "auto",
        accent: null,
        radius: null,
        params: {},
        parent: null,
      },
      loginId,
      agreed: true,
    });

  it("opens again after a reload, where the login stands", async () => {
    service.login = login({ state: "detected" });
    kept("lgn_1");
    render(<IntegrationsPage />);
    await waitFor(() => expect(address().search).toBe("?provider=demo-market"));
  });

  it("says after a reload how the login failed meanwhile, but not that it was saved", async () => {
    service.login = login({ state: "saved" });
    kept("lgn_1");
    render(<IntegrationsPage />);
    await screen.findByTestId("card-demo-market");
    await waitFor(() => expect(service.calls).toContain("GET /logins/lgn_1"));
    expect(frame()).toBeNull();
    cleanup();
    service.login = login({ state: "failed" });
    render(<IntegrationsPage />);
    await waitFor(() => expect(frame()).not.toBeNull());
  });

  it("a click begins anew: how an earlier login ended is not told again", async () => {
    service.login = login({ state: "saved" });
    kept("lgn_1");
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("connect-demo-market"));
    expect(recall()).toBeNull();
  });

  it("in another tab the card says Continue, and leads there", async () => {
    service.login = login({ state: "detected" });
    service.integrations = [integration({ connection: connection({ status: "pending" }), login: service.login })];
    render(<IntegrationsPage />);
    const button = await screen.findByTestId("connect-demo-market");
    expect(button.textContent).toBe("Continue");
    expect(frame()).toBeNull();
    fireEvent.click(button);
    expect(frame()).not.toBeNull();
  });
});

describe("the line to the service", () => {
  it("is said to be lost, and what was missed is read", async () => {
    render(<IntegrationsPage />);
    await screen.findByTestId("card-demo-market");
    await waitFor(() => expect(service.followed("user")).toBe(true));
    service.answers.set("GET /events", () => {
      throw new TypeError("Failed to fetch");
    });
    service.cut("user");
    expect((await screen.findByTestId("lost")).textContent).toContain("Connection lost. Trying again…");
    service.integrations = [integration({ connection: connection() })];
    service.answers.delete("GET /events");
    await waitFor(() => expect(screen.queryByTestId("lost")).toBeNull());
    await waitFor(() => expect(screen.getByTestId("status-demo-market").textContent).toBe("Connected"));
  });
});

describe("the cards", () => {
  it("say why a reconnect is needed, and keep the data in reach", async () => {
    service.integrations = [
      integration({
        connection: connection({ status: "needs_reconnect", reason: "The site asked for a login." }),
        lastRun: run(),
        records: 137,
      }),
    ];
    render(<IntegrationsPage />);
    expect((await screen.findByTestId("connect-demo-market")).textContent).toBe("Reconnect");
    expect(screen.getByTestId("status-demo-market").textContent).toBe("Needs reconnect");
    expect(screen.getByTestId("reason-demo-market").textContent).toContain("The site asked for a login.");
    expect(screen.getByTestId("show-demo-market").textContent).toContain("137");
  });

  it("follow a run", async () => {
    const running = run({ status: "running", outcome: null, finishedAt: null, progress: { pages: 1, records: 20 } });
    service.integrations = [integration({ connection: connection(), lastRun: running })];
    render(<IntegrationsPage />);
    expect((await screen.findByTestId("progress-demo-market")).textContent).toContain("1 page, 20 records");
    await waitFor(() => expect(service.calls).toContain("GET /events"));
    service.send("run_progress", { type: "run_progress", at: later(1), runId: "run_1", connectionId: "con_1", progress: { pages: 3, records: 60 } });
    await waitFor(() => expect(screen.getByTestId("progress-demo-market").textContent).toContain("3 pages, 60 records"));
  });

  it("show what a refused scrape says", async () => {
    service.integrations = [integration({ connection: connection() })];
    service.answers.set(
      "POST /scraper/demo-market/scrape",
      problem(409, "Somebody must log in again", { detail: "The site has ended the session.", needsReconnect: true }),
    );
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("scrape-demo-market"));
    const panel = await screen.findByText("Somebody must log in again");
    expect(panel.parentElement?.textContent).toContain("The site has ended the session.");
  });

  it("disconnect only after a yes", async () => {
    service.integrations = [integration({ connection: connection(), records: 137 })];
    service.answers.set("DELETE /connections/con_1", () => new Response(null, { status: 204 }));
    render(<IntegrationsPage />);
    fireEvent.click(await screen.findByTestId("disconnect-demo-market"));
    expect((await screen.findByTestId("confirm-disconnect")).textContent).toContain("137 records");
    expect(service.calls).not.toContain("DELETE /connections/con_1");
    fireEvent.click(screen.getByTestId("confirm"));
    await waitFor(() => expect(service.calls).toContain("DELETE /connections/con_1"));
  });
});

describe("the access key", () => {
  it("is asked for, kept in this tab, and sent", async () => {
    service.answers.set("GET /integrations", problem(401, "An access key is needed"));
    service.answers.set("GET /events", problem(401, "An access key is needed"));
    render(<IntegrationsPage />);
    const field = await screen.findByLabelText("Access key");
    service.answers.clear();
    fireEvent.change(field, { target: { value: "a-key" } });
    fireEvent.click(screen.getByRole("button", { name: "Continue" }));
    await screen.findByTestId("card-demo-market");
    expect(window.sessionStorage.getItem("staylogged.access-key")).toBe("a-key");
  });
});
