// @vitest-environment jsdom

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LinkStatus, type StreamEvent, follow, pause } from "@/api/stream";

/** A service whose answers are written by the test. */
class Service {
  readonly asked: (string | undefined)[] = [];
  private readonly answers: (() => Response)[] = [];
  streams: ReadableStreamDefaultController<Uint8Array>[] = [];

  answerWith(status: number) {
    this.answers.push(() => new Response(null, { status }));
  }

  refuse() {
    this.answers.push(() => {
      throw new TypeError("Failed to fetch");
    });
  }

  stream(first = "") {
    this.answers.push(() => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.streams.push(controller);
          if (first) controller.enqueue(new TextEncoder().encode(first));
        },
      });
      return new Response(body, { status: 200 });
    });
  }

  say(text: string) {
    this.streams.at(-1)?.enqueue(new TextEncoder().encode(text));
  }

  fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    this.asked.push((init?.headers as Record<string, string>)["Last-Event-ID"]);
    const answer = this.answers.shift();
    if (!answer) {
      return new Promise<Response>((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    }
    const response = answer();
    init?.signal?.addEventListener("abort", () => {
      try {
        this.streams.at(-1)?.error(new Error("aborted"));
      } catch {
        // Closed already.
      }
    });
    return response;
  };
}

let service: Service;
let events: StreamEvent[];
let statuses: LinkStatus[];
let stop: () => void;
let retry: () => void;

const start = () => {
  ({ stop, retry } = follow({
    url: "http://service.test/api/events",
    onEvent: (event) => events.push(event),
    onStatus: (status) => statuses.push(status),
    fetch: service.fetch as typeof fetch,
  }));
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  service = new Service();
  events = [];
  statuses = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("following an event stream", () => {
  it("tells events, whatever pieces they come in", async () => {
    service.stream(': hi\n\nid: 1\nevent: snapshot\ndata: {"a"');
    start();
    await pass(0);
    service.say(":1}\n\nid: 2\nevent: lau");
    service.say("nching\ndata: x\n\n");
    await pass(0);
    expect(events).toEqual([
      { id: "1", event: "snapshot", data: '{"a":1}' },
      { id: "2", event: "launching", data: "x" },
    ]);
    expect(statuses).toEqual(["connecting", "open"]);
  });

  it("resumes after the last event seen", async () => {
    service.stream("id: 41\nevent: a\ndata: 1\n\n");
    service.stream("id: 42\nevent: b\ndata: 2\n\n");
    start();
    await pass(2000);
    service.streams[0]?.error(new Error("reset"));
    await pass(300);
    expect(service.asked).toEqual([undefined, "41"]);
    expect(events.map((event) => event.id)).toEqual(["41", "42"]);
    expect(statuses).toEqual(["connecting", "open", "lost", "open"]);
  });

  it("a stream that ends well is resumed without saying that the line is lost", async () => {
    service.stream("id: 7\nevent: a\ndata: 1\n\n");
    service.stream();
    start();
    await pass(2000);
    service.streams[0]?.close();
    await pass(100);
    expect(service.asked).toEqual([undefined, "7"]);
    expect(statuses).not.toContain("lost");
  });

  it("waits longer after each failure, five seconds at most, and goes on", async () => {
    expect([0, 1, 2, 3, 4, 5, 99].map((n) => pause(n))).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    for (let n = 0; n < 8; n += 1) service.refuse();
    service.answerWith(502);
    service.stream();
    start();
    await pass(250 + 500 + 1000 + 2000 + 4000);
    expect(service.asked).toHaveLength(6);
    await pass(4 * 5000);
    expect(service.asked).toHaveLength(10);
    expect(statuses.at(-1)).toBe("open");
  });

  it("204 ends it, 401 locks it: nothing is asked again", async () => {
    service.answerWith(204);
    start();
    await pass(60_000);
    expect(statuses).toEqual(["connecting", "ended"]);
    stop();
    service.answerWith(401);
    start();
    await pass(60_000);
    expect(statuses.at(-1)).toBe("locked");
    expect(service.asked).toHaveLength(2);
  });

  it("a line that says nothing at all is taken for dead; a comment keeps it", async () => {
    service.stream("id: 3\nevent: a\ndata: 1\n\n");
    service.stream();
    start();
    await pass(30_000);
    service.say(": still here\n\n");
    await pass(30_000);
    expect(service.asked).toHaveLength(1);
    await pass(15_000);
    expect(service.asked).toEqual([undefined, "3"]);
  });

  it("goes on at once when the network is back", async () => {
    for (let n = 0; n < 6; n += 1) service.refuse();
    service.stream();
    start();
    await pass(250 + 500 + 1000 + 2000 + 4000 + 1);
    expect(service.asked).toHaveLength(6);
    window.dispatchEvent(new Event("online"));
    await pass(1);
    expect(service.asked).toHaveLength(7);
    expect(statuses.at(-1)).toBe("open");
  });

  it("goes on at once when something else says that the service can be reached", async () => {
    for (let n = 0; n < 6; n += 1) service.refuse();
    service.stream("id: 9\nevent: a\ndata: 1\n\n");
    service.stream();
    start();
    await pass(250 + 500 + 1000 + 2000 + 4000 + 1);
    retry();
    await pass(1);
    expect(service.asked).toHaveLength(7);
    expect(statuses.at(-1)).toBe("open");
    // One that spoke a moment ago is let be; one that has been silent for longer than it may is made anew.
    await pass(10_000);
    retry();
    await pass(1000);
    expect(service.asked).toHaveLength(7);
    await pass(8_000);
    retry();
    await pass(300);
    expect(service.asked.at(-1)).toBe("9");
    expect(statuses.at(-1)).toBe("open");
  });

  it("an attempt that hangs when the network is back is begun anew", async () => {
    service.refuse();
    start();
    await pass(250);
    expect(service.asked).toHaveLength(2);
    await pass(3000);
    service.stream();
    retry();
    await pass(300);
    expect(statuses.at(-1)).toBe("open");
  });

  it("says nothing more once it was stopped", async () => {
    service.stream();
    start();
    await pass(0);
    stop();
    await pass(60_000);
    expect(service.asked).toHaveLength(1);
    expect(statuses).toEqual(["connecting", "open"]);
  });
});
