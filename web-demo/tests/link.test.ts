import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "@/live/frame";
import { LiveLink, type LiveStatus, type Tabs } from "@/live/link";

class Socket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  constructor(readonly protocols: string[]) {}
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(data: unknown) {
    this.onmessage?.({ data });
  }
  lose() {
    this.readyState = 3;
    this.onclose?.();
  }
}

let sockets: Socket[];
let statuses: LiveStatus[];
let frames: Frame[];
let tabs: Tabs[];
let tickets: number;
let refuseTickets: boolean;
let link: LiveLink;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const socket = () => sockets.at(-1)!;

beforeEach(async () => {
  vi.useFakeTimers();
  [sockets, statuses, frames, tabs, tickets, refuseTickets] = [[], [], [], [], 0, false];
  link = new LiveLink({
    ticket: async () => {
      tickets += 1;
      if (refuseTickets) throw new Error("not now");
      return { ticket: `t${tickets}`, protocol: "staylogged.live.v1" };
    },
    url: () => new URL("ws://service.test/api/logins/lgn_1/live"),
    onFrame: (frame) => frames.push(frame),
    onTabs: (now) => tabs.push(now),
    onStatus: (status) => statuses.push(status),
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
  it("offers the protocol and a ticket, and sends input as JSON while it is open", () => {
    expect(socket().protocols).toEqual(["staylogged.live.v1", "ticket.t1"]);
    expect(link.send({ type: "text", text: "a" })).toBe(false);
    socket().open();
    expect(link.send({ type: "text", text: "a" })).toBe(true);
    expect(socket().sent).toEqual(['{"type":"text","text":"a"}']);
  });

  it("comes back with a new ticket each time, waiting longer each time", async () => {
    socket().open();
    socket().say('{"type":"tabs","open":[{"id":1,"url":"http://a/","title":"A"}],"front":1}');
    socket().lose();
    expect(statuses).toEqual(["open", "lost"]);
    await pass(250);
    expect(socket().protocols[1]).toBe("ticket.t2");
    refuseTickets = true;
    socket().lose();
    await pass(500 + 1000);
    expect(tickets).toBe(4);
    await pass(1999);
    expect(tickets).toBe(4);
    refuseTickets = false;
    await pass(1);
    socket().open();
    expect(statuses.at(-1)).toBe("open");
    expect(tabs).toHaveLength(1);
  });

  it("ends when the service says so, and stays ended", async () => {
    socket().open();
    socket().say('{"type":"ended"}');
    await pass(60_000);
    expect(statuses).toEqual(["open", "ended"]);
    expect(sockets).toHaveLength(1);
  });

  it("leaves out what it does not know", () => {
    socket().open();
    socket().say("{");
    socket().say('{"type":"something-new"}');
    socket().say(new ArrayBuffer(3));
    expect(frames).toEqual([]);
    expect(statuses).toEqual(["open"]);
  });

  it("begins anew at once when asked to", async () => {
    socket().open();
    const old = socket();
    link.restart();
    await pass(0);
    expect(old.readyState).toBe(3);
    expect(sockets).toHaveLength(2);
  });
});
