/** Which providers' "what will happen" this browser's person has read and agreed to: it is not a step again. */
const STORED_AS = "staylogged.agreed";

/** Raised when what is agreed to changes: then it is asked again. */
const EDITION = 1;

function all(): Record<string, number> {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(STORED_AS) ?? "{}");
    return typeof stored === "object" && stored !== null ? (stored as Record<string, number>) : {};
  } catch {
    return {};
  }
}

export function hasAgreed(provider: string): boolean {
  return all()[provider] === EDITION;
}

export function rememberAgreed(provider: string): void {
  try {
    window.localStorage.setItem(STORED_AS, JSON.stringify({ ...all(), [provider]: EDITION }));
  } catch {
    // Storage is switched off, or not given to frames: it is asked again next time.
  }
}
