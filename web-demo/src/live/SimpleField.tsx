import { useEffect, useId, useRef } from "react";
import type { Filling } from "./filler";
import { type Own, hintsOf, inputType, takesOver } from "./mirror";
import type { FormField } from "./protocol";
import type { LiveWords } from "./words";

interface Props {
  words: LiveWords;
  field: FormField;
  form: number;
  disabled: boolean;
  /** What the person has ticked or chosen, by the name of the boxes it was chosen among. */
  ticked: Map<string, Own>;
  onFill: (filling: Filling) => void;
  onFocus: () => void;
  /** What was typed must not wait any longer. */
  onLeave: () => void;
}

/**
 * One field of the page's form. What is in it stays in it: it is read when it changes, so that a password is nowhere else,
 * and a form that is sent anew does not move anybody's caret.
 */
export function SimpleField(props: Props) {
  const { words, field, form, disabled } = props;
  const id = useId();
  const error = field.error ? `${id}-error` : undefined;
  const common = {
    id,
    disabled: disabled || field.disabled,
    required: field.required,
    "aria-invalid": field.error ? true : undefined,
    "aria-describedby": error,
    "data-field": field.id,
    onFocus: props.onFocus,
    onBlur: props.onLeave,
  };
  const label = field.label || field.placeholder || words.unnamedField;
  const named = (
    <label htmlFor={id}>
      {label}
      {field.required ? <span className="live-required"> ({words.required})</span> : null}
    </label>
  );
  const wrong = field.error ? (
    <p id={error} className="live-field-error">
      {field.error}
    </p>
  ) : null;
  if (field.kind === "checkbox" || field.kind === "radio") {
    return (
      <div className="live-tick">
        <Tick {...props} common={common} name={`${form}-${field.name || field.group || "choice"}`} />
        {named}
        {wrong}
      </div>
    );
  }
  return (
    <div className="live-line">
      {named}
      {field.kind === "select" ? <Select {...props} common={common} /> : <Text {...props} common={common} />}
      {wrong}
    </div>
  );
}

type WithCommon = Props & { common: object };

function Tick({ field, form, ticked, onFill, common, name }: WithCommon & { name: string }) {
  const node = useRef<HTMLInputElement>(null);
  // Of buttons that exclude each other one is chosen; a box is chosen or not by itself.
  const among = field.kind === "radio" ? name : `${form} ${field.id}`;
  useEffect(() => {
    const { current } = node;
    const theirs = field.checked ?? false;
    const own = ticked.get(among);
    const mine = own && { value: String(own.value === String(field.id)), at: own.at };
    if (current && takesOver(String(theirs), mine, false, Date.now())) current.checked = theirs;
  }, [field, ticked, among]);
  return (
    <input
      {...common}
      ref={node}
      type={field.kind}
      name={name}
      defaultChecked={field.checked}
      onChange={({ target: { checked } }) => {
        ticked.set(among, { value: checked ? String(field.id) : "", at: Date.now() });
        onFill({ checked });
      }}
    />
  );
}

function Select({ field, onFill, common }: WithCommon) {
  const node = useRef<HTMLSelectElement>(null);
  const options = field.options ?? [];
  const own = useRef<Own>(undefined);
  const theirs = JSON.stringify(options.filter((option) => option.selected).map((option) => option.value));
  useEffect(() => {
    const { current } = node;
    // A list that is open under somebody's finger has the focus; one that was just chosen from is told soon.
    if (!current || !takesOver(theirs, own.current, false, Date.now())) return;
    const chosen = new Set(JSON.parse(theirs) as string[]);
    for (const option of current.options) option.selected = chosen.has(option.value);
  }, [field, theirs]);
  const groups = [...new Set(options.map((option) => option.group ?? null))];
  const selected = options.filter((option) => option.selected).map((option) => option.value);
  return (
    <select
      {...common}
      ref={node}
      className="live-input"
      multiple={field.multiple}
      name={field.name || undefined}
      defaultValue={field.multiple ? selected : selected[0]}
      autoComplete={hintsOf(field).autoComplete}
      onChange={(event) => {
        const values = [...event.target.selectedOptions].map((option) => option.value);
        own.current = { value: JSON.stringify(values), at: Date.now() };
        onFill({ values });
      }}
    >
      {groups.map((group) => {
        const items = options
          .filter((option) => (option.group ?? null) === group)
          .map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ));
        return group === null ? (
          items
        ) : (
          <optgroup key={group} label={group}>
            {items}
          </optgroup>
        );
      })}
    </select>
  );
}

function Text({ field, onFill, common }: WithCommon) {
  const node = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const own = useRef<Own>(undefined);
  const secret = field.kind === "password";
  useEffect(() => {
    const { current } = node;
    // Of a password nothing is told but whether there is one: that the page has taken ours, and that it has emptied it.
    if (secret && field.value !== "") own.current = undefined;
    if (!current || field.value === undefined || (secret && field.value !== "")) return;
    if (current.value === field.value || !takesOver(field.value, own.current, document.activeElement === current, Date.now())) return;
    current.value = field.value;
  }, [field, secret]);
  const hints = hintsOf(field);
  const shared = {
    ...common,
    ref: node,
    className: "live-input",
    name: field.name || undefined,
    readOnly: field.readOnly,
    placeholder: field.placeholder ?? undefined,
    maxLength: field.maxLength && field.maxLength > 0 ? field.maxLength : undefined,
    autoComplete: hints.autoComplete,
    inputMode: hints.inputMode,
    autoCapitalize: "none",
    spellCheck: false,
    onInput: (event: React.FormEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      const text = event.currentTarget.value;
      // Not the password itself; and not empty, or an answer from before it would take it away.
      own.current = { value: secret && text !== "" ? "•" : text, at: Date.now() };
      onFill({ text });
    },
  };
  if (field.kind === "multiline") return <textarea {...shared} rows={4} defaultValue={field.value ?? ""} />;
  return (
    <input
      {...shared}
      type={inputType(field.kind)}
      min={field.min || undefined}
      max={field.max || undefined}
      step={field.step || undefined}
      defaultValue={secret ? undefined : (field.value ?? "")}
    />
  );
}
