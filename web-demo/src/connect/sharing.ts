/** Where a link to a login leads: to this very page, which is reached the same way from another device. */
export function linkAddress(url: string, here: URL, more: { mode: "control" | "view"; name: string; accent: string | null }): string {
  const told = new URLSearchParams(new URL(url, here).hash.slice(1));
  told.set("mode", more.mode);
  told.set("name", more.name);
  if (more.accent) told.set("accent", more.accent);
  const address = new URL("connect", here);
  address.search = "";
  address.hash = told.toString();
  return address.href;
}

/** An address that means this computer on every computer. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
