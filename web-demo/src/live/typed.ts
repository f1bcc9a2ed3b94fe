/** What has to be done behind a text's end to make it another one. */
export interface Change {
  /** So many characters, as a person counts them, are deleted first. */
  removed: number;
  added: string;
}

/** "é", a family emoji, a flag: one press of Backspace each. */
function characters(text: string): string[] {
  if (typeof Intl.Segmenter === "function") return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  return [...text];
}

/** How a field's text changed: as keys at its end, for a field that is always edited there. */
export function change(before: string, after: string): Change {
  if (after.startsWith(before) && joinsWhole(before, after)) return { removed: 0, added: after.slice(before.length) };
  const old = characters(before);
  const now = characters(after);
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1;
  return { removed: old.length - same, added: now.slice(same).join("") };
}

/** A surrogate, a joiner or a mark that only completes the character before is no character of its own. */
function joinsWhole(before: string, after: string): boolean {
  const added = after.slice(before.length);
  return before === "" || added === "" || characters(before).length + characters(added).length === characters(after).length;
}

/** A message has an upper size: long texts go in pieces, none of which splits a character in two. */
export function pieces(text: string, most = 8000): string[] {
  return text.match(new RegExp(`[^]{1,${most}}`, "gu")) ?? [];
}
