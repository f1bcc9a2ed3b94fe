import { vi } from "vitest";
import type { Integration, Login, RecordPage, Run, Schedule, ScheduleRequest } from "@/api/types";
import { integration, later, schedule } from "./samples";

type Stream = ReadableStreamDefaultController<Uint8Array>;

/** Stands in for the service: answers `fetch`, and tells events on the user's stream and on the login's. */
export class FakeService {
  integrations: Integration[] = [integration()];
  login: Login | null = null;
  /** The user's runs, newest first. */
  runs: Run[] = [];
  /** What is answered for a connection's records. */
  records: (query: URLSearchParams) => RecordPage = () => ({ records: [], total: 0, next: null });
  /** Those of the connection, by their streams. */
  readonly schedules = new Map<string, Schedule>();
  told: { id: number; event: string; data: Record<string, unknown> }[] = [];
  readonly calls: string[] = [];
  /** The same with what was asked for. */
  readonly asked: string[] = [];
  /** What was asked with: the `Authorization` of each call. */
  readonly bearers = new Set<string | null>();
  /** The bodies of calls, by "METHOD /path". */
  readonly bodies = new Map<string, unknown>();
  /** Answers instead of the usual ones, by "METHOD /path". */
  readonly answers = new Map<string, () => Response>();
  /** What an answer waits for, by "METHOD /path". */
  readonly delays = new Map<string, Promise<void>>();
  private readonly streams: Record<"user" | "login", Stream[]> = { user: [], login: [] };
  private id = 0;
  private clock = 10;

  constructor() {
    vi.stubGlobal("fetch", this.fetch);
    vi.stubGlobal("WebSocket", SilentSocket);
    vi.stubGlobal("ResizeObserver", class {
      observe() {}
      disconnect() {}
    });
  }

  /** Tells an event of the login, and moves it. */
  tell(type: string, extra: Record<string, unknown> = {}, state?: Login["state"], part: Partial<Login> = {}): void {
    if (!this.login) throw new Error("no login");
    const at = later((this.clock += 1));
    this.login = { ...this.login, ...(state ? { state, enteredAt: at } : {}), ...part, version: this.login.version + 1 };
    const data = { type, at, loginId: this.login.id, connectionId: this.login.connectionId, ...extra };
    this.told.push({ id: this.login.version, event: type, data });
    this.sendTo("login", this.login.version, type, data);
    this.send(type, data);
  }

  send(type: string, data: object): void {
    this.id += 1;
    this.sendTo("user", this.id, type, data);
  }

  private sendTo(whose: "user" | "login", id: number, type: string, data: object): void {
    const bytes = new TextEncoder().encode(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const stream of this.streams[whose]) stream.enqueue(bytes);
  }

  cut(whose: "user" | "login"): void {
    for (const stream of this.streams[whose].splice(0)) stream.error(new Error("cut"));
  }

  followed(whose: "user" | "login"): boolean {
    return this.streams[whose].length > 0;
  }

  private fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), "http://localhost"), init);
    const call = `${request.method} ${new URL(request.url).pathname.replace(/^\/api/, "")}`;
    const streamed = request.headers.get("Accept") === "text/event-stream";
    this.calls.push(call);
    const { searchParams: query, search } = new URL(request.url);
    this.asked.push(call + search);
    this.bearers.add(request.headers.get("Authorization"));
    if (request.method === "POST" || request.method === "PUT") {
      const body = await request.text();
      this.bodies.set(call, body ? JSON.parse(body) : null);
    }
    await this.delays.get(call);
    const special = this.answers.get(call);
    if (special) return special();
    const loginPath = this.login ? `/logins/${this.login.id}` : "-";
    switch (call) {
      case "GET /integrations":
        return json({ integrations: this.integrations });
      case "GET /events":
        return this.stream("user");
      case "GET /scraper/runs":
        return this.runPage(query);
      case "GET /connections/con_1/records":
        return records(this.records(query), query.get("format"));
      case "GET /connections/con_1/schedules":
        return json({ schedules: [...this.schedules.values()] });
      case `GET ${loginPath}`:
      case `POST ${loginPath}/finish`:
      case `POST ${loginPath}/cancel`:
      case `POST ${loginPath}/account`:
        return json(this.login);
      case `GET ${loginPath}/events`:
        return streamed ? this.stream("login", Number(request.headers.get("Last-Event-ID") ?? 0)) : json({ events: this.told });
      case `POST ${loginPath}/live-ticket`:
        return json({ ticket: "t", protocol: "staylogged.live.v1", expiresAt: later(30), url: "" }, 201);
    }
    const stream = /^(?:PUT|DELETE) \/connections\/con_1\/schedules\/(\w+)$/.exec(call)?.[1];
    if (stream && request.method === "PUT") {
      const set = schedule({ stream, ...(this.bodies.get(call) as ScheduleRequest) });
      this.schedules.set(stream, set);
      return json(set);
    }
    if (stream && this.schedules.delete(stream)) return new Response(null, { status: 204 });
    return json({ title: "There is no such thing", status: 404, type: "x" }, 404);
  };

  private runPage(query: URLSearchParams): Response {
    const limit = Number(query.get("limit"));
    const begin = this.runs.findIndex(({ id }) => id === query.get("cursor")) + 1;
    const runs = this.runs.slice(begin, begin + limit);
    return json({ runs, next: this.runs.length > begin + limit ? (runs.at(-1)?.id ?? null) : null });
  }

  private stream(whose: "user" | "login", after = Infinity): Response {
    const body = new ReadableStream<Uint8Array>({ start: (stream) => void this.streams[whose].push(stream) });
    // What was missed, as the service does it.
    for (const { id, event, data } of this.told) {
      const bytes = new TextEncoder().encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (id > after) this.streams[whose].at(-1)?.enqueue(bytes);
    }
    return new Response(body);
  }
}

function records(page: RecordPage, format: string | null): Response {
  if (format === "csv") return new Response("id\r\n", { headers: { "Content-Type": "text/csv" } });
  if (format === "ndjson") return new Response(page.records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return json(page);
}

/** A live view that shows nothing. */
class SilentSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  close() {}
  send() {}
}

export function json(body: unknown, status = 200): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });
}

export function problem(status: number, title: string, more: object = {}): () => Response {
  return () =>
    new Response(JSON.stringify({ type: "urn:staylogged:problem:x", title, status, ...more }), {
      status,
      headers: { "Content-Type": "application/problem+json" },
    });
}
