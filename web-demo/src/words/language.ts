import type { Language } from "staylogged-connect";

export type { Language };

export const LANGUAGES: readonly Language[] = ["en", "pt-BR", "es"];

/** The language that was asked for, or the first that the person's browser prefers and the modal speaks; English else. */
export function pickLanguage(asked: string | null, preferred: readonly string[]): Language {
  for (const tag of asked ? [asked, ...preferred] : preferred) {
    const short = tag.slice(0, 2).toLowerCase();
    const found = LANGUAGES.find((one) => one.slice(0, 2) === short);
    if (found) return found;
  }
  return "en";
}
