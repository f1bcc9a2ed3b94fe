import type { Fields, Platform } from "./fields";
import { type KeyInput, keyMessage, planKeyDown } from "./keys";
import type { Input } from "./protocol";
import type { Typing } from "./typing";

interface Parts {
  fields: Fields;
  typing: Typing;
  platform: Platform;
  send: (input: Input) => void;
  /** Something of ours that is open beside the field may want the key. True: it took it. */
  intercept: (event: KeyboardEvent) => boolean;
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]);

/**
 * Keys pressed in the live view. They are taken before anybody else can see them: a shortcut of the page or the modal
 * around must not act on what is meant for the site.
 */
export class Keyboard {
  private readonly listening = new AbortController();
  private readonly held = new Map<string, KeyInput>();

  constructor(private readonly parts: Parts) {
    const { signal } = this.listening;
    window.addEventListener("keydown", this.down, { signal, capture: true });
    window.addEventListener("keyup", this.up, { signal, capture: true });
    for (const element of parts.fields.all as readonly HTMLElement[]) {
      element.addEventListener(
        "blur",
        (event) => {
          if (!parts.fields.has(event.relatedTarget)) this.letGo();
        },
        { signal },
      );
    }
  }

  end(): void {
    this.listening.abort();
    this.letGo();
  }

  private down = (event: KeyboardEvent): void => {
    if (!this.parts.fields.has(event.target)) return;
    event.stopPropagation();
    if (this.parts.intercept(event)) {
      event.preventDefault();
      return;
    }
    const { mac, phone } = this.parts.platform;
    const plan = planKeyDown(event, { mac, phone });
    if (plan.do !== "send") return;
    event.preventDefault();
    if (!MODIFIERS.has(event.key)) this.parts.typing.settle();
    this.parts.send(plan.message);
    if (plan.message.type !== "key") return;
    if (mac && event.metaKey && event.key !== "Meta") {
      // A Mac tells nothing of a key that goes up while Command is down.
      this.parts.send({ ...plan.message, action: "up" });
    } else {
      this.held.set(event.code || event.key, plan.message);
    }
  };

  private up = (event: KeyboardEvent): void => {
    if (!this.parts.fields.has(event.target)) return;
    event.stopPropagation();
    const { mac } = this.parts.platform;
    const pressed = this.held.get(event.code || event.key);
    if (!pressed) return;
    this.held.delete(event.code || event.key);
    event.preventDefault();
    // The key that went down goes up, also where Shift or Option has changed its name meanwhile.
    const { modifiers } = keyMessage("up", event, mac);
    this.parts.send({ ...pressed, action: "up", modifiers });
  };

  /** No key stays down on the server because the focus went elsewhere. */
  private letGo(): void {
    for (const message of this.held.values()) this.parts.send({ ...message, action: "up", modifiers: 0 });
    this.held.clear();
  }
}
