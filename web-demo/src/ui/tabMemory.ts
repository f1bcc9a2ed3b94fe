/**
 * What this tab, or this frame, still knows after a reload. Some browsers give a frame of another site no storage, in private
 * windows above all. A frame's own name is then what a reload of it leaves; the page around it cannot read that. A page that is
 * no frame has no such fallback: its name would go on to the next site that is opened in the tab.
 */
export function remember(key: string, text: string | null): void {
  try {
    if (text === null) window.sessionStorage.removeItem(key);
    else window.sessionStorage.setItem(key, text);
  } catch {
    if (window.parent === window) return;
    const all = named();
    if (text === null) delete all[key];
    else all[key] = text;
    window.name = Object.keys(all).length === 0 ? "" : NAMED + JSON.stringify(all);
  }
}

export function recalled(key: string): string | null {
  try {
    return window.sessionStorage.getItem(key);
  } catch {
    return named()[key] ?? null;
  }
}

const NAMED = "staylogged:";

function named(): Record<string, string> {
  if (window.parent === window || !window.name.startsWith(NAMED)) return {};
  try {
    const all: unknown = JSON.parse(window.name.slice(NAMED.length));
    if (typeof all !== "object" || all === null) return {};
    return Object.fromEntries(Object.entries(all).filter((one): one is [string, string] => typeof one[1] === "string"));
  } catch {
    return {};
  }
}
