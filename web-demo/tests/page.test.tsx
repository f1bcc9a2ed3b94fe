import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IntegrationsPage } from "@/integrations/IntegrationsPage";
import { connection, integration, later, login, run } from "./samples";
import { FakeService, problem } from "./service";

let service: FakeService;

beforeEach(() => {
  window.sessionStorage.clear();
  service = new FakeService();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const says = (words: string) => waitFor(() => expect(screen.getByTestId("modal-state").textContent).toBe(words));

async function connect() {
  service.login = login({ state: "launching" });
  service.answers.set("POST /integrations/demo-market/connect", () => {
    service.integrations = [integration({ connection: connection({ status: "pending" }), login: service.login })];
    return new Response(JSON.stringify({ connection: connection(), login: service.login }), {
      status: 201,
      headers: { "Content-Type": "application/json" },
    });
  });
  render(<IntegrationsPage />);
  fireEvent.click(await screen.findByTestId("connect-demo-market"));
  await screen.findByTestId("modal");
}

describe("connecting, in the words that people read", () => {
  it("from Connect to Connected; the modal closes by itself", async () => {
    await connect();
    const modal = screen.getByTestId("modal");
    expect(within(modal).getByRole("heading").textContent).toBe("Connect to Demo Market");
    await says("Opening a browser window...");
    const finish = screen.getByTestId<HTMLButtonElement>("finish");
    expect(finish.textContent).toBe("I Finished Login");
    expect(finish.disabled).toBe(true);

    service.tell("awaiting_login", {}, "awaiting_login");
    await says("A browser window has opened... Complete the login process...");
    expect(finish.disabled).toBe(false);
    expect(screen.getByTestId("live-canvas")).toBeTruthy();

    fireEvent.click(finish);
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/finish"));
    expect(finish.disabled).toBe(true);
    service.tell("login_not_detected", { evidence: [{ rule: "a cookie named s", seen: "no such cookie", value: "false" }] });
    const panel = await screen.findByTestId("not-detected");
    expect(within(panel).getByRole("heading").textContent).toBe("Login not detected");
    expect(panel.textContent).toContain("a cookie named s");
    expect(panel.textContent).toContain("no such cookie");
    expect(finish.disabled).toBe(false);

    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    expect(screen.queryByTestId("not-detected")).toBeNull();

    fireEvent.click(finish);
    service.tell("verifying", {}, "verifying");
    await says("Verifying login and saving session...");
    service.integrations = [integration({ connection: connection() })];
    service.tell("saved", {}, "saved");
    await says("✅ Connection successful! Session saved.");
    await waitFor(() => expect(screen.queryByTestId("modal")).toBeNull(), { timeout: 3000 });
    await waitFor(() => expect(screen.getByTestId("status-demo-market").textContent).toBe("Connected"));
    expect(screen.getByTestId("account-demo-market").textContent).toBe("ana@example.com");
    expect(service.calls.filter((call) => call.endsWith("/cancel"))).toEqual([]);
  });

  it("closing the modal cancels the login", async () => {
    await connect();
    service.tell("awaiting_login", {}, "awaiting_login");
    await says("A browser window has opened... Complete the login process...");
    fireEvent.click(screen.getByRole("button", { name: "Close and cancel the login" }));
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/cancel"));
    expect(screen.queryByTestId("modal")).toBeNull();
  });

  it("a failure says what happened and offers to try again", async () => {
    await connect();
    service.tell("failed", { code: "browser_lost", message: "The browser closed.", retryable: true }, "failed");
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("The browser closed."));
    const asked = () => service.calls.filter((call) => call.endsWith("/connect")).length;
    fireEvent.click(screen.getByTestId("try-again"));
    await waitFor(() => expect(asked()).toBe(2));
  });

  it("where trying again cannot help, it is not offered", async () => {
    await connect();
    service.tell("failed", { code: "session_too_large", message: "Too large.", retryable: false }, "failed");
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("Too large."));
    expect(screen.queryByTestId("try-again")).toBeNull();
  });

  it("a reload finds the login where it is", async () => {
    await connect();
    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    cleanup();
    render(<IntegrationsPage />);
    await screen.findByTestId("modal");
    await says("✅ Login detected!");
    expect(service.calls.filter((call) => call.endsWith("/cancel"))).toEqual([]);
  });

  it("in another tab the card says Continue, and leads there", async () => {
    service.login = login({ state: "detected" });
    service.integrations = [integration({ connection: connection({ status: "pending" }), login: service.login })];
    render(<IntegrationsPage />);
    const button = await screen.findByTestId("connect-demo-market");
    expect(button.textContent).toBe("Continue");
    expect(screen.queryByTestId("modal")).toBeNull();
    fireEvent.click(button);
    await says("✅ Login detected!");
  });

  it("a lost line is said, and what was missed is found", async () => {
    await connect();
    service.tell("awaiting_login", {}, "awaiting_login");
    await says("A browser window has opened... Complete the login process...");
    service.answers.set("GET /events", () => {
      throw new TypeError("Failed to fetch");
    });
    service.cut();
    await waitFor(() => expect(screen.getByTestId("modal-lost").textContent).toContain("Connection lost. Trying again…"));
    service.tell("login_detected", {}, "detected");
    service.answers.delete("GET /events");
    await says("✅ Login detected!");
    expect(screen.queryByTestId("modal-lost")).toBeNull();
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
