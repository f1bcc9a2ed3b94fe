import { vi } from "vitest";
import type { Integration, Login } from "@/api/types";
import { integration, later } from "./samples";

/** Stands in for the service: answers `fetch`, and tells events on the user's stream. */
export class FakeService {
  integrations: Integration[] = [integration()];
  login: Login | null = null;
  told: { id: number; event: string; data: Record<string, unknown> }[] = [];
  readonly calls: string[] = [];
  /** Answers instead of the usual ones, by "METHOD /path". */
  readonly answers = new Map<string, () => Response>();
  private streams: ReadableStreamDefaultController<Uint8Array>[] = [];
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
  tell(type: string, extra: Record<string, unknown> = {}, state?: Login["state"]): void {
    if (!this.login) throw new Error("no login");
    const at = later((this.clock += 1));
    if (state) this.login = { ...this.login, state, enteredAt: at, version: this.login.version + 1 };
    const data = { type, at, loginId: this.login.id, connectionId: this.login.connectionId, ...extra };
    this.told.push({ id: this.login.version, event: type, data });
    this.send(type, data);
  }

  send(type: string, data: object): void {
    this.id += 1;
    const bytes = new TextEncoder().encode(`id: ${this.id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const stream of this.streams) stream.enqueue(bytes);
  }

  cut(): void {
    for (const stream of this.streams.splice(0)) stream.error(new Error("cut"));
  }

  private fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), "http://localhost"), init);
    const call = `${request.method} ${new URL(request.url).pathname.replace(/^\/api/, "")}`;
    this.calls.push(call);
    const special = this.answers.get(call);
    if (special) return special();
    const json = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
    const loginPath = this.login ? `/logins/${this.login.id}` : "-";
    switch (call) {
      case "GET /integrations":
        return json({ integrations: this.integrations });
      case "GET /events":
        return new Response(new ReadableStream<Uint8Array>({ start: (stream) => void this.streams.push(stream) }));
      case `GET ${loginPath}`:
      case `POST ${loginPath}/finish`:
      case `POST ${loginPath}/cancel`:
        return json(this.login);
      case `GET ${loginPath}/events`:
        return json({ events: this.told });
      case `POST ${loginPath}/live-ticket`:
        return json({ ticket: "t", protocol: "staylogged.live.v1", expiresAt: later(30), url: "" }, 201);
    }
    return json({ title: "There is no such thing", status: 404, type: "x" }, 404);
  };
}

/** A live view that shows nothing. */
class SilentSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "";
  close() {}
  send() {}
}

export function problem(status: number, title: string, more: object = {}): () => Response {
  return () =>
    new Response(JSON.stringify({ type: "urn:staylogged:problem:x", title, status, ...more }), {
      status,
      headers: { "Content-Type": "application/problem+json" },
    });
}
