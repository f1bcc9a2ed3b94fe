import { type Frame, isNewer } from "./frame";
import { type Placement, type Room, type Size, place } from "./geometry";
import type { Box } from "./protocol";

export interface PainterParts {
  canvas: HTMLCanvasElement;
  room: () => Room;
  /** The page's field in focus, to be kept in sight while a phone's keyboard is up. */
  focus: () => Box | null;
  keyboard: () => boolean;
  /** A picture is on the screen: the service may send more. */
  onSeen: (sequence: number) => void;
  onFirst: () => void;
  onPlaced: (placement: Placement) => void;
}

/** Draws frames: the newest wins, and at most one picture is decoded at a time. */
export class Painter {
  /** The page's view in CSS pixels: what coordinates refer to. */
  page: Size = { width: 0, height: 0 };
  private taken: number | undefined;
  private waiting: Frame | undefined;
  private decoding = false;
  private ended = false;
  /** Painted while nobody could see it: the service may rest meanwhile. */
  private unseen: number | undefined;
  private placement: Placement = { x: 0, y: 0, scale: 1 };

  constructor(private readonly parts: PainterParts) {
    document.addEventListener("visibilitychange", this.looked);
  }

  /** The line is new: the next frame counts, whatever its number. */
  fresh(): void {
    this.taken = this.unseen = undefined;
  }

  async take(frame: Frame): Promise<void> {
    if (!isNewer(frame.sequence, this.taken)) return;
    this.taken = frame.sequence;
    this.waiting = frame;
    if (this.decoding) return;
    this.decoding = true;
    try {
      while (this.waiting && !this.ended) {
        const next: Frame = this.waiting;
        this.waiting = undefined;
        await this.paint(next);
      }
    } finally {
      this.decoding = false;
    }
  }

  /** Fits the picture into the room that there is. */
  layOut(): void {
    const { page, parts } = this;
    const room = parts.room();
    if (page.width === 0 || room.width === 0 || room.height === 0) return;
    const now = place(page, room, parts.focus(), parts.keyboard());
    const { style } = parts.canvas;
    style.left = `${now.x}px`;
    style.top = `${now.y}px`;
    style.width = `${page.width * now.scale}px`;
    style.height = `${page.height * now.scale}px`;
    const { x, y, scale } = this.placement;
    if (x === now.x && y === now.y && scale === now.scale) return;
    this.placement = now;
    parts.onPlaced(now);
  }

  end(): void {
    this.ended = true;
    this.waiting = undefined;
    document.removeEventListener("visibilitychange", this.looked);
  }

  private looked = (): void => {
    if (document.visibilityState === "hidden" || this.unseen === undefined) return;
    this.parts.onSeen(this.unseen);
    this.unseen = undefined;
  };

  private async paint(frame: Frame): Promise<void> {
    let picture: ImageBitmap | undefined;
    try {
      picture = await createImageBitmap(new Blob([frame.jpeg], { type: "image/jpeg" }));
    } catch {
      // A damaged picture: the next one stands in for it.
    }
    if (picture && !this.ended) this.draw(picture, frame);
    picture?.close();
    if (this.ended) return;
    this.unseen = frame.sequence;
    this.looked();
  }

  private draw(picture: ImageBitmap, frame: Frame): void {
    const { canvas } = this.parts;
    // One canvas pixel for each pixel of the picture: sharp on dense screens, where the service sends more of them.
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    const first = this.page.width === 0;
    if (this.page.width !== frame.width || this.page.height !== frame.height) {
      this.page = { width: frame.width, height: frame.height };
      this.layOut();
    }
    if (first) this.parts.onFirst();
  }
}
