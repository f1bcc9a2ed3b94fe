import type { WordOverrides } from "staylogged-connect";
import { type FromFrame, type Scheme, type ToFrame, unwrap, wrap } from "staylogged-connect/messages";

export interface Options {
  words: WordOverrides;
  scheme: Scheme | null;
}

/** The page in whose frame this is. Without one, this is a page of its own, and nothing is said to anybody. */
export class Parent {
  /** Its texts are taken from the page alone, never from an address: a link must not put words into the modal's mouth. */
  options: Options | null;
  private readonly listeners = new Set<() => void>();
  private onClose: (() => void) | null = null;

  constructor(private readonly link: { channel: string; origin: string } | null) {
    this.options = link ? null : { words: {}, scheme: null };
  }

  get isThere(): boolean {
    return this.link !== null;
  }

  listen(): () => void {
    const { link } = this;
    if (!link) return () => undefined;
    const hear = (event: MessageEvent) => {
      const message = unwrap<ToFrame>(event, { window: window.parent, ...link });
      switch (message?.type) {
        case "options":
          this.take({ words: message.words, scheme: message.scheme });
          break;
        case "scheme":
          if (this.options) this.take({ ...this.options, scheme: message.scheme });
          break;
        case "close":
          this.onClose?.();
          break;
      }
    };
    window.addEventListener("message", hear);
    this.say({ type: "hello" });
    return () => window.removeEventListener("message", hear);
  }

  say(message: FromFrame): void {
    if (this.link) window.parent.postMessage(wrap(this.link.channel, message), this.link.origin);
  }

  /** The page wants the modal closed. */
  whenToClose(close: () => void): () => void {
    this.onClose = close;
    return () => {
      if (this.onClose === close) this.onClose = null;
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Options | null => this.options;

  private take(options: Options): void {
    this.options = options;
    for (const listener of this.listeners) listener();
  }
}
