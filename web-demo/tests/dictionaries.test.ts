import { describe, expect, it } from "vitest";
import type { WordKey } from "staylogged-connect";
import type { LoginFailure, Problem } from "@/api/types";
import type { Again } from "@/login/view";
import { en } from "@/words/en";
import { es } from "@/words/es";
import { translateEvidence } from "@/words/evidence";
import { againWords, failureWords, problemWords } from "@/words/failures";
import { pickLanguage } from "@/words/language";
import { ptBR } from "@/words/pt-BR";
import { fill, speaker } from "@/words/say";
import { login } from "./samples";

const parts = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe("the dictionaries", () => {
  it.each([
    ["pt-BR", ptBR],
    ["es", es],
  ])("%s says all that English says, with the same parts", (_, dictionary) => {
    const wrong = (Object.keys(en) as WordKey[]).filter(
      (key) => !dictionary[key].trim() || JSON.stringify(parts(dictionary[key])) !== JSON.stringify(parts(en[key])),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(dictionary)).toEqual(Object.keys(en));
  });

  it("the page's own words take the place of ours", () => {
    const say = speaker("en", { "state.awaiting": "Log in to {name}, please", title: 7 as unknown as string });
    expect(say("state.awaiting", { name: "Hotmart" })).toBe("Log in to Hotmart, please");
    expect(say("title", { name: "Hotmart" })).toBe("Connect to Hotmart");
  });

  it("what is filled in is not filled in again", () => {
    expect(fill("{a} {b} {constructor}", { a: "{b}", b: "x" })).toBe("{b} x {constructor}");
  });

  it("numbers, lists and times are the language's own", () => {
    expect(speaker("en").span(172_800)).toBe("2 days");
    expect(speaker("pt-BR").span(172_800)).toBe("2 dias");
    expect(speaker("es").span(129_600)).toBe("36 horas");
    expect(speaker("en").span(60)).toBe("1 minute");
    expect(speaker("pt-BR").list(["a", "b", "c"])).toBe("a, b e c");
  });
});

describe("the language", () => {
  it.each([
    ["pt-BR", null, ["en"], "pt-BR"],
    [null, null, ["pt-PT", "en"], "pt-BR"],
    [null, null, ["de-DE", "es-419", "en"], "es"],
    [null, null, ["de", "fr"], "en"],
    ["tlh", null, ["es"], "es"],
    ["en-GB", null, ["pt"], "en"],
  ] as const)("asked %s", (asked, _, preferred, found) => expect(pickLanguage(asked, preferred)).toBe(found));
});

describe("failures", () => {
  const failure = (code: string): LoginFailure => ({ code: code as LoginFailure["code"], message: "In English.", retryable: true, evidence: [] });

  it("have their own words, by their code", () => {
    expect(failureWords(speaker("pt-BR"), failure("site_unreachable"), "Hotmart")).toEqual({
      text: "Não foi possível abrir Hotmart. Pode estar fora do ar no momento. Tente de novo.",
      detail: null,
      evidence: [],
    });
  });

  it("one that is not known is told with the service's own English", () => {
    expect(failureWords(speaker("es"), failure("brand_new"), "Hotmart")).toEqual({
      text: "Algo falló por nuestra parte. Inténtalo de nuevo.",
      detail: "In English.",
    });
  });

  const problem = (status: number, kind = "x"): Problem => ({ type: `urn:staylogged:problem:${kind}`, title: "T", status, detail: "D" });

  it("of calls are told by kind and status", () => {
    const say = speaker("en");
    expect(problemWords(say, problem(0), true).text).toContain("does not answer");
    expect(problemWords(say, problem(401, "token-expired"), true).text).toContain("no longer valid");
    expect(problemWords(say, problem(401, "unauthorized"), false).text).toContain("access key");
    expect(problemWords(say, problem(403, "token-not-for-this"), true).text).toContain("does not allow that");
    expect(problemWords(say, problem(409, "already-extended"), true).text).toContain("extended already");
    expect(problemWords(say, problem(418), true)).toEqual({ text: say("problem.other"), detail: "D" });
  });

  it("reasons for another login are known by their code", () => {
    const say = speaker("pt-BR");
    const ana = { id: "1", label: "ana@example.com" };
    const evidence = [{ rule: "the page is at https://x/login", seen: "the page is at https://x/login", value: "true" as const }];
    const words = (code: Again["code"], known = {}) =>
      againWords(say, { again: { code, reason: "In English.", evidence }, login: login(known) });
    expect(words("logged_out")).toEqual({ text: say("reason.gone"), detail: null });
    expect(words("not_proven")).toEqual({ text: say("reason.notElsewhere"), detail: null, evidence });
    expect(words("other_account", { expectedIdentity: ana })?.text).toContain("ana@example.com");
    expect(words("other_account")).toEqual({ text: say("reason.other"), detail: null });
    expect(words(null)).toEqual({ text: say("reason.other"), detail: "In English." });
    expect(againWords(say, { again: null, login: login() })).toBeNull();
  });
});

describe("evidence", () => {
  it.each([
    "the page is at https://app.example.com/**",
    'a cookie "sid" is set',
    'a cookie "sid" of *.example.com with a fitting value is set',
    'local storage has "user:*"',
    'session storage of https://app.example.com has "user:*" with $.token',
    'a visible element "main > h1" is on the page',
    'an element "main" is on the page',
    'the page says "(?i)welcome"',
    'the page\'s title has "Dashboard"',
    "the page was answered with 200 or 204",
    "GET https://api.example.com/me was answered with 200 and $.id",
    "https://api.example.com/me was answered",
    "it could not be looked at",
    "there is one",
    "there is none",
    "it was answered with 404",
    "no such cookie among 12",
    "it is set",
    "it is set to something else",
    "no page of that site is open",
    "no such key",
    "it is there",
    "the key is there, $.token in it is not",
    "GET https://api.example.com/me was answered with 401",
    "no such answer so far",
    "the page's text has it",
    "the title does not have it",
    "not: the page is at https://app.example.com/login",
  ])("%s", (text) => {
    expect(translateEvidence(text, "en")).toBe(text);
    for (const language of ["pt-BR", "es"] as const) {
      const translated = translateEvidence(text, language);
      expect(translated).not.toBeNull();
      expect(translated).not.toMatch(/\b(the|is|was|answered|there|such|has|set)\b/);
      // Names, hosts and numbers are kept.
      for (const kept of text.match(/https:\S+|\$\.\w+|\d+|(?<=")[^"]+(?=")/g) ?? []) expect(translated).toContain(kept);
    }
  });

  it("of a form that is not known stays as it is", () => {
    expect(translateEvidence("the moon is full", "es")).toBeNull();
    expect(translateEvidence("not: the moon is full", "pt-BR")).toBeNull();
  });
});
