import type { Fields, Platform } from "./fields";
import { type Size, toPage } from "./geometry";
import { modifiers } from "./keys";
import { ClickCounter, TapWatch, buttonName, heldButton, wheelPixels } from "./mouse";
import type { Input, TouchPoint } from "./protocol";
import type { Typing } from "./typing";

interface Parts {
  canvas: HTMLCanvasElement;
  stage: HTMLElement;
  fields: Fields;
  typing: Typing;
  platform: Platform;
  page: () => Size;
  /** Whether nothing may be done to the page. */
  blind: () => boolean;
  /** Whether the page's field in focus is at this point of the page. */
  inField: (point: { x: number; y: number }) => boolean;
  send: (input: Input) => void;
  congested: () => boolean;
}

const BACK_BUTTON = 3;
const FORWARD_BUTTON = 4;

/** Mouse, pen and fingers on the picture. */
export class Pointer {
  private readonly listening = new AbortController();
  private readonly clicks = new ClickCounter();
  private readonly taps = new TapWatch();
  private readonly fingers = new Map<number, TouchPoint>();
  private pressed: Extract<Input, { type: "mouse" }> | undefined;
  private move: Input | undefined;
  private lastMove = "";
  private wheel: Extract<Input, { type: "mouse" }> | undefined;
  private frame: number | undefined;

  constructor(private readonly parts: Parts) {
    const { canvas, stage } = parts;
    const { signal } = this.listening;
    const prevent = (event: Event) => event.preventDefault();
    canvas.addEventListener("pointerdown", this.down, { signal });
    canvas.addEventListener("pointermove", this.moved, { signal });
    canvas.addEventListener("pointerup", this.up, { signal });
    canvas.addEventListener("pointercancel", this.cancelled, { signal });
    canvas.addEventListener("wheel", this.turned, { signal, passive: false });
    canvas.addEventListener("contextmenu", prevent, { signal });
    // The mouse's own Back button would leave our page, and with it the login.
    for (const type of ["mousedown", "mouseup", "auxclick"]) canvas.addEventListener(type, prevent, { signal });
    // Fingers scroll and zoom the site, never the page around it. Safari asks for each of these.
    const keep = (event: Event) => {
      if (!parts.blind()) event.preventDefault();
    };
    for (const type of ["touchmove", "gesturestart"]) canvas.addEventListener(type, keep, { signal, passive: false });
    stage.addEventListener("dblclick", prevent, { signal });
  }

  end(): void {
    this.listening.abort();
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }

  private at(event: { clientX: number; clientY: number }): { x: number; y: number } {
    return toPage({ x: event.clientX, y: event.clientY }, this.parts.canvas.getBoundingClientRect(), this.parts.page());
  }

  private down = (event: PointerEvent): void => {
    if (this.parts.blind()) return;
    event.preventDefault();
    this.parts.canvas.setPointerCapture(event.pointerId);
    this.parts.typing.settle();
    this.flush();
    const at = this.at(event);
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, { ...at, id: this.fingerId() });
      this.taps.down(event.timeStamp, event.clientX, event.clientY, this.fingers.size);
      this.touch("start");
      return;
    }
    this.parts.fields.focus();
    if (event.button === BACK_BUTTON || event.button === FORWARD_BUTTON) {
      this.parts.send({ type: "navigate", action: event.button === BACK_BUTTON ? "back" : "forward" });
      return;
    }
    this.pressed = {
      type: "mouse",
      action: "pressed",
      ...at,
      button: buttonName(event.button),
      clickCount: this.clicks.press(event.timeStamp, event.clientX, event.clientY, event.button),
      modifiers: modifiers(event, this.parts.platform.mac),
    };
    this.parts.send(this.pressed);
  };

  private moved = (event: PointerEvent): void => {
    if (this.parts.blind()) return;
    // Where the picture moves under a mouse that lies still, browsers say that it moved. Nobody did anything.
    const move = `${event.pointerId} ${event.clientX} ${event.clientY} ${event.buttons}`;
    if (move === this.lastMove) return;
    this.lastMove = move;
    if (event.pointerType === "touch") {
      const finger = this.fingers.get(event.pointerId);
      if (!finger) return;
      this.taps.move(event.clientX, event.clientY);
      Object.assign(finger, this.at(event));
      this.move = { type: "touch", action: "move", points: this.points() };
    } else {
      this.move = {
        type: "mouse",
        action: "moved",
        ...this.at(event),
        button: heldButton(event.buttons),
        modifiers: modifiers(event, this.parts.platform.mac),
      };
    }
    this.soon();
  };

  private up = (event: PointerEvent): void => {
    event.preventDefault();
    this.flush();
    if (event.pointerType === "touch") {
      if (!this.fingers.delete(event.pointerId)) return;
      this.touch(this.fingers.size === 0 ? "end" : "move");
      // Within the tap, so that a phone may show its keyboard.
      if (this.taps.up(event.timeStamp)) this.parts.fields.tapped(this.parts.inField(this.at(event)));
      return;
    }
    if (!this.pressed || event.button > 2) return;
    this.parts.send({
      type: "mouse",
      action: "released",
      ...this.at(event),
      button: buttonName(event.button),
      clickCount: this.clicks.count,
      modifiers: modifiers(event, this.parts.platform.mac),
    });
    if (event.buttons === 0) this.pressed = undefined;
  };

  private cancelled = (event: PointerEvent): void => {
    if (this.fingers.delete(event.pointerId)) {
      this.flush();
      this.touch(this.fingers.size === 0 ? "cancel" : "move");
    } else if (this.pressed) {
      // No button stays down on the server.
      this.parts.send({ ...this.pressed, action: "released" });
      this.pressed = undefined;
    }
  };

  private touch(action: "start" | "move" | "end" | "cancel"): void {
    this.parts.send({ type: "touch", action, points: this.points() });
  }

  private points(): TouchPoint[] {
    return [...this.fingers.values()].map((point) => ({ ...point }));
  }

  /** The smallest number that no other finger has. */
  private fingerId(): number {
    const used = new Set([...this.fingers.values()].map((finger) => finger.id));
    let id = 0;
    while (used.has(id)) id += 1;
    return id;
  }

  private turned = (event: WheelEvent): void => {
    event.preventDefault();
    // With Control it means zoom, also when it is two fingers on a touchpad: the site's picture has its size from us.
    if (this.parts.blind() || event.ctrlKey) return;
    const { deltaX, deltaY } = wheelPixels(event, this.parts.page().height);
    this.wheel = {
      type: "mouse",
      action: "wheel",
      ...this.at(event),
      deltaX: (this.wheel?.deltaX ?? 0) + deltaX,
      deltaY: (this.wheel?.deltaY ?? 0) + deltaY,
      modifiers: modifiers(event, this.parts.platform.mac),
    };
    this.soon();
  };

  /** Moves and wheel turns are told once per drawn frame; on a line that is full, not at all. */
  private soon(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (!this.parts.congested()) this.flush();
      else this.wheel = undefined;
    });
  }

  private flush(): void {
    if (this.move) this.parts.send(this.move);
    if (this.wheel) this.parts.send(this.wheel);
    this.move = this.wheel = undefined;
  }
}
