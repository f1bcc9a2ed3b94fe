/**
 * The access key, where the service asks for one. It stays in this tab's sessionStorage: a reload keeps it,
 * closing the tab forgets it, and no other site can read it.
 */
const STORED_AS = "staylogged.access-key";

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
  const key = accessKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}
