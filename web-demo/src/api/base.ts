/** Set by api-base.js, which scripts/api-base.mjs writes when the page is built or started. */
declare global {
  var STAYLOGGED_API_BASE: string | undefined;
}

/** Where the API is; without another address, at the origin that serves the page. */
export const API_BASE = (globalThis.STAYLOGGED_API_BASE || "/api").replace(/\/+$/, "");

/** The absolute URL of an API path such as `/logins/x/live`. */
export function apiUrl(path: string, base: string = API_BASE): URL {
  return new URL(base + path, window.location.href);
}

/** The same, for a WebSocket. */
export function socketUrl(path: string, base: string = API_BASE): URL {
  const url = apiUrl(path, base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** Whether the API is of another origin than the page. */
export function isElsewhere(base: string = API_BASE): boolean {
  return apiUrl("", base).origin !== window.location.origin;
}
