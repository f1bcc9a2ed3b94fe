/** A number as it is written here, with no more than so many places. */
export function exactly(number: number, places = 0): string {
  return number.toLocaleString(undefined, { maximumFractionDigits: places, minimumFractionDigits: 0 });
}

/** `1 record`, `137 records`. */
export const count = (number: number, noun: string): string => `${exactly(number)} ${noun}${number === 1 ? "" : "s"}`;
