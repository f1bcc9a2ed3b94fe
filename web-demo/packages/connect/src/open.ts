import { frameAddress } from "./address";
import { type ConnectExit, type ConnectResult, type FromFrame, type Scheme, type ToFrame, unwrap, wrap } from "./messages";
import type { ConnectHandle, ConnectOptions } from "./options";
import { setStage } from "./stage";

/** A modal that has said nothing for so long will not: the address is wrong, or the service may not be shown on this page. */
const HELLO_WITHIN_MS = 20_000;
/** A frame that does not answer to `close` is taken away. */
const CLOSE_WITHIN_MS = 2000;

let current: { replace: () => void } | null = null;

/** Opens the modal over this page. One at a time: another one takes the place of the first. */
export function open(options: ConnectOptions): ConnectHandle {
  if ((options.token === undefined) === (options.provider === undefined)) {
    throw new TypeError("Staylogged: give either a connect token (token) or a provider, and not both");
  }
  const base = new URL(options.base ?? window.location.origin, window.location.href);
  const channel = crypto.randomUUID?.() ?? randomId();
  const address = frameAddress(base, options, channel, window.location.origin);
  current?.replace();

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const scheme = (): Scheme => {
    if (options.theme === "light" || options.theme === "dark") return options.theme;
    return dark.matches ? "dark" : "light";
  };
  let ended = false;
  let heard = false;
  let closing: ReturnType<typeof setTimeout> | undefined;
  const stage = setStage(address, options.language ?? navigator.language ?? "en", () => close());
  const silent = setTimeout(() => finish({ exit: gone("unreachable") }), HELLO_WITHIN_MS);

  const say = (message: ToFrame) => stage.frame.contentWindow?.postMessage(wrap(channel, message), address.origin);
  const follow = () => say({ type: "scheme", scheme: scheme() });

  function hear(event: MessageEvent): void {
    const message = unwrap<FromFrame>(event, { window: stage.frame.contentWindow, origin: address.origin, channel });
    switch (message?.type) {
      case "hello":
        heard = true;
        clearTimeout(silent);
        say({ type: "options", words: options.words ?? {}, scheme: scheme() });
        break;
      case "ready":
        stage.show(message.title);
        options.onReady?.();
        break;
      case "event":
        options.onEvent?.(message.event);
        break;
      case "success":
        finish({ result: message.result });
        break;
      case "exit":
        finish({ exit: message.exit });
        break;
    }
  }

  function tidy(): boolean {
    if (ended) return false;
    ended = true;
    clearTimeout(silent);
    clearTimeout(closing);
    window.removeEventListener("message", hear);
    dark.removeEventListener("change", follow);
    current = null;
    stage.end();
    return true;
  }

  function finish(end: { result: ConnectResult } | { exit: ConnectExit }): void {
    if (!tidy()) return;
    if ("result" in end) options.onSuccess?.(end.result);
    else options.onExit?.(end.exit);
  }

  function close(): void {
    if (ended || closing !== undefined) return;
    if (!heard) {
      finish({ exit: gone("closed") });
      return;
    }
    say({ type: "close" });
    closing = setTimeout(() => finish({ exit: gone("closed") }), CLOSE_WITHIN_MS);
  }

  window.addEventListener("message", hear);
  dark.addEventListener("change", follow);
  current = { replace: () => finish({ exit: gone("replaced") }) };
  return { close, destroy: () => void tidy() };
}

const gone = (reason: ConnectExit["reason"]): ConnectExit => ({ reason, failure: null, loginId: null });

/** Where the page is not in a secure context there is no `randomUUID`. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
