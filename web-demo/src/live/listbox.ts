/** The rules of a list of options: which one a key leads to, and what a search finds. */
export interface Choice {
  label: string;
  disabled: boolean;
}

const folded = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** The indexes of the options whose label or group holds the words, whatever their accents and case. */
export function found(options: readonly (Choice & { group?: string | null })[], search: string): number[] {
  const wanted = folded(search.trim());
  return options.flatMap((option, index) =>
    wanted === "" || folded(option.label).includes(wanted) || folded(option.group ?? "").includes(wanted) ? [index] : [],
  );
}

/** From `at`, the next one among `shown` that can be chosen, `steps` further; the last one there is on the way. */
export function step(options: readonly Choice[], shown: readonly number[], at: number | null, steps: number): number | null {
  const open = shown.filter((index) => !options[index]!.disabled);
  if (open.length === 0) return null;
  if (at === null || !shown.includes(at)) return (steps < 0 ? open.at(-1) : open[0]) ?? null;
  const here = open.indexOf(at);
  if (here === -1) {
    const next = steps > 0 ? open.find((index) => index > at) : open.findLast((index) => index < at);
    return next ?? at;
  }
  return open[Math.min(open.length - 1, Math.max(0, here + steps))] ?? null;
}

/** Typing the beginning of a label leads there; the same letter again, to the next that begins with it. */
export class TypeAhead {
  private typed = "";
  private at = -Infinity;

  press(options: readonly Choice[], current: number | null, key: string, now: number): number | null {
    this.typed = now - this.at > 700 ? key : this.typed + key;
    this.at = now;
    const wanted = folded(this.typed);
    const again = [...wanted].every((letter) => letter === wanted[0]);
    const begins = (text: string) => (index: number) => !options[index]!.disabled && folded(options[index]!.label).startsWith(text);
    // A whole word is looked for from where one is, a letter from the next one on.
    const from = (current ?? -1) + (again ? 1 : 0);
    const order = options.map((_, n) => (Math.max(0, from) + n) % options.length);
    return order.find(begins(wanted)) ?? (again ? order.find(begins(wanted.slice(0, 1))) : undefined) ?? null;
  }
}
