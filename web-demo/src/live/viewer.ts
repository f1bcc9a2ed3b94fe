import { recalled, remember } from "@/ui/tabMemory";

const STORED_AS = "staylogged.viewer";

let mine: string | undefined;

/**
 * Who this browser tab is to the service: the same after a reload, so that a reconnect is no second viewer. The id is
 * taken out of the storage while the page lives: a duplicated tab copies the storage, and must not be taken for this one.
 */
export function viewerId(): string {
  if (mine) return mine;
  mine = takeStored() ?? newId();
  window.addEventListener("pagehide", () => remember(STORED_AS, mine ?? null));
  window.addEventListener("pageshow", () => remember(STORED_AS, null));
  return mine;
}

function takeStored(): string | undefined {
  const stored = recalled(STORED_AS);
  remember(STORED_AS, null);
  return stored && /^[0-9a-f-]{36}$/.test(stored) ? stored : undefined;
}

/** `crypto.randomUUID` is missing on plain http away from this computer. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
