// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "@/live/frame";
import { LiveLink, type LiveStatus } from "@/live/link";
import type { ServerMessage } from "@/live/protocol";

class Socket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  constructor(readonly protocols: string[]) {}
  send(data: string | Uint8Array) {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : data);
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message: object | string | ArrayBuffer) {
    this.onmessage?.({ data: typeof message === "object" && !(message instanceof ArrayBuffer) ? JSON.stringify(message) : message });
  }
  welcome(heard = 0, role = "control") {
    this.open();
    this.say({ type: "welcome", heard, role, window: false });
  }
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  get inputs() {
    return this.sent.filter((one): one is { n: number; input: { text: string } } => (one as { type?: string }).type === "input");
  }
}

let sockets: Socket[];
let statuses: LiveStatus[];
let frames: Frame[];
let messages: ServerMessage[];
let dropped: number;
let tickets: number;
let refuseTickets: boolean;
let hangTickets: boolean;
let link: LiveLink;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const socket = () => sockets.at(-1)!;
const type = (text: string) => link.send({ type: "text", text });

beforeEach(async () => {
  vi.useFakeTimers();
  [sockets, statuses, frames, messages, dropped, tickets, refuseTickets, hangTickets] = [[], [], [], [], 0, 0, false, false];
  link = new LiveLink({
    ticket: async () => {
      tickets += 1;
      if (refuseTickets) throw new Error("not now");
      if (hangTickets) await new Promise(() => undefined);
      return { ticket: `t${tickets}` };
    },
    url: () => new URL("ws://service.test/api/logins/lgn_1/live"),
    viewer: "0b2f7c1e-0000-4000-8000-000000000001",
    device: "computer",
    onFrame: (frame) => frames.push(frame),
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
    onDropped: () => (dropped += 1),
    socket: (_, protocols) => {
      const made = new Socket(protocols);
      sockets.push(made);
      return made as unknown as WebSocket;
    },
  });
  await pass(0);
});
afterEach(() => {
  link.close();
  vi.useRealTimers();
});

describe("the live view's line", () => {
  it("offers the protocol and a ticket, says who it is, and numbers inputs once it is welcome", () => {
    expect(socket().protocols).toEqual(["staylogged.live.v2", "ticket.t1"]);
    socket().open();
    expect(socket().sent).toEqual([
      { type: "hello", viewer: "0b2f7c1e-0000-4000-8000-000000000001", device: "computer" },
    ]);
    type("a");
    expect(socket().inputs).toEqual([]);
    expect(statuses).toEqual([]);
    socket().say({ type: "welcome", heard: 16, role: "control", window: false });
    expect(statuses).toEqual(["open"]);
    expect(socket().inputs).toEqual([{ type: "input", n: 17, input: { type: "text", text: "a" } }]);
  });

  it("acknowledges pictures, and asks for control and for the form", () => {
    link.seen(3);
    socket().welcome(0, "waiting");
    link.seen(258);
    link.knock();
    link.admit("v", true);
    link.simple(true);
    expect(socket().sent.slice(1)).toEqual([
      { type: "seen", sequence: 258 },
      { type: "knock" },
      { type: "admit", viewer: "v", yes: true },
      { type: "simple", on: true },
    ]);
  });

  it("comes back with a new ticket each time, and soon enough to be back within a second of the network", async () => {
    socket().welcome();
    await pass(1500);
    socket().lose();
    expect(statuses).toEqual(["open", "lost"]);
    await pass(250);
    expect(socket().protocols[1]).toBe("ticket.t2");
    refuseTickets = true;
    socket().lose();
    await pass(500 + 700 + 700);
    expect(tickets).toBe(5);
    refuseTickets = false;
    await pass(700);
    socket().welcome();
    expect(statuses).toEqual(["open", "lost", "open"]);
  });

  it("is tried less often once it has been down for half a minute", async () => {
    socket().welcome();
    refuseTickets = true;
    socket().lose();
    await pass(60_000);
    const before = tickets;
    await pass(20_000);
    expect(tickets - before).toBe(10);
  });

  it("says so when what was typed is not answered and nothing else comes; an answer takes it back, on the same line", async () => {
    socket().welcome();
    type("a");
    await pass(1000);
    expect(statuses).toEqual(["open"]);
    await pass(600);
    expect(statuses).toEqual(["open", "lost"]);
    socket().say({ type: "heard", n: 1 });
    expect(statuses).toEqual(["open", "lost", "open"]);
    expect(sockets).toHaveLength(1);
  });

  it("is not still where pictures come, nor where nothing was typed", async () => {
    socket().welcome();
    await pass(3000);
    type("a");
    for (let n = 0; n < 6; n += 1) {
      await pass(1000);
      socket().say({ type: "alive" });
    }
    expect(statuses).toEqual(["open"]);
  });

  it("loses and doubles nothing over a cut: the unheard go again, and what was typed meanwhile after them", async () => {
    socket().welcome();
    for (const letter of "abc") type(letter);
    socket().say({ type: "heard", n: 1 });
    socket().lose();
    type("d");
    await pass(250);
    socket().welcome(2);
    expect(socket().inputs.map(({ n, input }) => [n, input.text])).toEqual([
      [3, "c"],
      [4, "d"],
    ]);
  });

  it("what was typed into a line that was down for too long is dropped, and said", async () => {
    socket().welcome();
    socket().lose(1012);
    refuseTickets = true;
    type("a");
    await pass(61_000);
    refuseTickets = false;
    await pass(2000);
    socket().welcome();
    expect(dropped).toBe(1);
    expect(socket().inputs).toEqual([]);
  });

  it("says that it reconnects after ten seconds of silence, and makes a new line at once", async () => {
    socket().welcome();
    for (let n = 0; n < 5; n += 1) {
      await pass(4000);
      socket().say({ type: "alive" });
    }
    expect(statuses).toEqual(["open"]);
    await pass(9_999);
    expect(statuses).toEqual(["open"]);
    await pass(1);
    expect(statuses).toEqual(["open", "lost"]);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]!.readyState).toBe(3);
  });

  it("an attempt that hangs is given up: the network may be back", async () => {
    socket().welcome();
    hangTickets = true;
    socket().lose();
    await pass(250 + 5000);
    hangTickets = false;
    await pass(5000);
    expect(sockets).toHaveLength(2);
    socket().welcome();
    expect(statuses).toEqual(["open", "lost", "open"]);
  });

  it("is made anew at once when the network is back", async () => {
    socket().welcome();
    const old = socket();
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(old.readyState).toBe(3);
    expect(sockets).toHaveLength(2);
  });

  it("is left alone when it lives, and made anew when it is down, when somebody says that the service is there", async () => {
    socket().welcome();
    link.nudge();
    await pass(0);
    expect(sockets).toHaveLength(1);
    refuseTickets = true;
    socket().lose();
    await pass(4000);
    refuseTickets = false;
    link.nudge();
    await pass(0);
    expect(sockets).toHaveLength(2);
  });

  it("ends when the service says so, and stays ended", async () => {
    socket().welcome();
    socket().say({ type: "ended" });
    await pass(60_000);
    expect(statuses).toEqual(["open", "ended"]);
    expect(sockets).toHaveLength(1);
  });

  it("ends with the close code too: the word may be lost", async () => {
    socket().welcome();
    socket().lose(1000);
    await pass(60_000);
    expect(statuses).toEqual(["open", "ended"]);
  });

  it("an input that is refused is tried once more, and not again and again", async () => {
    socket().welcome();
    type("a");
    socket().lose(4400);
    await pass(250);
    socket().welcome(0);
    expect(socket().inputs).toHaveLength(1);
    expect(dropped).toBe(0);
    socket().lose(4400);
    expect(dropped).toBe(1);
    await pass(500);
    socket().welcome(0);
    expect(socket().inputs).toEqual([]);
  });

  it("a line that is ended for another reason loses nothing", async () => {
    socket().welcome();
    type("a");
    socket().lose(4400);
    await pass(250);
    socket().welcome(0);
    socket().say({ type: "heard", n: 1 });
    type("b");
    socket().lose(4400);
    await pass(500);
    socket().welcome(1);
    expect(socket().inputs.map(({ input }) => input.text)).toEqual(["b"]);
    expect(dropped).toBe(0);
  });

  it("ends with the link that opened it, and says so", async () => {
    socket().welcome(0, "view");
    socket().lose(4410);
    await pass(60_000);
    expect(statuses).toEqual(["open", "ended"]);
  });

  it("a line that was ended for another of the same viewer gives up nothing that was typed", async () => {
    socket().welcome();
    type("a");
    for (let n = 0; n < 3; n += 1) {
      socket().lose(4409);
      await pass(700);
      socket().welcome(0);
    }
    expect(dropped).toBe(0);
    expect(socket().inputs.map(({ input }) => input.text)).toEqual(["a"]);
  });

  it("without control nothing is sent, and what waited is not another's to send", async () => {
    socket().welcome(0, "view");
    type("a");
    expect(socket().inputs).toEqual([]);
    socket().say({ type: "role", role: "control" });
    type("b");
    expect(socket().inputs).toHaveLength(1);
    socket().lose();
    type("c");
    await pass(250);
    socket().welcome(1, "waiting");
    expect(socket().inputs).toEqual([]);
  });

  it("asks for the form again on a new line", async () => {
    socket().welcome();
    link.simple(true);
    socket().lose();
    await pass(250);
    socket().welcome();
    expect(socket().sent).toContainEqual({ type: "simple", on: true });
  });

  it("leaves out what it does not know", () => {
    socket().welcome();
    for (const strange of ["{", "7", "null", '{"type":"toString"}', '{"type":"something-new"}', '{"type":"picker"}']) socket().say(strange);
    socket().say(new ArrayBuffer(3));
    expect(frames).toEqual([]);
    expect(messages).toHaveLength(1);
  });

  it("holds moves back where the service answers nothing", () => {
    socket().welcome();
    expect(link.congested).toBe(false);
    for (let n = 0; n < 400; n += 1) type("x");
    expect(link.congested).toBe(true);
    socket().say({ type: "heard", n: 400 });
    expect(link.congested).toBe(false);
  });
});
