/** One or two letters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 1);
  return letters.join("").toUpperCase();
}

/** The same colour for the same provider, everywhere. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x9e3779b1) >>> 0;
  return (hash >>> 8) % 360;
}
