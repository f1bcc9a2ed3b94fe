import type { Language } from "./language";

type Build = (parts: (string | undefined)[]) => string;
type Forms = [form: RegExp, built: Record<Exclude<Language, "en">, Build>];

/** The service says in English what it looked for and what it saw; these are all the forms that it says it in. */
const FORMS: Forms[] = [
  [
    /^the page is at (.*)$/,
    { "pt-BR": ([, at]) => `a página está em ${at}`, es: ([, at]) => `la página está en ${at}` },
  ],
  [
    /^a cookie "(.*?)"(?: of (\S+))?( with a fitting value)? is set$/,
    {
      "pt-BR": ([, name, of, fitting]) =>
        `há um cookie “${name}”${of ? ` de ${of}` : ""}${fitting ? " com um valor adequado" : ""}`,
      es: ([, name, of, fitting]) =>
        `hay una cookie «${name}»${of ? ` de ${of}` : ""}${fitting ? " con un valor adecuado" : ""}`,
    },
  ],
  [
    /^(local|session) storage(?: of (\S+))? has "(.*?)"(?: with (.*))?$/,
    {
      "pt-BR": ([, kind, of, key, json]) =>
        `o armazenamento ${kind === "local" ? "local" : "da sessão"}${of ? ` de ${of}` : ""} tem “${key}”${json ? ` com ${json}` : ""}`,
      es: ([, kind, of, key, json]) =>
        `el almacenamiento ${kind === "local" ? "local" : "de sesión"}${of ? ` de ${of}` : ""} tiene «${key}»${json ? ` con ${json}` : ""}`,
    },
  ],
  [
    /^(a visible|an) element "(.*)" is on the page$/,
    {
      "pt-BR": ([, visible, css]) => `há um elemento${visible === "a visible" ? " visível" : ""} “${css}” na página`,
      es: ([, visible, css]) => `hay un elemento${visible === "a visible" ? " visible" : ""} «${css}» en la página`,
    },
  ],
  [/^the page says "(.*)"$/, { "pt-BR": ([, text]) => `a página diz “${text}”`, es: ([, text]) => `la página dice «${text}»` }],
  [
    /^the page's title has "(.*)"$/,
    { "pt-BR": ([, text]) => `o título da página tem “${text}”`, es: ([, text]) => `el título de la página tiene «${text}»` },
  ],
  [
    /^(?:the page|it) was answered with (.*)$/,
    {
      "pt-BR": ([, status]) => `a página foi respondida com ${either(status, "ou")}`,
      es: ([, status]) => `la página se respondió con ${either(status, "o")}`,
    },
  ],
  [
    /^(.+) was answered(?: with (\d+(?: or \d+)*))?(.*)$/,
    {
      "pt-BR": ([, what, status, more]) => `${what} foi respondido${status ? ` com ${either(status, "ou")}` : ""}${also(more, "e")}`,
      es: ([, what, status, more]) => `${what} se respondió${status ? ` con ${either(status, "o")}` : ""}${also(more, "y")}`,
    },
  ],
  [/^it could not be looked at$/, { "pt-BR": () => "não foi possível verificar", es: () => "no se pudo mirar" }],
  [/^there is one$/, { "pt-BR": () => "há um", es: () => "hay uno" }],
  [/^there is none$/, { "pt-BR": () => "não há nenhum", es: () => "no hay ninguno" }],
  [
    /^no such cookie among (\d+)$/,
    { "pt-BR": ([, n]) => `nenhum assim entre ${n} cookies`, es: ([, n]) => `ninguna así entre ${n} cookies` },
  ],
  [/^it is set$/, { "pt-BR": () => "existe", es: () => "existe" }],
  [/^it is set to something else$/, { "pt-BR": () => "existe, com outro valor", es: () => "existe, con otro valor" }],
  [
    /^no page of that site is open$/,
    { "pt-BR": () => "nenhuma página desse site está aberta", es: () => "no hay ninguna página de ese sitio abierta" },
  ],
  [/^no such key$/, { "pt-BR": () => "não há essa chave", es: () => "no hay esa clave" }],
  [/^it is there$/, { "pt-BR": () => "está lá", es: () => "está ahí" }],
  [
    /^the key is there, (.*) in it is not$/,
    { "pt-BR": ([, path]) => `a chave está lá, mas sem ${path}`, es: ([, path]) => `la clave está ahí, pero sin ${path}` },
  ],
  [
    /^no such answer so far$/,
    { "pt-BR": () => "nenhuma resposta assim até agora", es: () => "ninguna respuesta así hasta ahora" },
  ],
  [
    /^the (page's text|title) (has it|does not have it)$/,
    {
      "pt-BR": ([, place, has]) => `o ${place === "title" ? "título" : "texto da página"} ${has === "has it" ? "tem" : "não tem"}`,
      es: ([, place, has]) => `el ${place === "title" ? "título" : "texto de la página"} ${has === "has it" ? "lo tiene" : "no lo tiene"}`,
    },
  ],
];

const NOT = { "pt-BR": "não: ", es: "no: " };

/** The same in the person's language; null where it is of no known form, and is best shown as it is. */
export function translateEvidence(text: string, language: Language): string | null {
  if (language === "en") return text;
  if (text.startsWith("not: ")) {
    const plain = translateEvidence(text.slice(5), language);
    return plain === null ? null : NOT[language] + plain;
  }
  for (const [form, built] of FORMS) {
    const parts = form.exec(text);
    if (parts) return built[language](parts);
  }
  return null;
}

const either = (numbers: string | undefined, or: string): string => (numbers ?? "").replaceAll(" or ", ` ${or} `);
const also = (more: string | undefined, and: string): string => (more ?? "").replaceAll(/^ and | and (?=\$)/g, ` ${and} `);
