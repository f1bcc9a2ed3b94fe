import { useEffect, useId, useRef, useState } from "react";
import type { Param } from "@/api/types";
import type { Asked, Fault, Site } from "./scene";
import { useSay } from "./useSay";

export interface Answers {
  values: Record<string, string>;
  set: (name: string, value: string) => void;
}

/** What stands in the fields: what was said before, until the person writes something else. */
export function useAnswers(asked: Asked | undefined): Answers {
  const [written, setWritten] = useState<Record<string, string>>({});
  const of = ({ name, kind, values, required }: Param) =>
    written[name] ?? asked?.given[name] ?? (kind === "enum" && required ? (values[0] ?? "") : "");
  const values = Object.fromEntries((asked?.params ?? []).map((param) => [param.name, of(param)]));
  return { values, set: (name, value) => setWritten((before) => ({ ...before, [name]: value })) };
}

/** What the site's definition asks of the person, such as the address of a site of their own. */
export function ParamFields({ site, asked, answers }: { site: Site; asked: Asked; answers: Answers }) {
  const say = useSay();
  const fields = useRef<HTMLDivElement>(null);
  // What is wrong is gone to at once, by whoever cannot see it, too.
  useEffect(() => {
    if (asked.faults.length > 0) fields.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [asked.faults]);
  const isAsked = (fault: Fault) => asked.params.some(({ name }) => name === fault.name);
  const elsewhere = asked.params.some(({ name }) => asked.saved && asked.given[name] && answers.values[name]?.trim() !== asked.given[name]);
  return (
    <div className="params" ref={fields} data-testid="params">
      {asked.faults.some((fault) => !isAsked(fault)) ? (
        <p className="field-error" role="alert">
          {say("params.other", { name: site.name })}
        </p>
      ) : null}
      {asked.params.map((param) => (
        <Field
          key={param.name}
          param={param}
          value={answers.values[param.name] ?? ""}
          fault={asked.faults.find(({ name }) => name === param.name) ?? null}
          onChange={(value) => answers.set(param.name, value)}
        />
      ))}
      {elsewhere ? (
        <p className="hint" role="status" data-testid="params-elsewhere">
          {say("params.elsewhere")}
        </p>
      ) : null}
    </div>
  );
}

function Field({
  param,
  value,
  fault,
  onChange,
}: {
  param: Param;
  value: string;
  fault: Fault | null;
  onChange: (value: string) => void;
}) {
  const say = useSay();
  const id = useId();
  const { name, kind, example, required } = param;
  const help = inLanguage(param.help, say.language);
  const wrong = fault ? say(fault.code === "missing" ? "params.missing" : "params.invalid", { example }) : null;
  const common = {
    id,
    name,
    value,
    "aria-required": required,
    "aria-invalid": fault ? true : undefined,
    "aria-describedby": fault ? `${id}-wrong ${id}-help` : `${id}-help`,
    "data-testid": `param-${name}`,
  } as const;
  return (
    <div className="param">
      <label htmlFor={id}>
        {inLanguage(param.label, say.language)}
        {required ? null : <span className="param-optional"> ({say("params.optional")})</span>}
      </label>
      {kind === "enum" ? (
        <select {...common} onChange={(event) => onChange(event.target.value)}>
          {required ? null : <option value="" />}
          {param.values.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          inputMode={kind === "text" ? "text" : "url"}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {wrong ? (
        <p className="field-error" role="alert" id={`${id}-wrong`}>
          {wrong}
        </p>
      ) : null}
      <p className="hint" id={`${id}-help`}>
        {help ? `${help} ` : ""}
        {kind === "enum" ? "" : say("params.example", { example })}
      </p>
    </div>
  );
}

/** In the person's language or a near one, or else in English. */
export function inLanguage(texts: Record<string, string>, language: string): string {
  const general = language.split("-")[0];
  const near = Object.keys(texts).find((tag) => tag.split("-")[0] === general);
  return texts[language] ?? (near === undefined ? undefined : texts[near]) ?? texts.en ?? "";
}
