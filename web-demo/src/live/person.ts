import {
  ClickCounter,
  EscapeTwice,
  type Input,
  type TouchPoint,
  buttonName,
  keyMessage,
  modifiers,
  planKeyDown,
  resizeMessage,
  toPage,
  wheelPixels,
} from "./input";

interface Parts {
  canvas: HTMLCanvasElement;
  /** The hidden text field that has the focus: so pasting, composition and phone keyboards work. */
  field: HTMLTextAreaElement;
  stage: HTMLElement;
  page: () => { width: number; height: number };
  send: (input: Input) => boolean;
  congested: () => boolean;
  onLeave: () => void;
  /** The room for the picture has another size. */
  onRoom: () => void;
}

/** Kept in the field so that a phone's delete key has something to delete. */
const SENTINEL = "\u200b";

/** Turns what a person does at the view into messages. */
export class Person {
  private readonly mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  private readonly listening = new AbortController();
  private readonly clicks = new ClickCounter();
  private readonly escapes = new EscapeTwice();
  private readonly held = new Map<string, Extract<Input, { type: "key" }>>();
  private readonly fingers = new Map<number, TouchPoint>();
  private readonly sizes: ResizeObserver;
  private move: Input | undefined;
  private wheel: Extract<Input, { type: "mouse" }> | undefined;
  private frame: number | undefined;
  private resizing: ReturnType<typeof setTimeout> | undefined;
  private composing = false;

  constructor(private readonly parts: Parts) {
    const { canvas, field, stage } = parts;
    const { signal } = this.listening;
    canvas.addEventListener("pointerdown", this.pointerDown, { signal });
    canvas.addEventListener("pointermove", this.pointerMove, { signal });
    canvas.addEventListener("pointerup", this.pointerUp, { signal });
    canvas.addEventListener("pointercancel", this.pointerCancel, { signal });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    canvas.addEventListener("wheel", this.turn, { signal, passive: false });
    field.addEventListener("keydown", this.keyDown, { signal });
    field.addEventListener("keyup", this.keyUp, { signal });
    field.addEventListener("beforeinput", this.beforeInput, { signal });
    field.addEventListener("input", this.typed, { signal });
    field.addEventListener("compositionstart", () => (this.composing = true), { signal });
    field.addEventListener("compositionend", this.composed, { signal });
    field.addEventListener("paste", this.paste, { signal });
    field.addEventListener("focus", () => this.empty(), { signal });
    field.addEventListener("blur", () => this.letGo(), { signal });
    this.empty();
    this.sizes = new ResizeObserver(() => {
      parts.onRoom();
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.announceSize(), 200);
    });
    this.sizes.observe(stage);
  }

  /** Asks for a page of the size that there is room for. */
  announceSize(): void {
    const { stage, send } = this.parts;
    if (stage.clientWidth > 0) send(resizeMessage(stage.clientWidth, stage.clientHeight, window.devicePixelRatio));
  }

  end(): void {
    this.listening.abort();
    this.sizes.disconnect();
    clearTimeout(this.resizing);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.letGo();
  }

  private at(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const shown = this.parts.canvas.getBoundingClientRect();
    return toPage({ x: event.clientX, y: event.clientY }, shown, this.parts.page());
  }

  private get blind(): boolean {
    return this.parts.page().width === 0 || this.parts.field.disabled;
  }

  // Mouse, pen and fingers

  private pointerDown = (event: PointerEvent): void => {
    event.preventDefault();
    if (this.blind) return;
    this.parts.canvas.setPointerCapture(event.pointerId);
    this.flush();
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, { ...this.at(event), id: this.fingerId(event.pointerId) });
      this.touch("start");
      return;
    }
    this.parts.field.focus({ preventScroll: true });
    const { x, y } = this.at(event);
    const clickCount = this.clicks.press(event.timeStamp, event.clientX, event.clientY, event.button);
    this.parts.send({
      type: "mouse",
      action: "pressed",
      x,
      y,
      button: buttonName(event.button),
      clickCount,
      modifiers: modifiers(event, this.mac),
    });
  };

  private pointerMove = (event: PointerEvent): void => {
    if (this.blind) return;
    if (event.pointerType === "touch") {
      const finger = this.fingers.get(event.pointerId);
      if (!finger) return;
      Object.assign(finger, this.at(event));
      this.move = { type: "touch", action: "move", points: [...this.fingers.values()].map((point) => ({ ...point })) };
    } else {
      this.move = {
        type: "mouse",
        action: "moved",
        ...this.at(event),
        button: event.buttons & 1 ? "left" : event.buttons & 2 ? "right" : event.buttons & 4 ? "middle" : "none",
        modifiers: modifiers(event, this.mac),
      };
    }
    this.soon();
  };

  private pointerUp = (event: PointerEvent): void => {
    event.preventDefault();
    if (this.blind) return;
    this.flush();
    if (event.pointerType === "touch") {
      if (!this.fingers.delete(event.pointerId)) return;
      this.touch(this.fingers.size === 0 ? "end" : "move");
      // Within the tap, so that a phone shows its keyboard.
      this.parts.field.focus({ preventScroll: true });
      return;
    }
    this.parts.send({
      type: "mouse",
      action: "released",
      ...this.at(event),
      button: buttonName(event.button),
      clickCount: this.clicks.count,
      modifiers: modifiers(event, this.mac),
    });
  };

  private pointerCancel = (event: PointerEvent): void => {
    if (!this.fingers.delete(event.pointerId)) return;
    this.flush();
    this.touch(this.fingers.size === 0 ? "cancel" : "move");
  };

  private touch(action: "start" | "move" | "end" | "cancel"): void {
    this.parts.send({ type: "touch", action, points: [...this.fingers.values()].map((point) => ({ ...point })) });
  }

  /** The smallest number that no other finger has. */
  private fingerId(pointerId: number): number {
    const known = this.fingers.get(pointerId);
    if (known) return known.id;
    const used = new Set([...this.fingers.values()].map((finger) => finger.id));
    let id = 0;
    while (used.has(id)) id += 1;
    return id;
  }

  private turn = (event: WheelEvent): void => {
    event.preventDefault();
    if (this.blind) return;
    const { deltaX, deltaY } = wheelPixels(event, this.parts.page().height);
    this.wheel = {
      type: "mouse",
      action: "wheel",
      ...this.at(event),
      deltaX: (this.wheel?.deltaX ?? 0) + deltaX,
      deltaY: (this.wheel?.deltaY ?? 0) + deltaY,
      modifiers: modifiers(event, this.mac),
    };
    this.soon();
  };

  /** Moves and wheel turns are told once per drawn frame. */
  private soon(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (!this.parts.congested()) this.flush();
    });
  }

  private flush(): void {
    if (this.move) this.parts.send(this.move);
    if (this.wheel) this.parts.send(this.wheel);
    this.move = this.wheel = undefined;
  }

  // Keys and text

  private keyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape" && this.escapes.press(event.timeStamp)) {
      event.preventDefault();
      this.parts.onLeave();
      return;
    }
    const plan = planKeyDown(event, this.mac);
    if (plan.do !== "send") return;
    event.preventDefault();
    this.parts.send(plan.message);
    if (plan.message.type !== "key") return;
    if (this.mac && event.metaKey && event.key !== "Meta") {
      // A Mac tells nothing of a key that goes up while Command is down.
      this.parts.send({ ...plan.message, action: "up" });
    } else {
      this.held.set(event.code, plan.message);
    }
  };

  private keyUp = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (!this.held.delete(event.code)) return;
    event.preventDefault();
    this.parts.send(keyMessage("up", event, this.mac));
  };

  /** No key stays down on the server because the focus went elsewhere. */
  private letGo(): void {
    for (const message of this.held.values()) this.parts.send({ ...message, action: "up", modifiers: 0 });
    this.held.clear();
  }

  /** Phone keyboards tell these as edits, not as keys. */
  private beforeInput = (event: InputEvent): void => {
    if (this.composing) return;
    const key = { deleteContentBackward: "Backspace", insertLineBreak: "Enter", insertParagraph: "Enter" }[event.inputType];
    if (!key) return;
    event.preventDefault();
    this.parts.send({ type: "key", action: "down", key, code: key, modifiers: 0 });
    this.parts.send({ type: "key", action: "up", key, code: key, modifiers: 0 });
    this.empty();
  };

  private typed = (event: Event): void => {
    if (this.composing || (event as InputEvent).isComposing) return;
    this.sendText();
  };

  private composed = (): void => {
    this.composing = false;
    this.sendText();
  };

  private sendText(): void {
    const text = this.parts.field.value.replaceAll(SENTINEL, "");
    this.empty();
    if (text) this.parts.send({ type: "text", text });
  }

  private paste = (event: ClipboardEvent): void => {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain");
    // A message has an upper size: long texts go in pieces.
    for (const piece of text?.match(/[^]{1,8000}/gu) ?? []) this.parts.send({ type: "text", text: piece });
  };

  private empty(): void {
    const { field } = this.parts;
    field.value = SENTINEL;
    if (document.activeElement === field) field.setSelectionRange(SENTINEL.length, SENTINEL.length);
  }
}
