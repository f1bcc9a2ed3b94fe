import type { Box, PageField } from "./protocol";

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Whose hands these are: it decides how a keyboard is brought up. */
export interface Platform {
  mac: boolean;
  ios: boolean;
  android: boolean;
  /** Fingers instead of a mouse: a keyboard is drawn by the system when a field asks for one. */
  phone: boolean;
}

export function platformOf(view: Window): Platform {
  const { userAgent, maxTouchPoints } = view.navigator;
  // An iPad says that it is a Mac.
  const ios = /iPhone|iPad/.test(userAgent) || (/Mac/.test(userAgent) && maxTouchPoints > 1);
  return {
    mac: /Mac|iPhone|iPad/.test(userAgent),
    ios,
    android: /Android/.test(userAgent),
    phone: view.matchMedia?.("(pointer: coarse)").matches ?? false,
  };
}

const MODES = new Set(["none", "text", "decimal", "numeric", "tel", "search", "email", "url"]);
const MODE_OF_KIND: { [kind: string]: string } = {
  email: "email",
  tel: "tel",
  number: "decimal",
  url: "url",
  search: "search",
  "one-time-code": "numeric",
};
/** Types whose text can be selected by a program; `email` and `number` cannot, their `inputmode` does the same. */
const TYPE_OF_KIND: { [kind: string]: string } = { tel: "tel", url: "url", search: "search" };
const AUTOCOMPLETE = new Set(
  ("on off name honorific-prefix given-name additional-name family-name honorific-suffix nickname username new-password " +
    "current-password one-time-code organization-title organization street-address address-line1 address-line2 " +
    "address-line3 address-level4 address-level3 address-level2 address-level1 country country-name postal-code cc-name " +
    "cc-given-name cc-additional-name cc-family-name cc-number cc-exp cc-exp-month cc-exp-year cc-csc cc-type " +
    "transaction-currency transaction-amount language bday bday-day bday-month bday-year sex url photo tel " +
    "tel-country-code tel-national tel-area-code tel-local tel-extension email impp webauthn").split(" "),
);

/** What a page says for a password manager, where it is one of the words that browsers know. */
export function autocompleteOf(kind: string, said: string | null | undefined): string {
  const words = (said ?? "").trim().toLowerCase().split(/\s+/).filter((word) => word !== "webauthn" && AUTOCOMPLETE.has(word));
  const word = words.at(-1);
  if (word && word !== "on") return word;
  if (kind === "password") return "current-password";
  return kind === "one-time-code" ? "one-time-code" : "off";
}

export function inputModeOf(kind: string, said: string | null | undefined): string {
  return said && MODES.has(said) ? said : (MODE_OF_KIND[kind] ?? "text");
}

/**
 * The hidden fields that have the focus in place of the page's own: so pasting, composition, a phone's keyboard, its
 * suggestions and a password manager work, and a screen reader says which field it is. One of them is there at a time.
 */
export class Fields {
  active: TextField;
  readonly all: readonly TextField[];
  private field: PageField | null = null;
  /** Focused without asking the phone for a keyboard. */
  private quiet = false;
  private described: { list: string; active: string | null } | null = null;

  constructor(
    private readonly area: HTMLTextAreaElement,
    private readonly line: HTMLInputElement,
    private readonly secret: HTMLInputElement,
    private readonly platform: Platform,
  ) {
    this.active = area;
    this.all = [area, line, secret];
  }

  get focused(): boolean {
    return document.activeElement === this.active;
  }

  /** A person's own password manager may want to fill it: it must be as empty as it looks. */
  get isCredential(): boolean {
    return this.active === this.secret || /username|password|one-time-code/.test(this.active.autocomplete);
  }

  has(target: EventTarget | null): boolean {
    return this.all.some((element) => element === target);
  }

  /** The page's field in focus is this one, or none. */
  show(field: PageField | null, label: string): void {
    const next = this.elementFor(field);
    const had = this.focused;
    this.field = field;
    next.setAttribute("aria-label", label);
    next.setAttribute("inputmode", this.modeFor(field));
    const hint = field ? autocompleteOf(field.kind, field.autocomplete) : "off";
    next.setAttribute("autocomplete", hint);
    // Some password managers go by names.
    if (hint === "off") next.removeAttribute("name");
    else next.setAttribute("name", hint);
    next.setAttribute("enterkeyhint", field?.kind === "search" ? "search" : field && !field.multiline ? "go" : "enter");
    if (next === this.line) next.setAttribute("type", TYPE_OF_KIND[field?.kind ?? ""] ?? "text");
    const wasQuiet = this.quiet;
    this.quiet = this.platform.phone && field === null;
    if (next !== this.active) this.swap(next, had);
    // Android draws its keyboard for a new focus only; iOS when the mode changes, and not for a focus outside of a tap.
    else if (had && wasQuiet && field && this.platform.phone && !this.platform.ios) {
      next.blur();
      next.focus({ preventScroll: true });
    }
  }

  focus(): void {
    this.active.focus({ preventScroll: true });
  }

  /**
   * Within a tap. A tap beside the field brings no keyboard up yet: what the page does with it is told by its next focus.
   */
  tapped(inField: boolean): void {
    if (inField) {
      this.loud();
      // Android's keyboard can be put away while the field keeps the focus.
      if (this.focused) keyboardOf(navigator)?.show();
    } else if (!this.focused && this.platform.phone) {
      this.quiet = true;
      this.active.setAttribute("inputmode", "none");
    }
    this.focus();
  }

  /** The keyboard's button. */
  toggleKeyboard(): void {
    if (this.focused && !this.quiet) {
      this.active.blur();
      return;
    }
    this.active.blur();
    this.loud();
    this.focus();
  }

  /** Over the page's own field: there the system puts its suggestions, and scrolls to. */
  lie(box: Box | null): void {
    for (const { style } of this.all) {
      style.left = `${box?.x ?? 0}px`;
      style.top = `${box?.y ?? 0}px`;
      style.width = `${Math.max(1, box?.width ?? 1)}px`;
      style.height = `${Math.max(1, box?.height ?? 1)}px`;
    }
  }

  /** The list of suggestions beside it, and which of them the arrow keys have come to. */
  describe(what: { list: string; active: string | null } | null): void {
    this.described = what;
    for (const element of this.all) {
      const mine = element === this.active ? what : null;
      const set = (name: string, value: string | null) => (value === null ? element.removeAttribute(name) : element.setAttribute(name, value));
      set("role", mine ? "combobox" : null);
      set("aria-expanded", mine ? "true" : null);
      set("aria-controls", mine?.list ?? null);
      set("aria-activedescendant", mine?.active ?? null);
    }
  }

  private loud(): void {
    this.quiet = false;
    const mode = this.modeFor(this.field);
    this.active.setAttribute("inputmode", mode === "none" ? "text" : mode);
  }

  private elementFor(field: PageField | null): TextField {
    if (!field || field.multiline || field.kind === "multiline" || field.kind === "other") return this.area;
    return field.kind === "password" ? this.secret : this.line;
  }

  private modeFor(field: PageField | null): string {
    if (!field) return this.platform.phone ? "none" : "text";
    return inputModeOf(field.kind, field.inputMode);
  }

  private swap(next: TextField, focus: boolean): void {
    const old = this.active;
    this.active = next;
    next.hidden = false;
    if (focus) next.focus({ preventScroll: true });
    old.hidden = true;
    old.value = "";
    this.describe(this.described);
  }
}

/** Chromium's own way to a phone's keyboard. */
function keyboardOf(navigator: Navigator): { show: () => void } | undefined {
  return (navigator as Navigator & { virtualKeyboard?: { show: () => void } }).virtualKeyboard;
}
