import { type Frame, isNewer } from "./frame";
import { fit } from "./input";

/** Draws frames: the newest wins, and at most one picture is decoded at a time. */
export class Painter {
  /** The page's view in CSS pixels: what coordinates refer to. */
  page = { width: 0, height: 0 };
  private taken: number | undefined;
  private waiting: Frame | undefined;
  private decoding = false;
  private ended = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly stage: HTMLElement,
    private readonly onFirst: () => void,
  ) {}

  /** The line is new: the next frame counts, whatever its number. */
  fresh(): void {
    this.taken = undefined;
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
    if (this.page.width === 0) return;
    const size = fit(this.page, { width: this.stage.clientWidth, height: this.stage.clientHeight });
    this.canvas.style.width = `${size.width}px`;
    this.canvas.style.height = `${size.height}px`;
  }

  end(): void {
    this.ended = true;
    this.waiting = undefined;
  }

  private async paint(frame: Frame): Promise<void> {
    let picture: ImageBitmap;
    try {
      picture = await createImageBitmap(new Blob([frame.jpeg], { type: "image/jpeg" }));
    } catch {
      return; // A damaged picture: the next one stands in for it.
    }
    if (this.ended) {
      picture.close();
      return;
    }
    // One canvas pixel for each pixel of the picture: sharp on dense screens, where the server sends more of them.
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
    }
    this.canvas.getContext("2d")?.drawImage(picture, 0, 0);
    picture.close();
    const first = this.page.width === 0;
    if (this.page.width !== frame.width || this.page.height !== frame.height) {
      this.page = { width: frame.width, height: frame.height };
      this.layOut();
    }
    if (first) this.onFirst();
  }
}
