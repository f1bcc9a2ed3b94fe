import type { WordKey, WordOverrides } from "staylogged-connect";
import { en } from "./en";
import { es } from "./es";
import type { Language } from "./language";
import { ptBR } from "./pt-BR";

const DICTIONARIES: Record<Language, Record<WordKey, string>> = { en, "pt-BR": ptBR, es };

export interface Say {
  (key: WordKey, parts?: Record<string, string>): string;
  language: Language;
  date: (options: Intl.DateTimeFormatOptions, at: string | number) => string;
  /** "a, b and c". */
  list: (items: string[]) => string;
  /** "48 hours", "30 days". */
  span: (seconds: number) => string;
}

/** Every text, in one language, with the page's own in their place. */
export function speaker(language: Language, overrides: WordOverrides = {}): Say {
  const dictionary = DICTIONARIES[language];
  const say = (key: WordKey, parts: Record<string, string> = {}): string => {
    const own = overrides[key];
    return fill(typeof own === "string" ? own : dictionary[key], parts);
  };
  return Object.assign(say, {
    language,
    date: (options: Intl.DateTimeFormatOptions, at: string | number) =>
      new Intl.DateTimeFormat(language, options).format(new Date(at)),
    list: (items: string[]) => new Intl.ListFormat(language, { type: "conjunction" }).format(items),
    span: (seconds: number) => span(language, seconds),
  });
}

/** "Connect to {name}" → "Connect to Hotmart". A part that is not given stays as it is. */
export function fill(text: string, parts: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(parts, name) ? (parts[name] ?? "") : whole));
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** In the largest unit of which there are two or more: 48 hours are two days, 36 hours are 36 hours. */
function span(language: Language, seconds: number): string {
  const [unit, size] =
    UNITS.find(([, size]) => seconds >= 2 * size && seconds % size === 0) ?? UNITS.find(([, size]) => seconds >= size) ?? UNITS[2];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(seconds / size);
}
