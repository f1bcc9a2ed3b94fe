import { pause } from "@/api/stream";
import { type Frame, readFrame } from "./frame";
import { Outbox } from "./outbox";
import { type ClientMessage, type Device, type Input, PROTOCOL, type Role, type ServerMessage, readMessage } from "./protocol";

export type LiveStatus = "connecting" | "open" | "lost" | "ended";

export interface LiveOptions {
  /** A new single-use ticket: asked for at each attempt. */
  ticket: () => Promise<{ ticket: string }>;
  url: () => URL;
  viewer: string;
  device: Device;
  onFrame: (frame: Frame) => void;
  onMessage: (message: ServerMessage) => void;
  onStatus: (status: LiveStatus) => void;
  /** What was typed could not be handed on: the line was down for too long, or the service refused it. */
  onDropped: () => void;
  /** Replaced by tests. */
  socket?: (url: URL, protocols: string[]) => WebSocket;
}

/** The service says something every four seconds. */
const SILENCE_MS = 10_000;
/** An attempt that has no open socket by then is begun anew: the network may have come back meanwhile. */
const ATTEMPT_MS = 5_000;
/** A line that was cut is back within a second of the network: so often is it tried, for about half a minute; then less often. */
const SOON_MS = 700;
const SOON_TRIES = 40;
const LONGEST_PAUSE_MS = 2_000;
/** What was typed is answered at once. Where it is not, and nothing else comes either, the picture stands still: that is said. */
const STILL_MS = 1_500;
/** A line that lived shorter counts as a failed attempt, or a broken proxy would be hammered. */
const LIVED_MS = 1_000;
/** What the service says when it ends a line; the rest is what WebSocket itself has. */
const CLOSED = { over: 1000, notOfThisProtocol: 4400, linkEnded: 4410 } as const;
// After the others (4409: another line of this viewer; 4429: too many look on; 1012: a restart) it is tried again as after any loss.

/** A live view over a WebSocket that comes back by itself until `close`d, or until the service says "ended". */
export class LiveLink {
  private readonly outbox = new Outbox();
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private stillness: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private attempt = 0;
  private closed = false;
  private status: LiveStatus = "connecting";
  private role: Role | undefined;
  private welcomedAt: number | undefined;
  private heardAt = 0;
  private wantsSimple = false;
  /** So many lines after each other were ended because of something that was sent. */
  private refused = 0;

  constructor(private readonly options: LiveOptions) {
    window.addEventListener("online", this.restart);
    document.addEventListener("visibilitychange", this.nudge);
    void this.connect();
  }

  /** Sends an input, now or when the line is back. Without control nothing is sent. */
  send(input: Input): void {
    if (this.closed || (this.role !== undefined && this.role !== "control")) return;
    this.outbox.give(input);
    this.expectAnswer();
  }

  /** A picture is on the screen. */
  seen(sequence: number): void {
    this.say({ type: "seen", sequence });
  }

  knock(): void {
    this.say({ type: "knock" });
  }

  admit(viewer: string, yes: boolean): void {
    this.say({ type: "admit", viewer, yes });
  }

  /** Asks for the mirrored form; also of a line that is made later. */
  simple(on: boolean): void {
    this.wantsSimple = on;
    this.say({ type: "simple", on });
  }

  /** A piece of a file; false: the line is down. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.welcomedAt === undefined || this.socket?.readyState !== 1) return false;
    this.socket.send(bytes);
    return true;
  }

  /** Another number for each line: what was begun on one cannot be gone on with on the next. */
  get line(): number {
    return this.attempt;
  }

  get buffered(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  /** Whether so much waits to be sent that mouse moves should be left out. */
  get congested(): boolean {
    return this.buffered > 65_536 || this.outbox.busy;
  }

  /** Begins anew at once: the network is back. */
  restart = (): void => {
    if (this.closed) return;
    this.failures = 0;
    this.drop();
    this.tell("lost");
    void this.connect();
  };

  /** Something says that the service can be reached: a line that is down or suspiciously silent is made anew. */
  nudge = (): void => {
    if (this.closed || document.visibilityState === "hidden") return;
    if (this.status === "lost" || (this.status === "open" && Date.now() - this.heardAt > SILENCE_MS / 2)) this.restart();
  };

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.restart);
    document.removeEventListener("visibilitychange", this.nudge);
    this.drop();
  }

  private tell(status: LiveStatus): void {
    // Before the first picture "reconnecting" would puzzle: it is still the first connection.
    if (this.status === status || (status === "lost" && this.role === undefined && this.failures === 0)) return;
    this.status = status;
    this.options.onStatus(status);
  }

  private say(message: ClientMessage): void {
    if (this.welcomedAt !== undefined || message.type === "hello") this.socket?.send(JSON.stringify(message));
  }

  private drop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    clearTimeout(this.stillness);
    this.stillness = undefined;
    this.outbox.shut();
    if (this.welcomedAt !== undefined && Date.now() - this.welcomedAt >= LIVED_MS) this.failures = 0;
    this.welcomedAt = undefined;
    // An answer that is still awaited is no longer this attempt's.
    this.attempt += 1;
    const { socket } = this;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close(1000);
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    const mine = () => !this.closed && attempt === this.attempt;
    this.watch(ATTEMPT_MS);
    try {
      const { ticket } = await this.options.ticket();
      if (!mine()) return;
      const make = this.options.socket ?? ((url, protocols) => new WebSocket(url, protocols));
      const socket = make(this.options.url(), [PROTOCOL, `ticket.${ticket}`]);
      socket.binaryType = "arraybuffer";
      this.socket = socket;
      socket.onopen = () => {
        this.watch(SILENCE_MS);
        const { viewer, device } = this.options;
        this.say({ type: "hello", viewer, device });
      };
      socket.onmessage = (message: MessageEvent<ArrayBuffer | string>) => this.receive(message.data);
      socket.onclose = (event) => {
        if (mine()) this.shut(event?.code);
      };
    } catch {
      if (mine()) this.again();
    }
  }

  private shut(code: number | undefined): void {
    // It may be an input that was not understood: sent again it ends the next line too, and then it must not go a third time.
    this.refused = code === CLOSED.notOfThisProtocol && this.welcomedAt !== undefined ? this.refused + 1 : 0;
    if (this.refused >= 2 && this.outbox.abandon() > 0) this.options.onDropped();
    // Who came by a link that was ended has nothing to come back to.
    if (code === CLOSED.over || code === CLOSED.linkEnded) this.over();
    else this.again();
  }

  private again(): void {
    this.drop();
    const wait = pause(this.failures, this.failures < SOON_TRIES ? SOON_MS : LONGEST_PAUSE_MS);
    this.failures += 1;
    this.tell("lost");
    this.timer = setTimeout(() => void this.connect(), wait);
  }

  private over(): void {
    this.tell("ended");
    this.close();
  }

  private watch(ms: number): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      // It was silent: there is no pause to make.
      this.drop();
      this.failures += 1;
      this.tell("lost");
      void this.connect();
    }, ms);
  }

  /** From the first input that is not answered yet: it is said when nothing comes, long before the line is given up. */
  private expectAnswer(): void {
    if (this.welcomedAt === undefined || this.stillness !== undefined) return;
    const began = Date.now();
    this.stillness = setTimeout(() => {
      this.stillness = undefined;
      if (!this.outbox.isAwaiting) return;
      if (this.heardAt <= began) this.tell("lost");
      else this.expectAnswer();
    }, STILL_MS);
  }

  private receive(data: ArrayBuffer | string): void {
    this.heardAt = Date.now();
    this.watch(SILENCE_MS);
    // It only stood still.
    if (this.status === "lost" && this.welcomedAt !== undefined) this.tell("open");
    if (typeof data !== "string") {
      const frame = readFrame(data);
      if (frame) this.options.onFrame(frame);
      return;
    }
    const message = readMessage(data);
    if (!message) return;
    switch (message.type) {
      case "welcome":
        this.welcome(message);
        break;
      case "role":
        this.role = message.role;
        if (message.role !== "control") this.outbox.forget();
        this.options.onMessage(message);
        break;
      case "heard":
        this.refused = 0;
        this.outbox.heard(message.n);
        break;
      case "alive":
        break;
      case "ended":
        this.over();
        break;
      default:
        this.options.onMessage(message);
    }
  }

  private welcome(message: Extract<ServerMessage, { type: "welcome" }>): void {
    this.welcomedAt = Date.now();
    this.role = message.role;
    if (message.role !== "control") this.outbox.forget();
    this.options.onMessage(message);
    const dropped = this.outbox.open(message.heard, (input) => this.say(input));
    if (this.wantsSimple) this.say({ type: "simple", on: true });
    if (dropped > 0) this.options.onDropped();
    this.tell("open");
  }
}
