import type { Input } from "./protocol";

/** What is typed into a dead line waits for so long; after that the person should not be surprised by it. */
export const KEPT_MS = 60_000;
/** So many inputs without an answer mean that the line is slow or dead: moves are left out. */
const MANY = 300;

interface Numbered {
  n: number;
  input: Input;
}

/**
 * The inputs on their way. Each gets a number when it is first sent and is kept until the service has heard it, so that
 * over any number of cuts the service gets each one once, in order. What comes while the line is down waits un-numbered.
 */
export class Outbox {
  private unheard: Numbered[] = [];
  private waiting: Input[] = [];
  private next = 1;
  private line: ((message: { type: "input" } & Numbered) => void) | undefined;
  private shutAt: number;
  private discarded = 0;

  constructor(private readonly now: () => number = Date.now) {
    this.shutAt = now();
  }

  give(input: Input): void {
    if (this.line) {
      this.number(input);
      return;
    }
    this.expire();
    if (this.now() - this.shutAt > KEPT_MS) {
      if (!isPassing(input)) this.discarded += 1;
      return;
    }
    if (isPassing(input)) this.keepLast(input);
    else this.waiting.push(input);
  }

  /**
   * The line is up, and the service has heard the inputs up to `heard`: the others go again, then what waited.
   * Answers how many inputs had waited for too long and are gone.
   */
  open(heard: number, line: (message: { type: "input" } & Numbered) => void): number {
    this.expire();
    this.heard(heard);
    this.next = Math.max(this.next, heard + 1);
    this.line = line;
    for (const { n, input } of this.unheard) line({ type: "input", n, input });
    for (const input of this.waiting.splice(0)) this.number(input);
    const { discarded } = this;
    this.discarded = 0;
    return discarded;
  }

  shut(): void {
    if (!this.line) return;
    this.line = undefined;
    this.shutAt = this.now();
  }

  heard(n: number): void {
    const first = this.unheard.findIndex((kept) => kept.n > n);
    this.unheard.splice(0, first === -1 ? this.unheard.length : first);
  }

  /** Somebody else has the control now: what waited is not theirs. */
  forget(): void {
    this.waiting = [];
    this.discarded = 0;
  }

  /** The service does not take one of these: sending them again would be refused again. Answers how many are gone. */
  abandon(): number {
    const gone = [...this.unheard.map(({ input }) => input), ...this.waiting].filter((input) => !isPassing(input)).length;
    this.forget();
    this.unheard = [];
    return gone;
  }

  /** Something was sent that the service has not said to have heard. */
  get isAwaiting(): boolean {
    return this.line !== undefined && this.unheard.length > 0;
  }

  get busy(): boolean {
    return this.unheard.length > MANY;
  }

  private number(input: Input): void {
    const numbered = { n: this.next++, input };
    this.unheard.push(numbered);
    this.line?.({ type: "input", ...numbered });
  }

  private expire(): void {
    if (this.line || this.waiting.length === 0 || this.now() - this.shutAt <= KEPT_MS) return;
    this.discarded += this.waiting.filter((input) => !isPassing(input)).length;
    this.waiting = [];
  }

  /** A swipe or a drag without its way would become a tap or a click: its newest point is kept. Others are dropped. */
  private keepLast(input: Input): void {
    if (!isOnTheWay(input)) return;
    const last = this.waiting.at(-1);
    if (last && isPassing(last) && last.type === input.type) this.waiting.pop();
    this.waiting.push(input);
  }
}

/** Not worth keeping over a loss. */
export function isPassing(input: Input): boolean {
  switch (input.type) {
    case "mouse":
      return input.action === "moved" || input.action === "wheel";
    case "touch":
      return input.action === "move";
    case "resize":
    case "composition":
      return true;
    default:
      return false;
  }
}

function isOnTheWay(input: Input): boolean {
  return input.type === "touch" || (input.type === "mouse" && input.action === "moved" && (input.button ?? "none") !== "none");
}
