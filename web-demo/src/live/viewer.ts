const STORED_AS = "staylogged.viewer";

let mine: string | undefined;

/**
 * Who this browser tab is to the service: the same after a reload, so that a reconnect is no second viewer. The id is
 * taken out of the storage while the page lives: a duplicated tab copies the storage, and must not be taken for this one.
 */
export function viewerId(): string {
  if (mine) return mine;
  mine = takeStored() ?? newId();
  window.addEventListener("pagehide", () => store(mine));
  window.addEventListener("pageshow", () => store(undefined));
  return mine;
}

function takeStored(): string | undefined {
  try {
    const stored = window.sessionStorage.getItem(STORED_AS);
    window.sessionStorage.removeItem(STORED_AS);
    return stored && /^[0-9a-f-]{36}$/.test(stored) ? stored : undefined;
  } catch {
    return undefined; // Storage is switched off: a reload is a new viewer.
  }
}

function store(id: string | undefined): void {
  try {
    if (id) window.sessionStorage.setItem(STORED_AS, id);
    else window.sessionStorage.removeItem(STORED_AS);
  } catch {
    // As above.
  }
}

/** `crypto.randomUUID` is missing on plain http away from this computer. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
