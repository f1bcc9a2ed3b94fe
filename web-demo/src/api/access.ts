/**
 * By what right this page calls. The access key, where the service asks for one, stays in this tab's sessionStorage: a reload
 * keeps it, closing the tab forgets it, and no other site can read it. A token that the modal was opened with goes before it.
 */
const STORED_AS = "staylogged.access-key";

let token: string | null = null;

/** All calls of this page from now on are made with this token. */
export function actWith(given: string | null): void {
  token = given;
}

export function accessKey(): string | null {
  try {
    return window.sessionStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

export function rememberAccessKey(key: string): void {
  try {
    window.sessionStorage.setItem(STORED_AS, key);
  } catch {
    // Storage is switched off: the form will ask again.
  }
}

export function forgetAccessKey(): void {
  try {
    window.sessionStorage.removeItem(STORED_AS);
  } catch {
    // Nothing was kept.
  }
}

export function accessHeaders(): Record<string, string> {
  const bearer = token ?? accessKey();
  return bearer ? { Authorization: `Bearer ${bearer}` } : {};
}
