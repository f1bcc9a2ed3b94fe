import { type Room, resizeMessage, visibleRoom } from "./geometry";
import type { Input } from "./protocol";

interface Parts {
  stage: HTMLElement;
  touch: boolean;
  send: (input: Input) => void;
  /** There is another room for the picture. */
  onRoom: (room: Room) => void;
}

/** The page is asked for another size once the stage has kept its own for so long. */
const SETTLED_MS = 150;

/** Watches how much room there is for the picture, and asks for a page of that size. */
export class RoomWatch {
  room: Room = { top: 0, width: 0, height: 0 };
  private readonly listening = new AbortController();
  private readonly sizes: ResizeObserver;
  private density: MediaQueryList | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = "";

  constructor(private readonly parts: Parts) {
    const { signal } = this.listening;
    this.sizes = new ResizeObserver(this.changed);
    this.sizes.observe(parts.stage);
    // A phone's keyboard changes this and nothing else; a rotation fires both.
    window.visualViewport?.addEventListener("resize", this.changed, { signal });
    window.visualViewport?.addEventListener("scroll", this.changed, { signal });
    this.watchDensity();
    this.measure();
  }

  /** Asks for a page of the size that there is room for; `anew`: also if it was asked for before. */
  announce(anew = false): void {
    const { stage, touch, send } = this.parts;
    if (stage.clientWidth === 0) return;
    const message = resizeMessage(this.room, window.devicePixelRatio, touch);
    const now = JSON.stringify(message);
    if (now === this.asked && !anew) return;
    this.asked = now;
    send(message);
  }

  end(): void {
    this.listening.abort();
    this.sizes.disconnect();
    this.density?.removeEventListener("change", this.densityChanged);
    clearTimeout(this.timer);
  }

  private changed = (): void => {
    this.measure();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.announce(), SETTLED_MS);
  };

  private measure(): void {
    const { stage, touch, onRoom } = this.parts;
    const { top, bottom } = stage.getBoundingClientRect();
    const { clientWidth: width, clientHeight: height } = stage;
    // Only a phone's keyboard covers things; elsewhere the visible part changes when people zoom our page.
    this.room = visibleRoom({ top, bottom, width, height }, touch ? window.visualViewport : null);
    onRoom(this.room);
  }

  /** A window that moves to another screen has the same size and other pixels. */
  private watchDensity(): void {
    this.density = window.matchMedia?.(`(resolution: ${window.devicePixelRatio}dppx)`);
    this.density?.addEventListener?.("change", this.densityChanged, { once: true });
  }

  private densityChanged = (): void => {
    this.watchDensity();
    this.changed();
  };
}
