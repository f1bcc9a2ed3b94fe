// @vitest-environment jsdom

import { File } from "node:buffer";
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveView } from "@/live/LiveView";
import type { FormField, Input, Role, ServerMessage } from "@/live/protocol";

/** The service's end of the line. */
class Line {
  static all: Line[] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  sent: (Record<string, unknown> | Uint8Array)[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  constructor(readonly url: URL) {
    Line.all.push(this);
  }
  send(data: string | Uint8Array) {
    this.sent.push(typeof data === "string" ? (JSON.parse(data) as Record<string, unknown>) : data);
  }
  close() {
    this.readyState = 3;
  }
}

const line = () => Line.all.at(-1)!;
const say = (...messages: (ServerMessage | Record<string, unknown>)[]) =>
  act(async () => {
    for (const message of messages) line().onmessage?.({ data: JSON.stringify(message) });
  });
const inputs = (): Input[] => Line.all.flatMap((one) => one.sent).flatMap((one) => ("input" in one ? [one.input as Input] : []));
const last = () => inputs().at(-1);
const said = () => screen.getByTestId("live-said").textContent;
const TABS = { type: "tabs", open: [{ id: 1, url: "https://login.example/in", title: "Sign in", icon: null }], front: 1, canGoBack: true, canGoForward: false, most: 8 };
const box = { x: 10, y: 20, width: 100, height: 30 };

let left: number;
let ended: number;
let notices: [string, string | null][];
let copied: string[];

async function open(role: Role = "control", language: "en" | "pt-BR" | "es" = "en", more: { window?: boolean } = {}) {
  render(
    <LiveView
      loginId="lgn_1"
      name="Demo Market"
      busy={false}
      resumed={0}
      language={language}
      onEnded={() => (ended += 1)}
      onLeave={() => (left += 1)}
      onNotice={(...one) => notices.push(one)}
    />,
  );
  await waitFor(() => expect(Line.all).toHaveLength(1));
  await act(async () => {
    line().readyState = 1;
    line().onopen?.();
  });
  await say({ type: "welcome", heard: 0, role, window: more.window ?? false }, TABS);
}

beforeEach(() => {
  Line.all = [];
  [left, ended, notices, copied] = [0, 0, [], []];
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("ResizeObserver", class {
    observe() {}
    disconnect() {}
  });
  vi.stubGlobal("fetch", async () =>
    new Response(JSON.stringify({ ticket: "t", protocol: "staylogged.live.v2" }), { status: 201, headers: { "Content-Type": "application/json" } }),
  );
  const clipboard = { writeText: async (text: string) => void copied.push(text), readText: async () => "from here" };
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: clipboard });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("the bar", () => {
  it("says where the page is, and goes where there is a way", async () => {
    await open();
    const host = screen.getByTestId("live-host");
    // The host alone: an identity provider is not called by the site's name.
    expect(host.textContent).toBe("login.example");
    expect(host.title).toBe("Sign in");
    expect(within(host).getByRole("img", { name: "Encrypted connection" })).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Forward" }).disabled).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "Back" }));
    expect(last()).toEqual({ type: "navigate", action: "back" });
  });

  it("tabs: the arrow keys go along them, Delete closes, and only pictures that came along are shown", async () => {
    await open();
    expect(screen.getByTestId("tabs").hidden).toBe(true);
    const open2 = [
      { id: 1, url: "https://a.example/", title: "A", icon: "https://tracker.example/i.png" },
      { id: 2, url: "https://b.example/", title: "B", icon: "data:image/png;base64,AA==" },
    ];
    await say({ ...TABS, open: open2, front: 2 });
    expect(said()).toBe("New tab in front: B");
    const [a, b] = ["A", "B"].map((name) => screen.getByRole("button", { name }));
    expect([a!.tabIndex, b!.tabIndex]).toEqual([-1, 0]);
    expect(a!.querySelector("img")).toBeNull();
    expect(b!.querySelector("img")?.getAttribute("src")).toMatch(/^data:/);
    b!.focus();
    fireEvent.keyDown(b!, { key: "ArrowLeft" });
    expect(document.activeElement).toBe(a);
    fireEvent.click(a!);
    expect(last()).toEqual({ type: "page", action: "select", id: 1 });
    fireEvent.keyDown(b!, { key: "Delete" });
    expect(last()).toEqual({ type: "page", action: "close", id: 2 });
  });
});

describe("what the page asks for", () => {
  const option = (value: string, label: string, part: object = {}) => ({ value, label, group: null, disabled: false, selected: false, ...part });

  it("a list: by keyboard, past what is disabled; Escape closes it and nothing else", async () => {
    await open();
    await say({ type: "picker", id: 5, kind: "select", multiple: false, label: "Country", ...box, options: [option("0", "Brazil", { selected: true }), option("1", "Portugal", { disabled: true }), option("2", "Angola")] });
    const list = screen.getByRole("listbox", { name: "Country" });
    expect(document.activeElement).toBe(list);
    expect(within(list).getByRole("option", { name: "Brazil" }).getAttribute("aria-selected")).toBe("true");
    fireEvent.keyDown(list, { key: "ArrowDown" });
    fireEvent.keyDown(list, { key: "Enter" });
    expect(last()).toEqual({ type: "pick", id: 5, values: ["2"] });
    expect(screen.queryByRole("listbox")).toBeNull();
    expect(document.activeElement?.className).toBe("live-field");

    const outside = vi.fn();
    document.addEventListener("keydown", outside, { capture: true });
    await say({ type: "picker", id: 6, kind: "select", multiple: true, label: "Ways", ...box, options: [option("0", "SMS", { group: "Fast" }), option("1", "Mail")] });
    fireEvent.keyDown(screen.getByRole("listbox"), { key: "Escape" });
    document.removeEventListener("keydown", outside, { capture: true });
    expect(outside).not.toHaveBeenCalled();
    expect(last()).toEqual({ type: "pick", id: 6, cancelled: true });
    expect(left).toBe(0);
  });

  it("several of a list, in groups", async () => {
    await open();
    await say({ type: "picker", id: 6, kind: "select", multiple: true, label: "Ways", ...box, options: [option("0", "SMS", { group: "Fast" }), option("1", "Call", { group: "Fast", selected: true }), option("2", "Mail", { group: "Slow" })] });
    const list = screen.getByRole("listbox", { name: "Ways" });
    expect(list.getAttribute("aria-multiselectable")).toBe("true");
    expect(within(list).getByRole("group", { name: "Fast" })).toBeTruthy();
    fireEvent.click(within(list).getByRole("option", { name: "Mail" }));
    expect(screen.getByText("2 chosen")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Apply" }));
    expect(last()).toEqual({ type: "pick", id: 6, values: ["1", "2"] });
  });

  it("a long list can be searched", async () => {
    await open();
    await say({ type: "picker", id: 5, kind: "select", multiple: false, label: "Country", ...box, options: Array.from({ length: 16 }, (_, n) => option(`${n}`, n === 9 ? "São Tomé" : `Land ${n}`)) });
    const search = screen.getByRole("combobox", { name: "Search: Country" });
    expect(document.activeElement).toBe(search);
    fireEvent.change(search, { target: { value: "sao" } });
    expect(screen.getAllByRole("option")).toHaveLength(1);
    fireEvent.keyDown(search, { key: "Enter" });
    expect(last()).toEqual({ type: "pick", id: 5, values: ["9"] });
  });

  it("a date: the own browser's field, with the page's limits", async () => {
    await open();
    await say({ type: "picker", id: 6, kind: "date", label: "Born", value: "1990-05-01", min: "1900-01-01", max: null, step: null, ...box });
    const input = screen.getByLabelText<HTMLInputElement>("Born", { selector: "input" });
    expect([input.type, input.value, input.min, input.hasAttribute("max")]).toEqual(["date", "1990-05-01", "1900-01-01", false]);
    fireEvent.change(input, { target: { value: "2026-12-24" } });
    fireEvent.click(screen.getByRole("button", { name: "Apply" }));
    expect(last()).toEqual({ type: "pick", id: 6, value: "2026-12-24" });
  });

  it("alert, confirm, prompt and leaving: said as the site's own words, answered once", async () => {
    await open();
    await say({ type: "dialog", id: 1, kind: "alert", message: "Hello", host: "login.example" });
    const alert = screen.getByRole("alertdialog", { name: "login.example says" });
    expect(alert.textContent).toContain("Hello");
    expect(document.activeElement?.textContent).toBe("OK");
    fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(last()).toEqual({ type: "dialog", id: 1, accept: true });
    await say({ type: "dialog", id: 2, kind: "prompt", message: "Name?", value: "Ana", host: "login.example" });
    fireEvent.change(screen.getByLabelText("Name?"), { target: { value: "Zé" } });
    fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(last()).toEqual({ type: "dialog", id: 2, accept: true, text: "Zé" });
    await say({ type: "dialog", id: 3, kind: "beforeunload", message: "evil words", host: "login.example" });
    expect(screen.getByRole("alertdialog").textContent).not.toContain("evil");
    fireEvent.click(screen.getByRole("button", { name: "Stay" }));
    expect(last()).toEqual({ type: "dialog", id: 3, accept: false });
    await say({ type: "dialog", id: 4, kind: "confirm", message: "Sure?", host: "login.example" }, { type: "dialog_over", id: 4 });
    expect(screen.queryByRole("alertdialog")).toBeNull();
  });

  it("a name and a password, which no manager fills and no attribute holds", async () => {
    await open();
    await say({ type: "auth", id: 8, host: "intra.example", realm: "Staff" });
    const password = screen.getByLabelText<HTMLInputElement>("Password");
    expect(password.autocomplete).toBe("off");
    fireEvent.change(screen.getByLabelText("User name"), { target: { value: "ana" } });
    fireEvent.change(password, { target: { value: "s3cret" } });
    expect(document.body.innerHTML).not.toContain("s3cret");
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(last()).toEqual({ type: "credentials", id: 8, username: "ana", password: "s3cret" });
  });

  it("files: too many or too large are refused in words; the others go, and anew after a cut", async () => {
    await open();
    const request = { type: "files", id: 9, multiple: true, accept: ".png", label: "Photo" };
    await say(request);
    const input = screen.getByTestId<HTMLInputElement>("live-file");
    const choose = (...files: File[]) => fireEvent.change(input, { target: { files } });
    choose(...Array.from({ length: 11 }, (_, n) => new File(["x"], `${n}.png`)));
    expect(screen.getByRole("alert").textContent).toContain("11 files");
    expect(inputs().some(({ type }) => type === "files")).toBe(false);
    choose(new File([new Uint8Array(40_000)], "a.png", { type: "image/png" }));
    const pieces = () => line().sent.filter((one) => one instanceof Uint8Array).length;
    await waitFor(() => expect(pieces()).toBe(2));
    await waitFor(() => expect(screen.getByText("Sending: 100 %")).toBeTruthy());
    await say(request);
    await waitFor(() => expect(pieces()).toBe(4));
    expect(inputs().filter(({ type }) => type === "files")).toHaveLength(2);
    await say({ type: "files_over", id: 9 });
    expect(screen.queryByTestId("live-files")).toBeNull();
  });

  it("what was typed into a dialog is still there after a cut", async () => {
    await open();
    const request = { type: "dialog", id: 2, kind: "prompt", message: "Name?", value: "", host: "a.example" };
    await say(request);
    fireEvent.change(screen.getByLabelText("Name?"), { target: { value: "half" } });
    await say({ type: "welcome", heard: 0, role: "control", window: false }, request);
    expect(screen.getByLabelText<HTMLInputElement>("Name?").value).toBe("half");
  });

  it("a menu with what applies: no copying of a password", async () => {
    await open();
    await say({ type: "menu", x: 5, y: 5, selection: true, editable: true, password: true });
    const names = screen.getAllByRole("menuitem").map((item) => item.textContent);
    expect(names).toEqual(["Paste", "Select all", "Back", "Reload"]);
    fireEvent.keyDown(document.activeElement!, { key: "ArrowUp" });
    expect(document.activeElement?.textContent).toBe("Reload");
    fireEvent.click(screen.getByRole("menuitem", { name: "Paste" }));
    await waitFor(() => expect(last()).toEqual({ type: "edit", action: "paste", text: "from here" }));
    expect(screen.queryByRole("menu")).toBeNull();
    await say({ type: "menu", x: 5, y: 5, selection: true, editable: false, password: false });
    fireEvent.click(screen.getByRole("menuitem", { name: "Copy" }));
    expect(last()).toEqual({ type: "edit", action: "copy" });
  });

  it("suggestions: the arrow keys go through them while the focus stays in the field", async () => {
    await open();
    await say({ type: "focus", page: 1, field: { kind: "email", inputMode: null, autocomplete: null, label: "E-mail", multiline: false, empty: true, suggestions: ["a@x", "b@x"], ...box } });
    const field = screen.getByLabelText("E-mail");
    field.focus();
    expect(field.getAttribute("role")).toBe("combobox");
    const before = inputs().length;
    fireEvent.keyDown(field, { key: "ArrowDown" });
    fireEvent.keyDown(field, { key: "ArrowDown" });
    const options = screen.getAllByRole("option");
    expect(field.getAttribute("aria-activedescendant")).toBe(options[1]!.id);
    fireEvent.keyDown(field, { key: "Enter" });
    expect(inputs().slice(before)).toEqual([
      { type: "edit", action: "select_all" },
      { type: "text", text: "b@x" },
    ]);
    expect(screen.queryByRole("listbox")).toBeNull();
    fireEvent.keyDown(field, { key: "ArrowDown" });
    expect(last()).toMatchObject({ type: "key", key: "ArrowDown" });
  });
});

describe("what the picture does not show", () => {
  it("notices are said, told to the page around, and dismissed", async () => {
    await open();
    await say({ type: "notice", kind: "passkey", what: null }, { type: "notice", kind: "permission_denied", what: "camera" });
    const region = screen.getByTestId("live-notices");
    expect(region.getAttribute("role")).toBe("status");
    expect(region.textContent).toContain("choose another way");
    expect(region.textContent).toContain("the camera");
    expect(notices).toEqual([["passkey", null], ["permission_denied", "camera"]]);
    fireEvent.click(within(region).getAllByRole("button", { name: "Dismiss" })[0]!);
    expect(region.textContent).not.toContain("passkey");
  });

  it("a site that did not come: a page of ours, with a way back and another try", async () => {
    await open();
    await say({ type: "site", page: 1, error: { kind: "certificate", code: "ERR_CERT_DATE_INVALID", host: "login.example" } });
    const page = screen.getByTestId("live-site");
    expect(page.textContent).toContain("login.example cannot prove that it is itself");
    expect(screen.getByTestId("live-host").textContent).toContain("login.example");
    fireEvent.click(within(page).getByRole("button", { name: "Try again" }));
    expect(last()).toEqual({ type: "navigate", action: "reload" });
    await say({ type: "site", page: 1, error: null });
    expect(screen.queryByTestId("live-site")).toBeNull();
  });

  it("what was copied there is on the clipboard; where the browser wants a click, there is a button", async () => {
    await open();
    await say({ type: "copied", text: "ABC" });
    expect(copied).toEqual(["ABC"]);
    expect(screen.queryByTestId("live-copied")).toBeNull();
    vi.spyOn(navigator.clipboard, "writeText").mockRejectedValueOnce(new Error("no"));
    await say({ type: "copied", text: "DEF" });
    fireEvent.click(await screen.findByRole("button", { name: "Copy to my clipboard" }));
    await waitFor(() => expect(copied).toEqual(["ABC", "DEF"]));
    await waitFor(() => expect(screen.queryByTestId("live-copied")).toBeNull());
  });

  it("says that it reconnects, and keeps what is there", async () => {
    await open();
    await act(async () => line().onclose?.({ code: 1006 }));
    expect(screen.getByTestId("live-status").textContent).toContain("Reconnecting");
    expect(screen.getByTestId("live-host").textContent).toContain("login.example");
  });

  it("asks for a page as large as there is room; a window on somebody's screen keeps its size", async () => {
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
    await open();
    expect(inputs()).toEqual([{ type: "resize", width: 800, height: 600, scale: 1, touch: false }]);
    cleanup();
    Line.all = [];
    await open("control", "en", { window: true });
    expect(inputs()).toEqual([]);
  });

  it("the end is told", async () => {
    await open();
    await say({ type: "ended" });
    expect(ended).toBe(1);
  });
});

describe("who has the control", () => {
  it("waits, asks, is told no, and gets it", async () => {
    await open("waiting");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reload" }).disabled).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "Use it here" }));
    expect(line().sent.at(-1)).toEqual({ type: "knock" });
    const hello = line().sent[0] as { viewer: string };
    await say({ type: "knock_over", viewer: hello.viewer });
    expect(screen.getByTestId("live-roles").textContent).toContain("said no");
    await say({ type: "role", role: "control" });
    expect(screen.getByTestId("live-roles").textContent).toBe("");
    expect(said()).toBe("You have the control now.");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reload" }).disabled).toBe(false);
  });

  it("is asked, and goes on meanwhile", async () => {
    await open();
    await say({ type: "knock", viewer: "other", device: "phone" });
    expect(screen.getByTestId("live-knock").textContent).toContain("A phone wants to take over");
    fireEvent.click(screen.getByRole("button", { name: "Let it take over" }));
    expect(line().sent.at(-1)).toEqual({ type: "admit", viewer: "other", yes: true });
    expect(screen.queryByTestId("live-knock")).toBeNull();
  });

  it("the field in focus keeps its type, its hint and its name for a password manager, whatever is drawn anew", async () => {
    await open();
    const about = () => {
      const { type, autocomplete, name } = document.activeElement as HTMLInputElement;
      return [type, autocomplete, name];
    };
    await say({ type: "focus", page: 1, field: { kind: "tel", inputMode: null, autocomplete: "username", label: "Phone", multiline: false, empty: true, suggestions: null, ...box } });
    act(() => document.querySelector<HTMLElement>(".live-field:not([hidden])")?.focus());
    expect(about()).toEqual(["tel", "username", "username"]);
    await say({ type: "role", role: "view" });
    await say({ type: "role", role: "control" });
    act(() => document.querySelector<HTMLElement>(".live-field:not([hidden])")?.focus());
    expect(about()).toEqual(["tel", "username", "username"]);
  });

  it("who only watches can do nothing to the page", async () => {
    await open("view");
    expect(screen.getByTestId("live-roles").textContent).toContain("You are watching.");
    for (const field of document.querySelectorAll(".live-field")) expect(field.matches(":disabled")).toBe(true);
  });
});

describe("leaving by keyboard", () => {
  it("Escape twice in the picture; the first goes to the page", async () => {
    await open();
    const field = screen.getByLabelText("Page", { selector: "textarea" });
    field.focus();
    fireEvent.keyDown(field, { key: "Escape", code: "Escape" });
    expect(last()).toMatchObject({ type: "key", key: "Escape" });
    fireEvent.keyDown(field, { key: "Escape", code: "Escape" });
    expect(left).toBe(1);
    expect(said()).toBe("You have left the live view.");
  });

  it("elsewhere in the view once does nothing to the modal around, and says how", async () => {
    await open();
    const outside = vi.fn();
    document.addEventListener("keydown", outside, { capture: true });
    const button = screen.getByTestId("live-simple");
    fireEvent.keyDown(button, { key: "Escape" });
    expect(said()).toBe("Press Escape once more to leave the live view.");
    fireEvent.keyDown(button, { key: "Escape" });
    document.removeEventListener("keydown", outside, { capture: true });
    expect(outside).not.toHaveBeenCalled();
    expect(left).toBe(1);
  });

  it("and there is a button for it", async () => {
    await open("control", "pt-BR");
    fireEvent.click(screen.getByRole("button", { name: "Sair da visualização (pressione Esc duas vezes)" }));
    expect(left).toBe(1);
  });
});

describe("Simple", () => {
  const field = (part: Partial<FormField>): FormField => ({ id: 1, kind: "text", label: "Name", name: "", ...part });
  const form = (part: object = {}) => ({
    type: "form",
    page: 1,
    form: 3,
    faithful: true,
    why: null,
    title: "Sign in",
    texts: ["Welcome"],
    fields: [
      field({ id: 1, kind: "email", label: "E-mail", name: "email", value: "", autocomplete: "username", required: true }),
      field({ id: 2, kind: "password", label: "Password", name: "pw", value: "", error: "Wrong" }),
      field({ id: 3, kind: "checkbox", label: "Remember", checked: true }),
      field({ id: 4, kind: "select", label: "Country", options: [{ value: "0", label: "Brazil", group: null, disabled: false, selected: true }, { value: "1", label: "Spain", group: null, disabled: false, selected: false }] }),
      field({ id: 5, kind: "radio", label: "SMS", group: "Way" }),
    ],
    buttons: [{ id: 1, label: "Sign in", main: true, disabled: false }, { id: 2, label: "Help", main: false, disabled: false }],
    alerts: [] as string[],
    ...part,
  });
  const fills = () => inputs().filter(({ type }) => type === "fill" || type === "press");

  async function simple(message = form()) {
    await open();
    fireEvent.click(screen.getByTestId("live-simple"));
    expect(line().sent.at(-1)).toEqual({ type: "simple", on: true });
    await say(message);
  }

  it("is the page's form as a plain one, for password managers and screen readers", async () => {
    await simple();
    const email = screen.getByLabelText<HTMLInputElement>(/E-mail/);
    expect([email.type, email.autocomplete, email.inputMode, email.name, email.required]).toEqual(["email", "username", "email", "email", true]);
    const password = screen.getByLabelText<HTMLInputElement>("Password", { selector: "[data-field]" });
    expect([password.type, password.autocomplete]).toEqual(["password", "current-password"]);
    expect(password.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(password.getAttribute("aria-describedby")!)!.textContent).toBe("Wrong");
    expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Remember" }).checked).toBe(true);
    expect(screen.getByRole("group", { name: "Way" })).toBeTruthy();
    await say(form({ alerts: ["Two tries are left"], texts: ["Welcome", "Two tries are left", "Help"] }));
    expect(screen.getAllByText("Two tries are left")).toHaveLength(1);
    expect(screen.getAllByText("Help")).toHaveLength(1);
    expect(within(screen.getByTestId("live-form")).getByRole("alert").textContent).toBe("Two tries are left");
  });

  it("fills as one types, all of it before the button, and Enter presses the main one", async () => {
    await simple();
    fireEvent.input(screen.getByLabelText(/E-mail/), { target: { value: "ana@x" } });
    const password = screen.getByLabelText<HTMLInputElement>("Password", { selector: "[data-field]" });
    fireEvent.input(password, { target: { value: "s3c" } });
    fireEvent.input(password, { target: { value: "s3cret" } });
    fireEvent.click(screen.getByRole("checkbox", { name: "Remember" }));
    fireEvent.change(screen.getByLabelText("Country"), { target: { value: "1" } });
    fireEvent.click(screen.getByRole("radio", { name: "SMS" }));
    expect(document.body.innerHTML).not.toContain("s3c");
    fireEvent.keyDown(password, { key: "Enter" });
    expect(fills()).toEqual([
      { type: "fill", form: 3, field: 3, checked: false },
      { type: "fill", form: 3, field: 4, values: ["1"] },
      { type: "fill", form: 3, field: 5, checked: true },
      { type: "fill", form: 3, field: 1, text: "ana@x" },
      { type: "fill", form: 3, field: 2, text: "s3cret" },
      { type: "press", form: 3, button: 1 },
    ]);
    fireEvent.click(screen.getByRole("button", { name: "Help" }));
    expect(last()).toEqual({ type: "press", form: 3, button: 2 });
  });

  it("a form that is sent anew moves nobody's caret, and takes nothing from under their fingers", async () => {
    await simple();
    const email = screen.getByLabelText<HTMLInputElement>(/E-mail/);
    email.focus();
    fireEvent.input(email, { target: { value: "ana@exam" } });
    const again = form();
    again.fields[0] = { ...again.fields[0]!, value: "ana" };
    await say(again);
    expect(document.activeElement).toBe(email);
    expect(email.value).toBe("ana@exam");
    email.blur();
    await say(again);
    expect(email.value).toBe("ana@exam"); // an echo of what was typed before
    again.fields[0] = { ...again.fields[0], value: "ana@exam" };
    await say(again);
    again.fields[0] = { ...again.fields[0], value: "ANA@EXAM" };
    await waitFor(async () => {
      await say({ ...again });
      expect(email.value).toBe("ANA@EXAM");
    }, { timeout: 5000 });
  });

  it("a form that was on its way while one ticks or chooses takes neither back", async () => {
    await simple();
    const before = form();
    before.fields.push(field({ id: 6, kind: "radio", label: "App", group: "Way", checked: true }));
    await say(before);
    const remember = screen.getByRole<HTMLInputElement>("checkbox", { name: "Remember" });
    const [sms, app] = ["SMS", "App"].map((name) => screen.getByRole<HTMLInputElement>("radio", { name }));
    fireEvent.click(remember);
    fireEvent.click(sms!);
    await say({ ...before, alerts: ["Read before it came there"] });
    expect([remember.checked, sms!.checked, app!.checked]).toEqual([false, true, false]);
    // What the page makes of it counts after a moment.
    await waitFor(async () => {
      await say({ ...before, fields: [...before.fields] });
      expect([remember.checked, app!.checked]).toEqual([true, true]);
    }, { timeout: 5000 });
  });

  it("a password that the page has emptied is emptied here", async () => {
    await simple();
    const password = screen.getByLabelText<HTMLInputElement>("Password", { selector: "[data-field]" });
    fireEvent.input(password, { target: { value: "wrong" } });
    await say(form({ alerts: ["Read before it came there"] }));
    expect(password.value).toBe("wrong");
    const filled = form();
    delete filled.fields[1]!.value;
    await say(filled);
    expect(password.value).toBe("wrong");
    await say(form());
    expect(password.value).toBe("");
  });

  it("another form: whoever was in a field is in the same one", async () => {
    await simple();
    screen.getByLabelText<HTMLInputElement>("Password", { selector: "[data-field]" }).focus();
    await say(form({ form: 4 }));
    expect((document.activeElement as HTMLElement).dataset.field).toBe("2");
    expect(last()).toEqual({ type: "focus", form: 4, field: 2 });
  });

  it("says why where it cannot, and goes when it is switched off", async () => {
    await simple(form({ form: null, faithful: false, why: "captcha", fields: [], buttons: [] }));
    expect(screen.getByTestId("live-form").textContent).toContain("see that you are a person");
    expect(screen.getByTestId("live-canvas")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Show the picture only" }));
    expect(screen.queryByTestId("live-form")).toBeNull();
    expect(line().sent.at(-1)).toEqual({ type: "simple", on: false });
  });
});
