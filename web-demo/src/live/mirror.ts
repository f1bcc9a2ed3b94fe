import { autocompleteOf, inputModeOf } from "./fields";
import type { FormField } from "./protocol";

/** What a person has put into a mirrored field, and when. */
export interface Own {
  value: string;
  at: number;
}

/** An answer of the page to what was filled in takes about so long at most; after that the page's own word counts. */
const ECHO_MS = 3000;

/**
 * Whether the page's value replaces the one in our field. Never under somebody's fingers; and a value that was on its way
 * while they typed is older than what they typed.
 */
export function takesOver(theirs: string, own: Own | undefined, focused: boolean, now: number): boolean {
  if (focused) return false;
  return own === undefined || theirs === own.value || now - own.at > ECHO_MS;
}

const INPUTS = new Set(["email", "tel", "url", "search", "password", "date", "time", "datetime-local", "month", "week", "color", "range"]);

export function inputType(kind: string): string {
  return INPUTS.has(kind) ? kind : "text";
}

/** What helps a password manager and a phone's keyboard. */
export function hintsOf(field: FormField): { autoComplete: string | undefined; inputMode: React.HTMLAttributes<Element>["inputMode"] } {
  const said = autocompleteOf(field.kind, field.autocomplete);
  // Where the page says nothing that is known, nothing is said: the person's own browser may know the field by its name.
  const silent = said === "off" && !/\boff\b/i.test(field.autocomplete ?? "");
  const mode = inputModeOf(field.kind, field.inputMode) as React.HTMLAttributes<Element>["inputMode"];
  return { autoComplete: silent ? undefined : said, inputMode: mode === "text" ? undefined : mode };
}

/** Fields that follow each other under one heading of the page stay together. */
export function fieldGroups(fields: readonly FormField[]): { group: string | null; fields: FormField[] }[] {
  const all: { group: string | null; fields: FormField[] }[] = [];
  for (const field of fields) {
    const group = field.group || null;
    const last = all.at(-1);
    if (last && group !== null && last.group === group) last.fields.push(field);
    else all.push({ group, fields: [field] });
  }
  return all;
}

/** The same field in a form that the page has drawn anew. */
export function sameField(fields: readonly FormField[], known: { kind: string; name: string; label: string }): FormField | undefined {
  return (
    fields.find((field) => field.kind === known.kind && field.name !== "" && field.name === known.name) ??
    fields.find((field) => field.kind === known.kind && field.label === known.label)
  );
}
