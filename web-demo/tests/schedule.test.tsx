// @vitest-environment jsdom

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IntegrationsPage } from "@/integrations/IntegrationsPage";
import { ownTimeZone } from "@/integrations/timing";
import { haveDialogs } from "./host";
import { connection, integration, later, provider, run, schedule } from "./samples";
import { FakeService, json, problem } from "./service";

let service: FakeService;

beforeEach(() => {
  window.sessionStorage.clear();
  haveDialogs();
  service = new FakeService();
  service.integrations = [integration({ connection: connection(), lastRun: run(), records: 137 })];
  service.runs = [run()];
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const LIST = "GET /connections/con_1/schedules";
const PUT = "PUT /connections/con_1/schedules/products";
const DELETE = "DELETE /connections/con_1/schedules/products";
const inADay = () => new Date(Date.now() + 86_400_000).toISOString();

async function open() {
  render(<IntegrationsPage />);
  fireEvent.click(await screen.findByTestId("show-demo-market"));
  fireEvent.click(screen.getByTestId("view-schedule"));
}
/** Of one that has brought nothing yet. */
async function openEmpty() {
  render(<IntegrationsPage />);
  fireEvent.click(await screen.findByTestId("runs-demo-market"));
  fireEvent.click(screen.getByTestId("view-schedule"));
}
const row = () => screen.findByTestId("schedule-products");
const change = (testId: string, value: string) => fireEvent.change(screen.getByTestId(testId), { target: { value } });
async function edit() {
  fireEvent.click(within(await row()).getByTestId("schedule-edit"));
  return screen.getByTestId("schedule-form");
}
const save = () => fireEvent.submit(screen.getByTestId("schedule-form"));
const refusedAt = (pointer: string, detail: string) =>
  problem(422, "The body is not as it should be", { detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] });

describe("a stream that is not scheduled", () => {
  it("says so, and is scheduled in the person's own time zone without a word of cron", async () => {
    await open();
    expect((await row()).textContent).toContain("Not scheduled");
    await edit();
    expect(document.activeElement).toBe(screen.getByTestId("schedule-often"));
    expect((screen.getByTestId("schedule-zone") as HTMLSelectElement).value).toBe(ownTimeZone());
    change("schedule-often", "weekly");
    change("schedule-day", "3");
    change("schedule-at", "07:45");
    save();
    await waitFor(() => expect(screen.queryByTestId("schedule-form")).toBeNull());
    expect(service.bodies.get(PUT)).toEqual({ cron: "45 7 * * 3", timeZone: ownTimeZone(), jitterSeconds: 0 });
    expect(within(await row()).getByTestId("schedule-when").textContent).toMatch(/^Every Wednesday at 0?7:45/);
    expect(within(await row()).getByTestId("schedule-last").textContent).toBe("Not yet");
    // By keyboard one goes on where one was.
    expect(document.activeElement).toBe(within(await row()).getByTestId("schedule-edit"));
  });

  it.each([
    ["hourly", { "schedule-minute": "15" }, "15 * * * *"],
    ["hours", { "schedule-every": "8", "schedule-minute": "30" }, "30 */8 * * *"],
    ["daily", { "schedule-at": "22:10" }, "10 22 * * *"],
    ["own", { "schedule-cron": " 0 6 * * 1-5 " }, "0 6 * * 1-5"],
  ])("%s", async (often, fields, cron) => {
    await open();
    await edit();
    change("schedule-often", often);
    for (const [testId, value] of Object.entries(fields)) change(testId, value);
    change("schedule-later", "300");
    save();
    await waitFor(() => expect(service.bodies.get(PUT)).toEqual({ cron, timeZone: ownTimeZone(), jitterSeconds: 300 }));
  });

  it("nothing is sent when it is cancelled, and Escape cancels", async () => {
    await open();
    fireEvent.keyDown(await edit(), { key: "Escape" });
    expect(screen.queryByTestId("schedule-form")).toBeNull();
    expect(document.activeElement).toBe(within(await row()).getByTestId("schedule-edit"));
    expect(service.calls).not.toContain(PUT);
  });
});

describe("a schedule that is set", () => {
  it("says when, by whose clock, when next and what the last time came to", async () => {
    service.schedules.set("products", schedule({ cron: "30 6 * * *", timeZone: "Asia/Tokyo", jitterSeconds: 900, nextAt: inADay(), lastAt: later(0), lastRunId: "run_1" }));
    await open();
    const { getByTestId } = within(await row());
    expect(getByTestId("schedule-mark").textContent).toBe("Scheduled");
    expect(getByTestId("schedule-when").textContent).toMatch(/^Every day at 0?6:30.*, by the clock of Tokyo · up to 15 minutes later$/);
    expect(getByTestId("schedule-next").textContent).toMatch(/^Tomorrow, .* · in 24 hours$/);
    expect(getByTestId("schedule-last").textContent).toContain("Done 137 records of products · ");
  });

  it("a run that the page does not know of is read; why none began is said", async () => {
    service.integrations[0]!.provider = provider({ streams: [{ name: "products", fields: [] }, { name: "sales", fields: [] }] });
    service.schedules.set("products", schedule({ lastAt: later(0), lastRunId: "run_old" }));
    service.schedules.set("sales", schedule({ stream: "sales", lastAt: later(0), lastProblem: "Demo Market needs a reconnect" }));
    service.answers.set("GET /scraper/runs/run_old", () => json(run({ id: "run_old", outcome: "drift", message: "The list moved." })));
    await open();
    const last = within(await row()).getByTestId("schedule-last");
    await waitFor(() => expect(last.textContent).toContain("The list moved."));
    expect(last.textContent).toContain("The site has changed");
    const other = within(screen.getByTestId("schedule-sales")).getByTestId("schedule-last");
    expect(other.textContent).toMatch(/^Did not begin.*Demo Market needs a reconnect$/);
  });

  it("is changed from what it is; what cannot be chosen is an own expression and stays", async () => {
    service.schedules.set("products", schedule({ cron: "*/45 6-8 * * 1-5", timeZone: "Asia/Tokyo", jitterSeconds: 70 }));
    await open();
    expect(within(await row()).getByTestId("schedule-when").textContent).toContain("*/45 6-8 * * 1-5");
    await edit();
    expect((screen.getByTestId("schedule-often") as HTMLSelectElement).value).toBe("own");
    expect((screen.getByTestId("schedule-later") as HTMLSelectElement).selectedOptions[0]?.textContent).toBe("Up to 70 seconds later");
    save();
    await waitFor(() => expect(service.bodies.get(PUT)).toEqual({ cron: "*/45 6-8 * * 1-5", timeZone: "Asia/Tokyo", jitterSeconds: 70 }));
  });

  it("an own expression begins with what was chosen before", async () => {
    service.schedules.set("products", schedule({ cron: "5 */6 * * *" }));
    await open();
    await edit();
    expect((screen.getByTestId("schedule-every") as HTMLSelectElement).value).toBe("6");
    change("schedule-often", "own");
    expect((screen.getByTestId("schedule-cron") as HTMLInputElement).value).toBe("5 */6 * * *");
  });

  it("is removed after one was asked; another tab may have done so before", async () => {
    service.schedules.set("products", schedule());
    await open();
    fireEvent.click(within(await row()).getByTestId("schedule-remove"));
    const asked = await screen.findByTestId("confirm-unschedule");
    fireEvent.click(within(asked).getByText("Keep it"));
    expect(service.calls).not.toContain(DELETE);
    fireEvent.click(screen.getByTestId("schedule-remove"));
    service.schedules.clear();
    fireEvent.click(within(await screen.findByTestId("confirm-unschedule")).getByTestId("confirm"));
    await waitFor(() => expect(screen.getByTestId("schedule-mark").textContent).toBe("Not scheduled"));
    expect(service.calls).toContain(DELETE);
    expect(screen.queryByTestId("problem")).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("schedule-edit")));
  });

  it("of a stream that is defined no more can only be removed", async () => {
    service.schedules.set("prices", schedule({ stream: "prices" }));
    await open();
    const { queryByTestId, getByTestId } = within(await screen.findByTestId("schedule-prices"));
    expect(queryByTestId("schedule-edit")).toBeNull();
    fireEvent.click(getByTestId("schedule-remove"));
    fireEvent.click(within(await screen.findByTestId("confirm-unschedule")).getByTestId("confirm"));
    await waitFor(() => expect(screen.queryByTestId("schedule-prices")).toBeNull());
  });
});

describe("what the service refuses", () => {
  it.each([
    ["hourly", "schedule-often", "/cron", "that is every hour, and Demo Market is scraped by itself every 2 hours at most: leave longer pauses"],
    ["own", "schedule-cron", "/cron", "`x` is no cron expression: bad"],
    ["daily", "schedule-zone", "/timeZone", "there is no time zone `Mars`"],
  ])("%s: it is said at the field %s, which has the focus, until another is chosen", async (often, testId, pointer, detail) => {
    service.answers.set(PUT, refusedAt(pointer, detail));
    await open();
    await edit();
    change("schedule-often", often);
    if (often === "own") change("schedule-cron", "x");
    save();
    const said = await screen.findByTestId("schedule-refused");
    expect(said.textContent).toBe(`${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`);
    const field = screen.getByTestId(testId);
    expect(field.getAttribute("aria-describedby")).toBe(said.id);
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(screen.queryByTestId("problem")).toBeNull();
    change(testId, testId === "schedule-often" ? "daily" : testId === "schedule-zone" ? "UTC" : "0 6 * * *");
    expect(screen.queryByTestId("schedule-refused")).toBeNull();
  });

  it("what is wrong elsewhere is said in the form, and what was chosen stays", async () => {
    service.answers.set(PUT, problem(503, "Not available at the moment", { retryable: true }));
    await open();
    await edit();
    change("schedule-at", "09:09");
    save();
    await screen.findByTestId("problem");
    expect((screen.getByTestId("schedule-at") as HTMLInputElement).value).toBe("09:09");
    service.answers.clear();
    save();
    await waitFor(() => expect(screen.queryByTestId("schedule-form")).toBeNull());
  });
});

describe("the list", () => {
  it("is on its way, cannot be read, and is read again", async () => {
    let come = () => {};
    service.delays.set(LIST, new Promise((resolve) => (come = resolve)));
    service.answers.set(LIST, () => {
      throw new TypeError("offline");
    });
    await open();
    expect((await screen.findByTestId("schedules-loading")).textContent).toBe("Loading…");
    come();
    const panel = await screen.findByTestId("problem");
    expect(panel.textContent).toContain("The service cannot be reached");
    service.answers.clear();
    fireEvent.click(within(panel).getByRole("button", { name: "Try again" }));
    await row();
    await waitFor(() => expect(screen.queryByTestId("problem")).toBeNull());
  });

  it("of a provider without streams says so", async () => {
    service.integrations = [integration({ provider: provider({ streams: [] }), connection: connection() })];
    await openEmpty();
    expect((await screen.findByTestId("schedules-empty")).textContent).toBe("Demo Market has nothing that could be scraped.");
  });

  it("says that the connection was ended elsewhere, also where that is found out by saving", async () => {
    await open();
    await edit();
    service.answers.set(PUT, problem(404, "There is no such thing"));
    save();
    expect((await screen.findByTestId("schedules-gone")).textContent).toContain("This connection is gone");
    expect(screen.queryByTestId("schedule-form")).toBeNull();
  });

  it("says so where it is read", async () => {
    service.answers.set(LIST, problem(404, "There is no such thing"));
    await open();
    fireEvent.click(within(await screen.findByTestId("schedules-gone")).getByRole("button"));
    service.answers.clear();
    fireEvent.click(screen.getByRole("button", { name: "Look again" }));
    await row();
  });

  it("says so of a connection that was ended in another tab, without being told by an answer", async () => {
    await open();
    await row();
    service.integrations = [integration({ connection: connection({ status: "disconnected", identity: null }) })];
    service.send("disconnected", { type: "disconnected", at: later(1), connectionId: "con_1", provider: "demo-market", account: "main" });
    await screen.findByTestId("schedules-gone");
  });

  it("says that runs wait until somebody has logged in again", async () => {
    service.integrations = [integration({ connection: connection({ status: "needs_reconnect" }), lastRun: run(), records: 137 })];
    service.schedules.set("products", schedule({ nextAt: inADay() }));
    await open();
    expect((await screen.findByTestId("schedules-wait")).textContent).toContain("Nothing is scraped until you have reconnected Demo Market.");
    expect(screen.getByTestId("schedule-mark").textContent).toBe("Waits");
    expect(screen.getByTestId("schedule-next").textContent).toBe("After you have reconnected");
  });

  it("is read anew by whoever comes back to the tab", async () => {
    await open();
    await row();
    service.schedules.set("products", schedule());
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(screen.getByTestId("schedule-mark").textContent).toBe("Scheduled"));
  });
});
