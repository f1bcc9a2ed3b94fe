/** The brand's colour, made readable: WCAG's contrast holds whatever colour is given. */

type Rgb = readonly [number, number, number];

/** What the accent's text and fields stand on, in each theme: as in globals.css. */
const GROUND: Record<"light" | "dark", { surface: Rgb; toward: Rgb; soft: number }> = {
  light: { surface: [255, 255, 255], toward: [0, 0, 0], soft: 0.12 },
  dark: { surface: [24, 32, 32], toward: [255, 255, 255], soft: 0.16 },
};
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [10, 15, 15];
/** AA asks 4.5 for text; a little more, as the soft ground is rounded. */
const ENOUGH = 4.6;

export type AccentVariables = Record<"--accent" | "--accent-hover" | "--on-accent" | "--accent-soft", string>;

/** CSS variables for a colour such as `#e4572e`; null where it is no such thing. */
export function accentVariables(colour: string, theme: "light" | "dark"): AccentVariables | null {
  const given = parse(colour);
  if (!given) return null;
  const { surface, toward, soft } = GROUND[theme];
  let accent = given;
  let step = 0;
  const ground = () => mix(surface, accent, soft);
  // Each step goes a little further towards black or white, which are readable on everything.
  while (step < 50 && Math.min(contrast(accent, surface), contrast(accent, ground())) < ENOUGH) {
    step += 1;
    accent = mix(given, toward, step / 50);
  }
  const on = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  return {
    "--accent": hex(accent),
    "--accent-hover": hex(mix(accent, on === WHITE ? [0, 0, 0] : WHITE, 0.14)),
    "--on-accent": hex(on),
    "--accent-soft": hex(ground()),
  };
}

export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

export function parse(colour: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour.trim());
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  const parts = short ? short.slice(1).map((digit) => digit + digit) : long?.slice(1);
  return parts ? (parts.map((part) => parseInt(part, 16)) as unknown as Rgb) : null;
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((part, n) => Math.round(part + ((to[n] ?? 0) - part) * share)) as unknown as Rgb;
}

const hex = (colour: Rgb): string => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** A length such as `8px` or `0.5rem`, up to 32 px; null where it is no such thing. */
export function radiusOf(said: string | null): string | null {
  const parts = /^(\d+(?:\.\d+)?)(px|rem)$/.exec(said?.trim() ?? "");
  if (!parts) return null;
  return Number(parts[1]) * (parts[2] === "rem" ? 16 : 1) <= 32 ? parts[0] : "32px";
}
