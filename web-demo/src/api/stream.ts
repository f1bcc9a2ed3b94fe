import { createParser } from "eventsource-parser";

/** One server-sent event, as it came. */
export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: string;
}

export type LinkStatus = "connecting" | "open" | "lost" | "ended" | "locked";

export interface Following {
  url: string | (() => string);
  headers?: () => Record<string, string>;
  /** The id of the newest event that is known already. */
  after?: string;
  onEvent: (event: StreamEvent) => void;
  onStatus: (status: LinkStatus) => void;
  /** Replaced by tests. */
  fetch?: typeof fetch;
  /** The longest pause between two attempts. */
  capMs?: number;
  /** No byte for so long means that the line is dead (the service sends a comment every 15 s). */
  silenceMs?: number;
}

/** The pause before attempt `n` (0 = the first after a loss): doubling from 250 ms, capped. */
export function pause(n: number, capMs = 5000): number {
  return Math.min(capMs, 250 * 2 ** Math.min(n, 16));
}

/** The service says something at least so often; a line that was silent for longer while another one broke is doubtful. */
const DOUBTFUL_MS = 16_000;
/** And so is an attempt that had no answer by then. */
const ANSWER_MS = 1000;

export interface Followed {
  stop: () => void;
  /** Something else says that the service can be reached: no pause is waited out, and a line that may be dead is made anew. */
  retry: () => void;
}

/**
 * Follows an event stream for ever: resumes after the last event seen (`Last-Event-ID`), so nothing is lost or
 * doubled; ends only on 204 (all was seen), 401 (locked) or when it is stopped.
 */
export function follow(options: Following): Followed {
  const { capMs = 5000, silenceMs = 40_000 } = options;
  const request = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  let stopped = false;
  let lastId = options.after;
  let failures = 0;
  let wake: (() => void) | undefined;
  let cut: (() => void) | undefined;
  let quietSince = 0;
  let mayBeQuietMs = 0;

  const say = (status: LinkStatus) => {
    if (!stopped) options.onStatus(status);
  };

  /** One connection from beginning to end. True: go on with another. */
  async function once(): Promise<boolean> {
    const abort = new AbortController();
    let openedAt: number | undefined;
    // A stream that opens and dies at once is a failed attempt too, or a broken proxy would be hammered.
    const lived = () => openedAt !== undefined && Date.now() - openedAt >= 1000;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const alive = (ms: number) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), ms);
    };
    cut = () => abort.abort();
    quietSince = Date.now();
    mayBeQuietMs = ANSWER_MS;
    try {
      alive(10_000);
      const url = typeof options.url === "function" ? options.url() : options.url;
      const response = await request(url, {
        headers: {
          Accept: "text/event-stream",
          ...(lastId === undefined ? {} : { "Last-Event-ID": lastId }),
          ...options.headers?.(),
        },
        cache: "no-store",
        signal: abort.signal,
      });
      if (response.status === 204) {
        say("ended");
        return false;
      }
      if (response.status === 401) {
        say("locked");
        return false;
      }
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      openedAt = quietSince = Date.now();
      mayBeQuietMs = DOUBTFUL_MS;
      say("open");
      alive(silenceMs);
      const parser = createParser({
        onEvent: (event) => {
          if (event.id !== undefined) lastId = event.id;
          if (!stopped) options.onEvent({ id: event.id, event: event.event ?? "message", data: event.data });
        },
      });
      const reader = response.body.getReader();
      const text = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || stopped) {
          failures = lived() ? 0 : failures + 1;
          return true;
        }
        alive(silenceMs);
        quietSince = Date.now();
        parser.feed(text.decode(value, { stream: true }));
      }
    } catch {
      failures = lived() ? 1 : failures + 1;
      say("lost");
      return true;
    } finally {
      clearTimeout(watchdog);
      cut = undefined;
      abort.abort();
    }
  }

  const online = () => {
    failures = 0;
    if (wake) wake();
    // It may be of the network that was gone.
    else if (Date.now() - quietSince > mayBeQuietMs) cut?.();
  };
  const offline = () => cut?.();
  if (typeof window !== "undefined") {
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
  }

  void (async () => {
    say("connecting");
    while (!stopped && (await once())) {
      if (stopped) break;
      const wait = failures === 0 ? 50 : pause(failures - 1, capMs);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
  })();

  const stop = () => {
    stopped = true;
    if (typeof window !== "undefined") {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
    }
    cut?.();
    wake?.();
  };
  return { stop, retry: online };
}
