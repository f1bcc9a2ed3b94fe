/** What the address bar shows of an address. */
export interface Address {
  host: string;
  encrypted: boolean;
}

/** Null where there is nothing to show: a new tab. */
export function addressOf(url: string | undefined): Address | null {
  if (!url) return null;
  try {
    const { host, protocol } = new URL(url);
    return host ? { host, encrypted: protocol === "https:" } : null;
  } catch {
    return null;
  }
}

/** A tab's name for people. */
export function tabName(tab: { title: string; url: string }, unnamed: string): string {
  return tab.title || addressOf(tab.url)?.host || unnamed;
}
