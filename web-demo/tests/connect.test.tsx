// @vitest-environment jsdom

import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectPage, forgetOpening } from "@/connect/ConnectPage";
import type { Param } from "@/api/types";
import { Host, haveDialogs } from "./host";
import { connection, integration, later, login } from "./samples";
import { FakeService, json, problem } from "./service";

let service: FakeService;
let host: Host;

beforeEach(() => {
  window.sessionStorage.clear();
  window.localStorage.clear();
  haveDialogs();
  service = new FakeService();
  host = new Host();
});
afterEach(() => {
  cleanup();
  forgetOpening();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  document.body.replaceChildren();
  window.history.replaceState(null, "", "/");
});

const says = (words: string) => waitFor(() => expect(screen.getByTestId("modal-state").textContent).toBe(words));
const AWAITING = "A browser window has opened... Complete the login process...";

/** The modal at this address, in the frame of the host. */
function visit(address: string, framed = true) {
  const [path, fragment = ""] = address.split("#");
  window.history.replaceState(null, "", `${path}#${fragment}${framed ? `&${host.fragment}` : ""}`);
  render(<ConnectPage />);
}

function offerLogin(part: Parameters<typeof login>[0] = {}, status = 201) {
  service.login = login({ state: "launching", version: 1, ...part });
  service.told = [];
  service.answers.set("POST /integrations/demo-market/connect", () => {
    service.integrations = [integration({ connection: connection({ status: "pending" }), login: service.login })];
    return json({ connection: connection(), login: service.login }, status);
  });
}

/** To where the live view is shown. */
async function atWork(address = "/connect?provider=demo-market") {
  offerLogin();
  visit(address);
  fireEvent.click(await screen.findByTestId("prime-continue"));
  await waitFor(() => expect(service.followed("login")).toBe(true));
  service.tell("awaiting_login", {}, "awaiting_login");
  await says(AWAITING);
}

describe("connecting, in the words that people read", () => {
  it("the window stays the same from the first word to the last", async () => {
    await atWork();
    const modal = screen.getByTestId("modal");
    const state = screen.getByTestId("modal-state");
    service.tell("saved", {}, "saved");
    await says("✅ Connection successful! Session saved.");
    // A screen reader hears what changes in a region that it knows, not a region that is new.
    expect(screen.getByTestId("modal")).toBe(modal);
    expect(screen.getByTestId("modal-state")).toBe(state);
    expect(document.activeElement === modal || modal.contains(document.activeElement)).toBe(true);
  });

  it("from what will happen to saved", async () => {
    offerLogin();
    visit("/connect?provider=demo-market");
    const modal = await screen.findByTestId("modal");
    await waitFor(() => expect(within(modal).getAllByRole("heading")[0]?.textContent).toBe("Connect to Demo Market"));
    // The browser starts while the person reads.
    await waitFor(() => expect(service.calls).toContain("POST /integrations/demo-market/connect"));
    await says("Opening a browser window...");
    expect(screen.getByTestId("prime").textContent).toContain("for 2 days at most");
    expect(screen.getByTestId("prime").textContent).toContain("products");
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("awaiting_login", {}, "awaiting_login");
    await says(AWAITING);
    expect(screen.queryByTestId("live-canvas")).toBeNull();

    fireEvent.click(screen.getByTestId("prime-continue"));
    expect(screen.getByTestId("live-canvas")).toBeTruthy();
    const finish = screen.getByTestId<HTMLButtonElement>("finish");
    expect(finish.textContent).toBe("I Finished Login");

    fireEvent.click(finish);
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/finish"));
    expect(finish.getAttribute("aria-disabled")).toBe("true");
    fireEvent.click(finish);
    expect(service.calls.filter((call) => call.endsWith("/finish"))).toHaveLength(1);
    service.tell("login_not_detected", { evidence: [{ rule: "a cookie named s", seen: "no such cookie", value: "false" }] });
    const panel = await screen.findByTestId("not-detected");
    expect(within(panel).getByRole("heading").textContent).toBe("Login not detected");
    expect(panel.textContent).toContain("a cookie named s");
    expect(panel.textContent).toContain("Seen: no such cookie");
    expect(finish.getAttribute("aria-disabled")).toBeNull();

    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    expect(screen.queryByTestId("not-detected")).toBeNull();
    fireEvent.click(finish);
    service.tell("verifying", {}, "verifying");
    await says("Verifying login and saving session...");
    service.tell("verified", { identity: { id: "1", label: "ana@example.com" } }, "verified");
    service.tell("saved", {}, "saved");
    await says("✅ Connection successful! Session saved.");
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("ana@example.com"));
    await waitFor(() => expect(host.last("success")).toBeTruthy(), { timeout: 4000 });
    expect(host.last("success")?.result).toEqual({
      loginId: "lgn_1",
      connectionId: "con_1",
      provider: "demo-market",
      account: "main",
      identity: { id: "1", label: "ana@example.com" },
    });
    expect(host.last("exit")).toBeUndefined();
    expect(host.heard.flatMap((said) => (said.type === "event" ? [said.event.type] : []))).toEqual([
      "awaiting_login",
      "login_not_detected",
      "login_detected",
      "verifying",
      "verified",
      "saved",
    ]);
    expect(service.calls.filter((call) => call.endsWith("/cancel"))).toEqual([]);
    expect(window.sessionStorage.getItem("staylogged.connect")).toBeNull();
  });

  it("what was agreed to once is one line the next time", async () => {
    await atWork();
    cleanup();
    forgetOpening();
    window.sessionStorage.clear();
    offerLogin();
    visit("/connect?provider=demo-market");
    await screen.findByTestId("prime-summary");
    expect(screen.queryByTestId("prime-continue")).toBeNull();
    await says("Opening a browser window...");
  });

  describe("where the site's definition asks something", () => {
    const store: Param = {
      name: "store",
      label: { en: "Address of your store", "pt-BR": "Endereço da sua loja" },
      help: { en: "It is in the address bar." },
      kind: "host",
      values: [],
      example: "my.shop.example",
      required: true,
    };
    const asks = (part: Parameters<typeof integration>[0] = {}) => {
      offerLogin();
      service.integrations = [integration({ ...part, provider: { ...integration().provider, params: [store] } })];
    };
    const CONNECT = "POST /integrations/demo-market/connect";

    it("it is asked first, in the person's language, and sent with the wish to connect", async () => {
      asks();
      visit("/connect?provider=demo-market#lang=pt-BR");
      const field = await screen.findByLabelText("Endereço da sua loja");
      await says("Antes, uma pergunta.");
      expect(screen.getByTestId("params").textContent).toContain("Por exemplo: my.shop.example");
      expect(service.calls).not.toContain(CONNECT);
      fireEvent.change(field, { target: { value: "ana.shop.example" } });
      fireEvent.submit(field);
      await waitFor(() => expect(service.bodies.get(CONNECT)).toEqual({ params: { store: "ana.shop.example" } }));
      await waitFor(() => expect(service.followed("login")).toBe(true));
      service.tell("awaiting_login", {}, "awaiting_login");
      expect(await screen.findByTestId("finish")).toBeTruthy();
    });

    it("what the service finds wrong stands at its field, which is gone to", async () => {
      asks();
      const refuse = (code: string) =>
        service.answers.set(
          CONNECT,
          problem(422, "The provider asks for something else", {
            type: "urn:staylogged:problem:invalid-params",
            errors: [{ pointer: "/params/store", detail: "x", code }],
          }),
        );
      refuse("missing");
      visit("/connect?provider=demo-market");
      fireEvent.submit(await screen.findByTestId("param-store"));
      expect((await screen.findByRole("alert")).textContent).toBe("Please fill this in.");
      const field = screen.getByTestId<HTMLInputElement>("param-store");
      await waitFor(() => expect(document.activeElement).toBe(field));
      expect(field.getAttribute("aria-invalid")).toBe("true");
      refuse("invalid");
      fireEvent.change(field, { target: { value: "a b" } });
      fireEvent.submit(field);
      await waitFor(() => expect(screen.getByRole("alert").textContent).toBe("This will not do. It should look like this: my.shop.example"));
      expect(screen.getByTestId<HTMLInputElement>("param-store").value).toBe("a b");
      offerLogin();
      fireEvent.change(screen.getByTestId("param-store"), { target: { value: "a.example" } });
      fireEvent.submit(screen.getByTestId("param-store"));
      await waitFor(() => expect(service.followed("login")).toBe(true));
      expect(service.bodies.get(CONNECT)).toEqual({ params: { store: "a.example" } });
    });

    it("what was said before stands in the field, and another value is warned of", async () => {
      asks({ connection: connection({ params: { store: "old.example" } }) });
      visit("/connect?provider=demo-market");
      const field = await screen.findByTestId<HTMLInputElement>("param-store");
      expect(field.value).toBe("old.example");
      expect(screen.queryByTestId("params-elsewhere")).toBeNull();
      fireEvent.change(field, { target: { value: "new.example" } });
      expect(screen.getByTestId("params-elsewhere").textContent).toContain("another place");
    });

    it("what the page says is not asked", async () => {
      asks();
      visit(`/connect?provider=demo-market#params=${encodeURIComponent(JSON.stringify({ store: "a.example" }))}`);
      await waitFor(() => expect(service.bodies.get(CONNECT)).toEqual({ params: { store: "a.example" } }));
      expect(screen.queryByTestId("params")).toBeNull();
    });

    it("who comes back to a login that is under way is not asked again", async () => {
      asks({ login: login() });
      visit("/connect?provider=demo-market");
      await waitFor(() => expect(service.bodies.get(CONNECT)).toEqual({}));
      expect(screen.queryByTestId("params")).toBeNull();
    });
  });

  it("closing the modal cancels the login, and says so to the page", async () => {
    await atWork();
    fireEvent.click(screen.getByRole("button", { name: "Close and cancel the login" }));
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/cancel"));
    expect(host.last("exit")?.exit).toEqual({ reason: "closed", failure: null, loginId: "lgn_1" });
  });

  it("closed while it begins, it is cancelled as soon as it has begun", async () => {
    offerLogin();
    let answer = (): void => undefined;
    service.delays.set("POST /integrations/demo-market/connect", new Promise<void>((resolve) => (answer = resolve)));
    visit("/connect?provider=demo-market");
    await screen.findByTestId("prime");
    fireEvent.click(screen.getByTestId("modal-close"));
    answer();
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/cancel"));
    await waitFor(() => expect(host.last("exit")?.exit.reason).toBe("closed"));
  });

  it("agreed to before it has begun, it is not asked again", async () => {
    offerLogin();
    let answer = (): void => undefined;
    service.delays.set("POST /integrations/demo-market/connect", new Promise<void>((resolve) => (answer = resolve)));
    visit("/connect?provider=demo-market");
    fireEvent.click(await screen.findByTestId("prime-continue"));
    await screen.findByTestId("prime-summary");
    answer();
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("awaiting_login", {}, "awaiting_login");
    await says(AWAITING);
    expect(screen.getByTestId("finish")).toBeTruthy();
  });

  it("Escape asks first", async () => {
    await atWork();
    fireEvent.keyDown(document.body, { key: "Escape" });
    const sheet = await screen.findByTestId("leave");
    expect(sheet.getAttribute("role")).toBe("alertdialog");
    fireEvent.click(screen.getByTestId("leave-stay"));
    expect(screen.queryByTestId("leave")).toBeNull();
    fireEvent.keyDown(document.body, { key: "Escape" });
    fireEvent.keyDown(document.body, { key: "Escape" });
    expect(screen.queryByTestId("leave")).toBeNull();
    expect(service.calls).not.toContain("POST /logins/lgn_1/cancel");
    fireEvent.keyDown(document.body, { key: "Escape" });
    fireEvent.click(screen.getByTestId("leave-stop"));
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/cancel"));
    expect(host.last("exit")?.exit.reason).toBe("closed");
  });

  it("the page can close it", async () => {
    await atWork();
    host.say({ type: "close" });
    await waitFor(() => expect(host.last("exit")?.exit.reason).toBe("closed"));
    expect(service.calls).toContain("POST /logins/lgn_1/cancel");
  });

  it("a failure says what happened, whether trying again helps, and an id to quote", async () => {
    await atWork();
    service.tell("failed", { code: "browser_lost", message: "The browser closed.", retryable: true, evidence: [] }, "failed", {
      failure: { code: "browser_lost", message: "The browser closed.", retryable: true, evidence: [] },
    });
    const result = await screen.findByTestId("result");
    expect(result.textContent).toContain(
      "The browser on the server ended unexpectedly. Nothing that was saved before is lost. Please try again.",
    );
    expect(screen.getByTestId("login-id").textContent).toBe("lgn_1");
    const asked = () => service.calls.filter((call) => call.endsWith("/connect")).length;
    offerLogin({ id: "lgn_2" });
    fireEvent.click(screen.getByTestId("try-again"));
    await waitFor(() => expect(asked()).toBe(2));
    // What was agreed to is not asked again.
    await screen.findByTestId("prime-summary");
    await says("Opening a browser window...");
  });

  it("says why the login is awaited again in plain words; what was seen is one tap away", async () => {
    await atWork();
    const evidence = [{ rule: 'a visible element "form input[name=password]" is on the page', seen: "there is one", value: "true" }];
    service.tell("awaiting_login", { reason: "It did not work.", reasonCode: "not_proven", evidence }, "awaiting_login");
    const panel = await screen.findByTestId("awaiting-reason");
    expect(within(panel).getByText(/^The login did not work when it was tried once more/).textContent).not.toContain("input[name");
    const list = within(panel).getByTestId<HTMLDetailsElement>("evidence");
    expect(list.open).toBe(false);
    expect(list.textContent).toContain("input[name=password]");
  });

  it("where trying again cannot help, it is not offered; the page learns why", async () => {
    await atWork();
    const failure = { code: "session_too_large", message: "Too large.", retryable: false } as const;
    service.tell("failed", { ...failure, evidence: [] }, "failed", { failure: { ...failure, evidence: [] } });
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("more in the browser than can be saved"));
    expect(screen.queryByTestId("try-again")).toBeNull();
    fireEvent.click(screen.getAllByRole("button", { name: "Close" })[0] as HTMLElement);
    expect(host.last("exit")?.exit).toEqual({ reason: "failed", failure, loginId: "lgn_1" });
  });

  it("a refused start is told, and can be tried again", async () => {
    service.answers.set(
      "POST /integrations/demo-market/connect",
      problem(429, "Too many logins are under way", { type: "urn:staylogged:problem:too-many-logins", retryable: true }),
    );
    visit("/connect?provider=demo-market");
    await waitFor(() => expect(screen.getByTestId("refused").textContent).toContain("Too many people are logging in"));
    offerLogin();
    fireEvent.click(screen.getByTestId("try-again"));
    await says("Opening a browser window...");
  });

  it("a lost line is said, and what was missed is found", async () => {
    await atWork();
    service.answers.set("GET /logins/lgn_1/events", () => {
      throw new TypeError("Failed to fetch");
    });
    service.cut("login");
    await waitFor(() => expect(screen.getByTestId("modal-lost").textContent).toContain("Connection lost. Trying again…"));
    service.tell("login_detected", {}, "detected");
    service.answers.delete("GET /logins/lgn_1/events");
    await says("✅ Login detected!");
    expect(screen.queryByTestId("modal-lost")).toBeNull();
  });
});

describe("a reload", () => {
  it("finds the login where it is, without the address's help", async () => {
    await atWork("/connect#token=ct_secret");
    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    expect(window.location.hash).toBe("");
    cleanup();
    forgetOpening();
    render(<ConnectPage />);
    await says("✅ Login detected!");
    expect(screen.getByTestId("live-canvas")).toBeTruthy();
    expect(service.calls.filter((call) => call.endsWith("/connect"))).toHaveLength(1);
    expect(service.calls.filter((call) => call.endsWith("/cancel"))).toEqual([]);
  });

  it("in the middle of reading shows again what will happen", async () => {
    offerLogin();
    visit("/connect?provider=demo-market");
    await waitFor(() => expect(service.followed("login")).toBe(true));
    cleanup();
    forgetOpening();
    render(<ConnectPage />);
    await screen.findByTestId("prime-continue");
  });

  it("a login that is under way elsewhere is gone on with, and not explained again", async () => {
    offerLogin({ state: "detected", version: 3 }, 200);
    visit("/connect?provider=demo-market");
    await says("✅ Login detected!");
    expect(screen.getByTestId("finish")).toBeTruthy();
  });
});

describe("by what right", () => {
  it("a token goes before everything else, and is in no address", async () => {
    await atWork("/connect#token=ct_secret");
    expect([...service.bearers]).toEqual(["Bearer ct_secret"]);
    expect(window.location.href).not.toContain("ct_secret");
    expect(service.bodies.get("POST /integrations/demo-market/connect")).toEqual({});
  });

  it("a token for any site lets the person choose", async () => {
    service.integrations = [
      integration({ provider: { ...integration().provider, id: "hotmart", name: "Hotmart" } }),
      integration(),
    ];
    offerLogin();
    visit("/connect#token=ct_any");
    await says("Choose what to connect.");
    fireEvent.click(screen.getByTestId("choose-demo-market"));
    await screen.findByTestId("prime-continue");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Connect to Demo Market");
  });

  it("a token that is over is said, and the page learns it", async () => {
    service.answers.set(
      "GET /integrations",
      problem(401, "This connect token or link is over", { type: "urn:staylogged:problem:token-expired", detail: "spent" }),
    );
    visit("/connect#token=ct_old");
    await waitFor(() => expect(screen.getByTestId("refused").textContent).toContain("no longer valid"));
    expect(screen.queryByTestId("try-again")).toBeNull();
    fireEvent.click(screen.getAllByRole("button", { name: "Close" })[0] as HTMLElement);
    await waitFor(() =>
      expect(host.last("exit")?.exit).toEqual({
        reason: "refused",
        failure: { code: "token-expired", message: "spent", retryable: false },
        loginId: null,
      }),
    );
  });

  it("an account that is named is the one that is connected", async () => {
    await atWork("/connect?provider=demo-market&account=second");
    expect(service.bodies.get("POST /integrations/demo-market/connect")).toEqual({ account: "second" });
  });

  it("without anything to open, nothing is asked of the service", async () => {
    visit("/connect", false);
    await waitFor(() => expect(screen.getByTestId("refused").textContent).toContain("no longer valid"));
    // A page of its own is closed by the browser.
    expect(screen.queryByRole("button")).toBeNull();
    expect(service.calls).toEqual([]);
  });

  it("words from another window, origin or opening are not taken", async () => {
    await atWork();
    const stranger = document.createElement("iframe");
    document.body.append(stranger);
    host.say({ type: "close" }, { origin: "https://evil.example" });
    host.say({ type: "close" }, { channel: "another" });
    host.say({ type: "close" }, { source: stranger.contentWindow as Window });
    expect(host.last("exit")).toBeUndefined();
    expect(service.calls).not.toContain("POST /logins/lgn_1/cancel");
  });

  it("the page's own words are shown; those of an address are not", async () => {
    host = new Host({ "prime.continue": "Let's go", title: "Link {name}" });
    offerLogin();
    visit(`/connect?provider=demo-market#words=${encodeURIComponent('{"prime.login.title":"Call 555"}')}`);
    expect((await screen.findByTestId("prime-continue")).textContent).toBe("Let's go");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Link Demo Market");
    expect(document.body.textContent).not.toContain("Call 555");
  });
});

describe("time", () => {
  it("is shown, and extended once", async () => {
    await atWork();
    expect(screen.getByTestId("time-left").getAttribute("aria-label")).toMatch(/left$/);
    service.answers.set("POST /logins/lgn_1/extend", () => {
      service.tell("extended", { deadlineAt: later(1800) }, undefined, { extended: true, deadlineAt: later(1800) });
      return json(service.login);
    });
    fireEvent.click(screen.getByTestId("more-time"));
    await waitFor(() => expect(screen.queryByTestId("more-time")).toBeNull());
  });

  it("an idle login is warned about, and stays with whoever is there", async () => {
    await atWork();
    service.tell("idle_warning", { endsAt: later(60) }, undefined, { idleEndsAt: later(60) });
    const warning = await screen.findByTestId("idle");
    const heard = within(warning).getByRole("alert");
    expect(heard.querySelector(".heard-only")?.textContent).toMatch(/closes in \d/);
    expect(heard.querySelector(".idle-text")?.getAttribute("aria-hidden")).toBe("true");
    service.answers.set("POST /logins/lgn_1/still-here", () => {
      service.tell("idle_over", {}, undefined, { idleEndsAt: null });
      return json(service.login);
    });
    fireEvent.click(screen.getByTestId("still-here"));
    await waitFor(() => expect(screen.queryByTestId("idle")).toBeNull());
  });

  it("is warned about where the person still reads what will happen", async () => {
    offerLogin();
    visit("/connect?provider=demo-market");
    await screen.findByTestId("prime-continue");
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("awaiting_login", {}, "awaiting_login");
    service.tell("idle_warning", { endsAt: later(60) }, undefined, { idleEndsAt: later(60) });
    await screen.findByTestId("idle");
    service.answers.set("POST /logins/lgn_1/still-here", () => {
      service.tell("idle_over", {}, undefined, { idleEndsAt: null });
      return json(service.login);
    });
    fireEvent.click(screen.getByTestId("still-here"));
    await waitFor(() => expect(screen.queryByTestId("idle")).toBeNull());
    expect(screen.getByTestId("prime-continue")).toBeTruthy();
  });

  it("an idle end is told as such", async () => {
    await atWork();
    service.tell("expired", { reason: "idle" }, "expired");
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("Nothing happened for a while"));
  });
});

describe("whose account it is", () => {
  it("is said before the person logs in again", async () => {
    offerLogin({ reconnect: true, expectedIdentity: { id: "1", label: "ana@example.com" } });
    visit("/connect?provider=demo-market");
    await waitFor(() => expect(screen.getByTestId("prime").textContent).toContain("ana@example.com"));
    fireEvent.click(screen.getByTestId("prime-continue"));
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("awaiting_login", {}, "awaiting_login");
    await screen.findByText("Log in as ana@example.com.");
  });

  it("another one is not kept without a yes", async () => {
    await atWork();
    const [expected, found] = [{ id: "1", label: "ana@example.com" }, { id: "2", label: "bruno@example.com" }];
    service.tell("other_account", { expected, found }, "other_account", { expectedIdentity: expected, foundIdentity: found });
    const screenOf = await screen.findByTestId("other-account");
    expect(screenOf.textContent).toContain("So far it was ana@example.com. Now bruno@example.com is logged in.");
    fireEvent.click(screen.getByTestId("account-replace"));
    await waitFor(() => expect(service.bodies.get("POST /logins/lgn_1/account")).toEqual({ replace: true }));
    service.tell("awaiting_login", {}, "awaiting_login");
    await says(AWAITING);
  });
});

describe("a window on this computer", () => {
  it("is said, and not shown twice unless asked for; what is kept is beside it", async () => {
    offerLogin({ window: true });
    visit("/connect?provider=demo-market");
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("awaiting_login", {}, "awaiting_login");
    const panel = await screen.findByTestId("own-window");
    expect(panel.textContent).toContain("Only the session is kept");
    expect(screen.queryByTestId("live-canvas")).toBeNull();
    fireEvent.click(screen.getByTestId("show-window"));
    expect(screen.getByTestId("live-canvas")).toBeTruthy();
    expect(screen.getByTestId("prime-summary").textContent).toContain("Only the session is kept");
    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    fireEvent.click(screen.getByTestId("finish"));
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/finish"));
  });
});

it("a login that was seen, was no login, and is seen again can be finished again at once", async () => {
  await atWork();
  const finish = () => screen.getByTestId<HTMLButtonElement>("finish");
  for (const finished of [1, 2]) {
    service.tell("login_detected", {}, "detected");
    await says("✅ Login detected!");
    expect(finish().getAttribute("aria-disabled")).toBeNull();
    fireEvent.click(finish());
    await waitFor(() => expect(service.calls.filter((call) => call.endsWith("/finish"))).toHaveLength(finished));
    service.tell("verifying", {}, "verifying");
    await says("Verifying login and saving session...");
    service.tell("awaiting_login", {}, "awaiting_login");
    await says(AWAITING);
  }
});

describe("links to the login", () => {
  const link = (mode: string) => ({
    id: "lnk_1",
    mode,
    token: "cl_secret",
    url: "/connect#login=lgn_1&token=cl_secret",
    expiresAt: mode === "control" ? new Date(Date.now() + 900_000).toISOString() : null,
  });

  it("a phone cannot reach this computer's own address, and that is said", async () => {
    await atWork();
    fireEvent.click(screen.getByTestId("open-phone"));
    expect((await screen.findByTestId("phone")).textContent).toContain("This page is at localhost");
    expect(service.calls).not.toContain("POST /logins/lgn_1/links");
  });

  it("one to watch is made, shown, and ended", async () => {
    await atWork();
    service.answers.set("POST /logins/lgn_1/links", () => json(link("view"), 201));
    service.answers.set("DELETE /logins/lgn_1/links/lnk_1", () => new Response(null, { status: 204 }));
    fireEvent.click(screen.getByTestId("open-watch"));
    const field = await screen.findByTestId<HTMLInputElement>("link");
    expect(field.value).toBe("http://localhost:3000/connect#login=lgn_1&token=cl_secret&mode=view&name=Demo+Market");
    expect(service.bodies.get("POST /logins/lgn_1/links")).toEqual({ mode: "view" });
    fireEvent.click(screen.getByTestId("end-link"));
    await waitFor(() => expect(screen.getByTestId("watch").textContent).toContain("The link has been ended."));
  });

  it("whoever opens one to go on sees the same login, and may finish it", async () => {
    service.login = login({ state: "detected", version: 4 });
    visit("/connect#login=lgn_1&token=cl_secret&name=Demo+Market", false);
    await says("✅ Login detected!");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Connect to Demo Market");
    expect([...service.bearers]).toEqual(["Bearer cl_secret"]);
    expect(service.calls).not.toContain("GET /integrations");
    expect(screen.queryByTestId("open-phone")).toBeNull();
    fireEvent.click(screen.getByTestId("finish"));
    await waitFor(() => expect(service.calls).toContain("POST /logins/lgn_1/finish"));
    await waitFor(() => expect(service.followed("login")).toBe(true));
    service.tell("saved", {}, "saved");
    await waitFor(() => expect(screen.getByTestId("result").textContent).toContain("You can close this page"));
  });

  it("whoever watches can do nothing", async () => {
    service.login = login({ version: 4 });
    visit("/connect#login=lgn_1&token=cl_secret&mode=view", false);
    await says(AWAITING);
    expect(screen.queryByTestId("finish")).toBeNull();
    expect(screen.queryByTestId("more-time")).toBeNull();
  });

  it("a link that turns out to be for watching only is taken for one", async () => {
    service.login = login({ version: 4 });
    service.answers.set(
      "POST /logins/lgn_1/finish",
      problem(403, "This connect token or link is for something else", { type: "urn:staylogged:problem:token-not-for-this" }),
    );
    visit("/connect#login=lgn_1&token=cl_secret", false);
    await says(AWAITING);
    fireEvent.click(screen.getByTestId("finish"));
    await waitFor(() => expect(screen.queryByTestId("finish")).toBeNull());
    expect(screen.queryByTestId("problem")).toBeNull();
  });
});

describe("languages", () => {
  it("the page's wish goes before the browser's", async () => {
    offerLogin();
    visit("/connect?provider=demo-market#lang=pt-BR");
    expect((await screen.findByTestId("prime-continue")).textContent).toBe("Continuar");
    expect(document.documentElement.lang).toBe("pt-BR");
    await says("Abrindo uma janela do navegador...");
  });
});

describe("where a frame gets no storage", () => {
  it("a reload of it finds the login all the same", async () => {
    const denied = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    vi.spyOn(window, "sessionStorage", "get").mockImplementation(denied);
    vi.spyOn(window, "localStorage", "get").mockImplementation(denied);
    await atWork("/connect#token=ct_secret");
    cleanup();
    forgetOpening();
    render(<ConnectPage />);
    await says(AWAITING);
    expect(screen.getByTestId("live-canvas")).toBeTruthy();
    fireEvent.click(screen.getByTestId("modal-close"));
    await waitFor(() => expect(host.last("exit")?.exit.reason).toBe("closed"));
    expect(window.name).toBe("");
  });
});
