/** The classic script: `<script src="https://connect.example.com/staylogged.js"></script>` makes `window.Staylogged`. */
import { open as openModal } from "./open";
import type { ConnectHandle, ConnectOptions } from "./options";

// The service is where the script came from.
const own = document.currentScript instanceof HTMLScriptElement ? new URL(".", document.currentScript.src).href : undefined;

export function open(options: ConnectOptions): ConnectHandle {
  return openModal({ ...options, base: options.base ?? own });
}
