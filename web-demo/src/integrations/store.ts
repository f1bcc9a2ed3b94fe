import { accessHeaders, forgetAccessKey, rememberAccessKey } from "@/api/access";
import { apiUrl } from "@/api/base";
import { integrations } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { type LinkStatus, type StreamEvent, follow } from "@/api/stream";
import type { Integration, Problem } from "@/api/types";
import { after, viewOf } from "@/login/view";
import { readUserEvent } from "./events";

export interface State {
  /** Null until the first answer. */
  integrations: Integration[] | null;
  /** The event stream: "lost" is shown as a banner. */
  link: LinkStatus;
  /** Why nothing can be shown. */
  problem: Problem | null;
  /** The service asks for an access key; "wrong" when it did not take the one that was given. */
  locked: false | "asked" | "wrong";
  /** Rises with each run that finished: what was fetched is fetched anew. */
  finishedRuns: number;
}

const EMPTY: State = {
  integrations: null,
  link: "connecting",
  problem: null,
  locked: false,
  finishedRuns: 0,
};

/** Everything the page knows, kept current by the user's event stream: two tabs show the same. */
export class IntegrationsStore {
  private state: State = EMPTY;
  private readonly listeners = new Set<() => void>();
  private stopFollowing: (() => void) | undefined;
  private reading: Promise<void> | undefined;
  private readAgain = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): State => this.state;
  serverSnapshot = (): State => EMPTY;

  start(): () => void {
    this.listen();
    void this.read();
    return () => {
      clearTimeout(this.timer);
      this.stopFollowing?.();
      this.stopFollowing = undefined;
    };
  }

  unlock(key: string): void {
    rememberAccessKey(key);
    this.change({ locked: false, problem: null });
    this.listen();
    void this.read();
  }

  lock(): void {
    const given = "Authorization" in accessHeaders();
    forgetAccessKey();
    this.change({ locked: given ? "wrong" : this.state.locked || "asked" });
  }

  /** Reads the cards anew; calls that come meanwhile are answered by one more read. */
  async read(): Promise<void> {
    if (this.reading) {
      this.readAgain = true;
      return this.reading;
    }
    this.reading = this.readNow().finally(() => {
      this.reading = undefined;
      if (this.readAgain) {
        this.readAgain = false;
        void this.read();
      }
    });
    return this.reading;
  }

  private async readNow(): Promise<void> {
    try {
      this.change({ integrations: await integrations(), problem: null });
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 401) this.lock();
      // While cards are shown a lost line is the banner's matter.
      else if (this.state.integrations === null) this.change({ problem });
    }
  }

  private readSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), 30);
  }

  private listen(): void {
    this.stopFollowing?.();
    this.stopFollowing = follow({
      url: () => apiUrl("/events").href,
      headers: accessHeaders,
      onEvent: (event) => this.receive(event),
      onStatus: (link) => {
        if (link === "locked") this.lock();
        if (link === "open" && this.state.link === "lost") this.readSoon();
        this.change({ link });
      },
    }).stop;
  }

  private receive(received: StreamEvent): void {
    const event = readUserEvent(received);
    if (!event) return;
    switch (event.type) {
      case "snapshot":
        this.change({ integrations: event.integrations, problem: null });
        break;
      case "run_progress":
        this.each((card) =>
          card.lastRun?.id === event.runId && card.lastRun.status === "running"
            ? { ...card, lastRun: { ...card.lastRun, progress: event.progress } }
            : card,
        );
        break;
      case "run_finished":
        this.change({ finishedRuns: this.state.finishedRuns + 1 });
        this.readSoon();
        break;
      case "connected":
      case "needs_reconnect":
      case "disconnected":
      case "run_started":
        this.readSoon();
        break;
      default:
        this.each((card) =>
          card.login?.id === event.loginId ? { ...card, login: after(viewOf(card.login), event).login } : card,
        );
        this.readSoon();
    }
  }

  private each(update: (card: Integration) => Integration): void {
    if (this.state.integrations) this.change({ integrations: this.state.integrations.map(update) });
  }

  private change(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}
