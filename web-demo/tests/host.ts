import { vi } from "vitest";
import { type FromFrame, type ToFrame, wrap } from "staylogged-connect/messages";

/** jsdom has no modal dialogs. */
export function haveDialogs(): void {
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query.includes("min-width"),
    addEventListener() {},
    removeEventListener() {},
  }));
}

/** The page in whose frame the modal is. */
export class Host {
  static readonly origin = "https://shop.example.com";
  readonly channel = "channel-1";
  readonly heard: FromFrame[] = [];
  private readonly window: Window;

  constructor(readonly words: Extract<ToFrame, { type: "options" }>["words"] = {}) {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    this.window = frame.contentWindow as Window;
    vi.spyOn(this.window, "postMessage").mockImplementation(((message: FromFrame & { channel: string }, origin: string) => {
      if (origin !== Host.origin || message.channel !== this.channel) throw new Error("said to the wrong page");
      this.heard.push(message);
      if (message.type === "hello") this.say({ type: "options", words: this.words, scheme: "light" });
    }) as Window["postMessage"]);
    vi.spyOn(window, "parent", "get").mockReturnValue(this.window as unknown as typeof window.parent);
  }

  say(message: ToFrame, from: { origin?: string; source?: Window; channel?: string } = {}): void {
    window.dispatchEvent(
      new MessageEvent("message", {
        data: wrap(from.channel ?? this.channel, message),
        origin: from.origin ?? Host.origin,
        source: from.source ?? this.window,
      }),
    );
  }

  /** What the frame's address says of this page. */
  get fragment(): string {
    return `channel=${this.channel}&origin=${encodeURIComponent(Host.origin)}`;
  }

  types(): string[] {
    return this.heard.map(({ type }) => type);
  }

  last<T extends FromFrame["type"]>(type: T): Extract<FromFrame, { type: T }> | undefined {
    return this.heard.findLast((one): one is Extract<FromFrame, { type: T }> => one.type === type);
  }
}
