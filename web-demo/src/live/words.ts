import { type LiveWords, en } from "./words/en";
import { es } from "./words/es";
import { ptBR } from "./words/pt-BR";

export type Language = "en" | "pt-BR" | "es";
export type { LiveWords };

export const LIVE_WORDS: { [language in Language]: LiveWords } = { en, "pt-BR": ptBR, es };
