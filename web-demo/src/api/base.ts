/** Where the API is: fixed when the page is built; without the variable, the origin that serves the page. */
export const API_BASE = (process.env.NEXT_PUBLIC_API_URL || "/api").replace(/\/+$/, "");

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
