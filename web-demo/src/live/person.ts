import { Fields, type Platform } from "./fields";
import { type Placement, type Room, type Size, contains, onStage } from "./geometry";
import { Keyboard } from "./keyboard";
import { Pointer } from "./pointer";
import type { Input, PageField } from "./protocol";
import { RoomWatch } from "./room";
import { Typing } from "./typing";

export interface PersonParts {
  canvas: HTMLCanvasElement;
  stage: HTMLElement;
  area: HTMLTextAreaElement;
  line: HTMLInputElement;
  secret: HTMLInputElement;
  platform: Platform;
  page: () => Size;
  send: (input: Input) => void;
  congested: () => boolean;
  intercept: (event: KeyboardEvent) => boolean;
  /** The room for the picture has another size. */
  onRoom: (room: Room) => void;
}

/** Turns what a person does at the view into inputs. */
export class Person {
  readonly fields: Fields;
  readonly room: RoomWatch;
  /** The page's field in focus. */
  focus: PageField | null = null;
  private readonly typing: Typing;
  private readonly keyboard: Keyboard;
  private readonly pointer: Pointer;

  constructor(private readonly parts: PersonParts) {
    const { area, line, secret, platform, send } = parts;
    this.fields = new Fields(area, line, secret, platform);
    this.typing = new Typing({ fields: this.fields, platform, send });
    this.keyboard = new Keyboard({ fields: this.fields, typing: this.typing, platform, send, intercept: parts.intercept });
    this.pointer = new Pointer({
      ...parts,
      fields: this.fields,
      typing: this.typing,
      blind: () => parts.page().width === 0 || this.fields.active.disabled,
      inField: (point) => this.focus !== null && contains(this.focus, point),
    });
    this.room = new RoomWatch({ stage: parts.stage, touch: platform.phone, send, onRoom: parts.onRoom });
  }

  /** A phone's keyboard is up, as far as one can know. */
  get keyboardUp(): boolean {
    return this.parts.platform.phone && this.fields.focused && this.focus !== null;
  }

  /** The page's focus is in this field, or in none. */
  show(field: PageField | null, label: string): void {
    const moved = this.focus?.kind === field?.kind && this.focus?.label === field?.label;
    this.focus = field;
    this.typing.whenSettled(() => {
      this.fields.show(field, label);
      if (!moved) this.typing.reset();
    });
  }

  /** The picture lies elsewhere, or the field in it. */
  placed(placement: Placement): void {
    this.fields.lie(this.focus ? onStage(this.focus, placement) : null);
  }

  end(): void {
    this.typing.settle();
    this.keyboard.end();
    this.pointer.end();
    this.room.end();
    this.typing.end();
  }
}
