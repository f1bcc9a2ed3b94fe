import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Filler } from "./filler";
import { Icon, IconButton } from "@/ui/icons";
import { type Own, fieldGroups, sameField } from "./mirror";
import type { FormField, Input, MirroredForm } from "./protocol";
import { SimpleField } from "./SimpleField";
import type { LiveWords } from "./words";

/** "Simple": the page's form as a plain one, for screen readers, password managers and phones. */
export function SimpleForm({
  words,
  mirrored,
  disabled,
  send,
  onOff,
}: {
  words: LiveWords;
  mirrored: MirroredForm | null;
  disabled: boolean;
  send: (input: Input) => void;
  onOff: () => void;
}) {
  const faithful = mirrored !== null && mirrored.faithful && mirrored.form !== null;
  return (
    <section className="live-simple" data-faithful={faithful || undefined} aria-label={words.simpleForm} data-testid="live-form">
      <div className="live-simple-head">
        <p role="status">
          {mirrored === null ? (
            <>
              <span className="spinner" aria-hidden="true" /> {words.simpleWaiting}
            </>
          ) : faithful ? null : (
            (words.why[mirrored.why ?? "none"] ?? words.why.none)
          )}
        </p>
        <IconButton icon="close" size={14} label={words.simpleOff} onClick={onOff} />
      </div>
      {faithful ? <Mirror words={words} mirrored={mirrored} disabled={disabled} send={send} /> : null}
    </section>
  );
}

function Mirror({
  words,
  mirrored,
  disabled,
  send,
}: {
  words: LiveWords;
  mirrored: MirroredForm;
  disabled: boolean;
  send: (input: Input) => void;
}) {
  const form = mirrored.form ?? 0;
  const id = useId();
  const node = useRef<HTMLFormElement>(null);
  // `send` is the same for as long as the view is there.
  const [filler] = useState(() => new Filler((form, field, filling) => send({ type: "fill", form, field, ...filling })));
  const [ticked] = useState(() => new Map<string, Own>());
  useEffect(() => () => filler.flush(), [filler]);
  useFocusKept(node, mirrored);

  function press(button: number) {
    filler.flush();
    send({ type: "press", form, button });
  }

  function submit() {
    const main = mirrored.buttons.find((button) => button.main) ?? mirrored.buttons[0];
    if (main && !main.disabled) press(main.id);
    else filler.flush();
  }

  return (
    <form
      ref={node}
      className="live-mirror"
      aria-labelledby={`${id}-title`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        // Also where the page's form has no button that submits it.
        const { target } = event;
        const isLine = target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio";
        if (event.key !== "Enter" || event.nativeEvent.isComposing || !isLine) return;
        event.preventDefault();
        submit();
      }}
    >
      <h3 id={`${id}-title`}>{mirrored.title || words.simpleForm}</h3>
      <div role="alert" className="live-alerts">
        {mirrored.alerts.map((text, index) => (
          <p key={`${index} ${text}`}>
            <Icon name="warning" size={18} />
            {text}
          </p>
        ))}
      </div>
      {textsOf(mirrored).map((text, index) => (
        <p key={index} className="live-quiet">
          {text}
        </p>
      ))}
      {fieldGroups(mirrored.fields).map(({ group, fields }, at) => {
        const lines = fields.map((field) => (
          <SimpleField
            key={`${form} ${field.id}`}
            words={words}
            field={field}
            form={form}
            disabled={disabled}
            ticked={ticked}
            onFill={(filling) => filler.fill(form, field.id, filling)}
            onFocus={() => send({ type: "focus", form, field: field.id })}
            onLeave={() => filler.flush()}
          />
        ));
        return group === null ? (
          lines
        ) : (
          <fieldset key={`group ${at}`}>
            <legend>{group}</legend>
            {lines}
          </fieldset>
        );
      })}
      <div className="live-mirror-buttons">
        {inOrder(mirrored.buttons).map((button) => (
          <button
            key={`${form} ${button.id}`}
            type={button.main ? "submit" : "button"}
            className={button.main ? "button primary" : "button"}
            disabled={disabled || button.disabled}
            onClick={button.main ? undefined : () => press(button.id)}
          >
            {button.label}
          </button>
        ))}
      </div>
      <p className="hint">{words.simpleNote}</p>
    </form>
  );
}

/** What stands at a field or on a button, or is an alert, is often a paragraph of the page too: it is not said twice. */
function textsOf({ fields, alerts, buttons, texts }: MirroredForm): string[] {
  const elsewhere = [...alerts, ...fields.map(({ error }) => error), ...buttons.map(({ label }) => label)];
  const said = new Set<string | null | undefined>(elsewhere);
  return texts.filter((text) => !said.has(text));
}

/** What ends the form follows its fields: other buttons may stand anywhere on the page. */
function inOrder(buttons: MirroredForm["buttons"]): MirroredForm["buttons"] {
  return [...buttons.filter((button) => button.main), ...buttons.filter((button) => !button.main)];
}

/** Where the page has drawn its form anew, whoever was in a field is in the same one; otherwise at the first. */
function useFocusKept(node: React.RefObject<HTMLFormElement | null>, mirrored: MirroredForm): void {
  const known = useRef<{ form: number | null; fields: FormField[]; focus: FormField | null }>({
    form: mirrored.form,
    fields: mirrored.fields,
    focus: null,
  });

  useEffect(() => {
    const form = node.current;
    if (!form) return;
    const note = (event: FocusEvent) => {
      const id = Number((event.target as HTMLElement).dataset.field ?? NaN);
      known.current.focus = known.current.fields.find((field) => field.id === id) ?? null;
    };
    const left = (event: FocusEvent) => {
      // A field that goes away with the old form loses the focus to nobody.
      if (event.relatedTarget) known.current.focus = null;
    };
    form.addEventListener("focusin", note);
    form.addEventListener("focusout", left);
    return () => {
      form.removeEventListener("focusin", note);
      form.removeEventListener("focusout", left);
    };
  }, [node]);

  useLayoutEffect(() => {
    const { form, focus } = known.current;
    const renewed = form !== mirrored.form;
    known.current = { form: mirrored.form, fields: mirrored.fields, focus };
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (!renewed || !lost || !node.current) return;
    const same = focus ? sameField(mirrored.fields, focus) : undefined;
    const target = same ? node.current.querySelector<HTMLElement>(`[data-field="${same.id}"]`) : node.current.querySelector<HTMLElement>("[data-field]:not(:disabled)");
    target?.focus({ preventScroll: false });
  }, [node, mirrored]);
}
