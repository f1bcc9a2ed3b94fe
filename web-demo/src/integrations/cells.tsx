import type { ReactNode } from "react";

/** How a value of a record is shown. */
export interface Shown {
  text: string;
  /** Numbers and money line up at their right edge. */
  number?: boolean;
  /** A link that is safe to follow. */
  href?: string;
  /** The exact value, where `text` is a reading of it. */
  exact?: string;
}

const NOTHING: Shown = { text: "—" };

export function showValue(value: unknown, type: string): Shown {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (isMoney(value)) return { text: money(value.amount, value.currency), number: true, exact: `${value.amount} ${value.currency}` };
  switch (type) {
    case "integer":
    case "decimal":
    case "number":
      return { text: String(value), number: true };
    case "bool":
    case "boolean":
      return { text: value === true ? "Yes" : value === false ? "No" : String(value) };
    case "url": {
      const href = webAddress(String(value));
      return href ? { text: href.hostname + (href.pathname === "/" ? "" : href.pathname), href: href.href } : { text: String(value) };
    }
    case "date":
      return { text: String(value) };
    case "datetime": {
      const at = new Date(String(value));
      return Number.isNaN(at.getTime())
        ? { text: String(value) }
        : { text: at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }), exact: String(value) };
    }
  }
  if (typeof value === "number") return { text: String(value), number: true };
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return { text: value.join(", ") };
  if (typeof value === "object") return { text: JSON.stringify(value) };
  return { text: String(value) };
}

function isMoney(value: unknown): value is { amount: string | number; currency: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "amount" in value &&
    "currency" in value &&
    typeof value.currency === "string"
  );
}

/** The amount stays the decimal string that it is: no float ever touches it. */
function money(amount: string | number, currency: string): string {
  try {
    // Not the narrow symbol: that is "$" for a dozen currencies.
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
    // Formatting of decimal strings is exact in today's engines; the type does not know it yet.
    return (format.format as (value: string) => string)(String(amount));
  } catch {
    return `${amount} ${currency}`;
  }
}

/** Only what a browser opens without running anything. */
function webAddress(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

export function Cell({ value, type, before = null }: { value: unknown; type: string; before?: ReactNode }) {
  const shown = showValue(value, type);
  return (
    <td data-number={shown.number || undefined} title={shown.exact ?? shown.text}>
      {before}
      {shown.href ? (
        <a href={shown.href} target="_blank" rel="noreferrer">
          {shown.text}
        </a>
      ) : (
        shown.text
      )}
    </td>
  );
}
