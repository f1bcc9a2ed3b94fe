export type Filling = { text: string } | { checked: boolean } | { values: string[] };

/** While somebody types, the page is told once they pause. */
const PAUSE_MS = 250;

/** Hands what is filled into the mirrored form on: per field the last value wins, and none is left behind at the end. */
export class Filler {
  private readonly waiting = new Map<string, { form: number; field: number; filling: Filling; timer: ReturnType<typeof setTimeout> }>();

  constructor(private readonly send: (form: number, field: number, filling: Filling) => void) {}

  /** Typed text waits for a pause; what is chosen goes at once. */
  fill(form: number, field: number, filling: Filling): void {
    const key = `${form}/${field}`;
    clearTimeout(this.waiting.get(key)?.timer);
    this.waiting.delete(key);
    if ("text" in filling) {
      this.waiting.set(key, { form, field, filling, timer: setTimeout(() => this.flush(key), PAUSE_MS) });
    } else {
      this.send(form, field, filling);
    }
  }

  /** Sends what waits: of one field, or of all in the order in which they were typed. */
  flush(only?: string): void {
    for (const [key, { form, field, filling, timer }] of [...this.waiting]) {
      if (only !== undefined && key !== only) continue;
      clearTimeout(timer);
      this.waiting.delete(key);
      this.send(form, field, filling);
    }
  }

  isWaiting(form: number, field: number): boolean {
    return this.waiting.has(`${form}/${field}`);
  }

  drop(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}
