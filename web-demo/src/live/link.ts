import { pause } from "@/api/stream";
import { type Frame, readFrame } from "./frame";
import type { Input } from "./input";

export interface Tab {
  id: number;
  url: string;
  title: string;
}

export interface Tabs {
  open: Tab[];
  front: number | null;
}

export type LiveStatus = "connecting" | "open" | "lost" | "ended";

export interface LiveOptions {
  /** A new single-use ticket: asked for at each attempt. */
  ticket: () => Promise<{ ticket: string; protocol: string }>;
  url: () => URL;
  onFrame: (frame: Frame) => void;
  onTabs: (tabs: Tabs) => void;
  onStatus: (status: LiveStatus) => void;
  /** Replaced by tests. */
  socket?: (url: URL, protocols: string[]) => WebSocket;
}

/** A live view over a WebSocket that comes back by itself until `close`d, or until the service says "ended". */
export class LiveLink {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private attempt = 0;
  private closed = false;

  constructor(private readonly options: LiveOptions) {
    window.addEventListener("online", this.restart);
    void this.connect();
  }

  /** Sends, if the line is up; what is typed into a dead line is not kept for later. */
  send(input: Input): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(input));
    return true;
  }

  /** Whether so much waits to be sent that mouse moves should be left out. */
  get congested(): boolean {
    return (this.socket?.bufferedAmount ?? 0) > 65_536;
  }

  /** Begins anew at once: the network is back. */
  restart = (): void => {
    if (this.closed) return;
    this.failures = 0;
    this.drop();
    void this.connect();
  };

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.restart);
    this.drop();
  }

  private drop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close(1000);
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    const mine = () => !this.closed && attempt === this.attempt;
    try {
      const { ticket, protocol } = await this.options.ticket();
      if (!mine()) return;
      const make = this.options.socket ?? ((url, protocols) => new WebSocket(url, protocols));
      const socket = make(this.options.url(), [protocol, `ticket.${ticket}`]);
      socket.binaryType = "arraybuffer";
      this.socket = socket;
      socket.onopen = () => this.options.onStatus("open");
      socket.onmessage = (message: MessageEvent<ArrayBuffer | string>) => this.receive(message.data);
      socket.onclose = () => {
        if (mine()) this.again();
      };
    } catch {
      if (mine()) this.again();
    }
  }

  private again(): void {
    this.drop();
    this.options.onStatus("lost");
    this.timer = setTimeout(() => void this.connect(), pause(this.failures++));
  }

  private receive(data: ArrayBuffer | string): void {
    if (typeof data !== "string") {
      const frame = readFrame(data);
      if (frame) {
        this.failures = 0;
        this.options.onFrame(frame);
      }
      return;
    }
    let message: { type?: string } & Partial<Tabs>;
    try {
      message = JSON.parse(data) as typeof message;
    } catch {
      return;
    }
    if (message.type === "tabs") {
      this.failures = 0;
      this.options.onTabs({ open: message.open ?? [], front: message.front ?? null });
    } else if (message.type === "ended") {
      this.options.onStatus("ended");
      this.close();
    }
  }
}
