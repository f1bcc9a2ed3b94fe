import { accessHeaders, forgetAccessKey, rememberAccessKey } from "@/api/access";
import { apiUrl } from "@/api/base";
import { integrations } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { runPage, runTold, startRun } from "@/api/records";
import { type LinkStatus, type StreamEvent, follow } from "@/api/stream";
import type { Integration, Problem, Run } from "@/api/types";
import { after, viewOf } from "@/login/view";
import { readUserEvent } from "./events";
import { type Point, withPoints } from "./runs";

/** Of all connections together: enough to find those under way, and how many records the last whole run found. */
const NEWEST_RUNS = 100;

export interface State {
  /** Null until the first answer. */
  integrations: Integration[] | null;
  /** The event stream: "lost" is shown as a banner. */
  link: LinkStatus;
  /** Why nothing can be shown. */
  problem: Problem | null;
  /** The service asks for an access key; "wrong" when it did not take the one that was given. */
  locked: false | "asked" | "wrong";
  /** Rises with each run that began or finished: what was fetched is fetched anew. */
  movedRuns: number;
  /** The newest ones, newest first. */
  runs: Run[];
  /** How far each run under way was, and when. */
  points: Record<string, Point[]>;
  /** Why a run was not begun, by provider, and what was asked for. */
  refusals: Record<string, Refusal>;
}

export interface Refusal {
  problem: Problem;
  stream: string;
  account: string;
}

const EMPTY: State = {
  integrations: null,
  link: "connecting",
  problem: null,
  locked: false,
  movedRuns: 0,
  runs: [],
  points: {},
  refusals: {},
};

/** Everything the page knows, kept current by the user's event stream: two tabs show the same. */
export class IntegrationsStore {
  private state: State = EMPTY;
  private readonly listeners = new Set<() => void>();
  private stopFollowing: (() => void) | undefined;
  private reading: Promise<void> | undefined;
  private readAgain = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Runs of which is known what was told before this page was there. */
  private readonly readUp = new Set<string>();
  /** Runs that are being begun. */
  private readonly starting = new Set<string>();

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
      const cards = await integrations();
      this.change({ integrations: cards, problem: null });
      if (cards.some(({ lastRun }) => lastRun)) await this.readRuns();
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 401) this.lock();
      // While cards are shown a lost line is the banner's matter.
      else if (this.state.integrations === null) this.change({ problem });
    }
  }

  private async readRuns(): Promise<void> {
    const { runs } = await runPage(null, { cursor: null, limit: NEWEST_RUNS });
    const running = runs.filter(({ status }) => status === "running");
    const points = Object.fromEntries(running.map(({ id }) => [id, this.state.points[id] ?? []]));
    const unknown = running.filter(({ id }) => !this.readUp.has(id));
    this.change({ runs: runs.map((run) => this.newest(run)), points });
    // What was told before this page was there: without it a reload would not know how fast it goes.
    for (const { id } of unknown) {
      this.readUp.add(id);
      runTold(id).then(
        (told) => this.addPoints(id, told.map(({ at, progress }) => ({ at: Date.parse(at), ...progress }))),
        () => this.readUp.delete(id),
      );
    }
  }

  /** An event may be ahead of what was read. */
  private newest(run: Run): Run {
    const known = this.state.runs.find(({ id }) => id === run.id);
    if (run.status !== "running" || !known || known.progress.pages <= run.progress.pages) return run;
    return { ...run, progress: known.progress };
  }

  private addPoints(id: string, told: Point[]): void {
    this.change({ points: { ...this.state.points, [id]: withPoints(this.state.points[id] ?? [], told) } });
  }

  /** Begins a run, or goes on with one; why it was refused is kept for the card. */
  async scrape(provider: string, wanted: { stream: string; account: string; continues?: string }): Promise<void> {
    const key = [provider, wanted.account, wanted.stream].join("/");
    // A second press, before the page shows what came of the first.
    if (this.starting.has(key)) return;
    this.starting.add(key);
    this.forgetRefusal(provider);
    try {
      await startRun(provider, wanted);
      await this.read();
    } catch (error) {
      const { stream, account } = wanted;
      const refusal = { problem: asProblem(error), stream, account };
      this.change({ refusals: { ...this.state.refusals, [provider]: refusal } });
      // What it was refused for may be new to the card.
      this.readSoon();
    } finally {
      this.starting.delete(key);
    }
  }

  forgetRefusal(provider: string): void {
    const refusals = { ...this.state.refusals };
    delete refusals[provider];
    this.change({ refusals });
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
        if (event.integrations.some(({ lastRun }) => lastRun)) this.readSoon();
        break;
      case "run_progress":
        this.change({
          runs: this.state.runs.map((run) =>
            run.id === event.runId && run.status === "running" ? { ...run, progress: event.progress } : run,
          ),
        });
        this.addPoints(event.runId, [{ at: Date.parse(event.at), ...event.progress }]);
        this.each((card) =>
          card.lastRun?.id === event.runId && card.lastRun.status === "running"
            ? { ...card, lastRun: { ...card.lastRun, progress: event.progress } }
            : card,
        );
        break;
      case "run_started":
      case "run_finished":
        this.change({ movedRuns: this.state.movedRuns + 1 });
        this.readSoon();
        break;
      case "connected":
      case "needs_reconnect":
      case "unsure":
      case "disconnected":
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
