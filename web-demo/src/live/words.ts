import type { Language } from "@/words/language";
import { type LiveWords, en } from "./words/en";
import { es } from "./words/es";
import { ptBR } from "./words/pt-BR";

export type { Language, LiveWords };

export const LIVE_WORDS: { [language in Language]: LiveWords } = { en, "pt-BR": ptBR, es };
