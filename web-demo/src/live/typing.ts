import type { Fields, Platform } from "./fields";
import { CTRL, SHIFT, stroke } from "./keys";
import type { Input } from "./protocol";
import { change, pieces } from "./typed";

interface Parts {
  fields: Fields;
  platform: Platform;
  send: (input: Input) => void;
}

/** Kept in front so that a phone's delete key has something to delete, and so that a replaced text is told from an added one. */
const MARK = "\u200b";
/** A field's text is of use as the context of what is typed next; not for ever. */
const LONGEST = 400;

const DELETES: { [inputType: string]: Input[] } = {
  deleteContentBackward: stroke("Backspace"),
  deleteContentForward: stroke("Delete"),
  deleteWordBackward: stroke("Backspace", CTRL),
  deleteWordForward: stroke("Delete", CTRL),
  deleteSoftLineBackward: [...stroke("Home", SHIFT), ...stroke("Backspace")],
  deleteHardLineBackward: [...stroke("Home", SHIFT), ...stroke("Backspace")],
};

/**
 * What reaches the hidden field as text and not as keys: input methods, phone keyboards, emoji, dictation, a password
 * manager, paste. The field keeps what was typed, and each event is read as the difference to what was known before: so the
 * orders of events, in which browsers differ, do not matter, and a correction by the phone is one.
 */
export class Typing {
  private known = "";
  private composition: { plain: boolean; shown: boolean } | null = null;
  private readonly listening = new AbortController();
  private afterComposition: (() => void) | undefined;

  constructor(private readonly parts: Parts) {
    const { signal } = this.listening;
    for (const element of parts.fields.all as readonly HTMLElement[]) {
      element.addEventListener("beforeinput", this.before, { signal });
      element.addEventListener("input", this.typed, { signal });
      element.addEventListener("compositionstart", this.compositionStart, { signal });
      element.addEventListener("compositionupdate", this.compositionUpdate, { signal });
      element.addEventListener("compositionend", this.compositionEnd, { signal });
      element.addEventListener("paste", this.paste, { signal });
      // From the browser's own menu; as keys they do not come here.
      element.addEventListener("copy", this.copy, { signal });
      element.addEventListener("cut", this.copy, { signal });
      element.addEventListener("focus", () => this.reset(), { signal });
    }
    this.reset();
  }

  end(): void {
    this.listening.abort();
    for (const element of this.parts.fields.all) element.value = "";
  }

  /** At once, or when the composition that is under way is over: it would be torn apart. */
  whenSettled(then: () => void): void {
    if (this.composition) this.afterComposition = then;
    else then();
  }

  /** A click or a key comes next: what is being composed stands as it is, and later edits are not behind it any more. */
  settle(): void {
    if (this.composition) this.finish();
    this.reset();
  }

  /** Empties the field; what was typed is the page's. */
  reset(): void {
    if (this.composition) return;
    const { active, focused } = this.parts.fields;
    this.known = "";
    const mark = this.mark;
    if (active.value === mark) return;
    active.value = mark;
    if (focused) active.setSelectionRange(mark.length, mark.length);
  }

  /** Android tells nothing of a delete key in an empty field. Elsewhere a password manager should find it empty. */
  private get mark(): string {
    const { fields, platform } = this.parts;
    return fields.isCredential && !platform.android ? "" : MARK;
  }

  private before = (event: InputEvent): void => {
    if (this.composition) return;
    const { inputType } = event;
    if (inputType === "insertLineBreak" || inputType === "insertParagraph") {
      event.preventDefault();
      this.reset();
      this.sendAll(stroke("Enter"));
    } else if (inputType === "historyUndo" || inputType === "historyRedo") {
      event.preventDefault();
      this.sendAll(stroke(inputType === "historyUndo" ? "z" : "y", CTRL));
    } else if (DELETES[inputType] && this.known === "" && event.cancelable) {
      event.preventDefault();
      this.reset();
      this.sendAll(DELETES[inputType]);
    }
  };

  private typed = (event: Event): void => {
    if (this.composition || (event as InputEvent).isComposing) return;
    const filled = !(event instanceof InputEvent) || (event.inputType === "insertReplacementText" && this.known === "");
    if (filled) this.replace();
    else this.sync();
  };

  private compositionStart = (event: CompositionEvent): void => {
    const { value } = this.parts.fields.active;
    // A word that stands already and is composed anew has no preview: it would be there twice.
    this.composition = { plain: !event.data && value === this.mark + this.known, shown: false };
  };

  private compositionUpdate = (event: CompositionEvent): void => {
    if (!this.composition?.plain || (event.data === "" && !this.composition.shown)) return;
    this.composition.shown = true;
    const { length } = event.data;
    this.parts.send({ type: "composition", text: event.data, start: length, end: length });
  };

  private compositionEnd = (): void => {
    if (this.composition) this.finish();
    else this.sync();
    const then = this.afterComposition;
    this.afterComposition = undefined;
    then?.();
  };

  private finish(): void {
    const { shown } = this.composition ?? { shown: false };
    this.composition = null;
    const text = this.text();
    // Text that is committed takes the preview's place; without one, or with a correction before it, it has to go.
    if (shown && !(text.length > this.known.length && text.startsWith(this.known))) {
      this.parts.send({ type: "composition", text: "", start: 0, end: 0 });
    }
    this.sync();
  }

  private text(): string {
    return this.parts.fields.active.value.replaceAll(MARK, "");
  }

  private sync(): void {
    const { value } = this.parts.fields.active;
    const text = this.text();
    if (!value.startsWith(this.mark)) {
      if (text !== "") return this.replace();
      const { removed } = change(this.known, "");
      this.sendAll(Array.from({ length: removed || 1 }, () => stroke("Backspace")).flat());
      return this.reset();
    }
    const { removed, added } = change(this.known, text);
    this.known = text;
    for (let n = 0; n < removed; n += 1) this.sendAll(stroke("Backspace"));
    this.sendText(added);
    if (text.length > LONGEST) this.reset();
  }

  /** All of the field was filled by somebody else: a password manager, a one-time code's suggestion. */
  private replace(): void {
    const text = this.text();
    if (text === this.known) return;
    this.parts.send({ type: "edit", action: "select_all" });
    this.sendText(text);
    this.reset();
  }

  private paste = (event: ClipboardEvent): void => {
    event.preventDefault();
    this.settle();
    for (const piece of pieces(event.clipboardData?.getData("text/plain") ?? "")) {
      this.parts.send({ type: "edit", action: "paste", text: piece });
    }
  };

  private copy = (event: ClipboardEvent): void => {
    event.preventDefault();
    this.parts.send({ type: "edit", action: event.type === "cut" ? "cut" : "copy" });
  };

  private sendText(text: string): void {
    for (const piece of pieces(text)) this.parts.send({ type: "text", text: piece });
  }

  private sendAll(inputs: readonly Input[]): void {
    for (const input of inputs) this.parts.send(input);
  }
}
