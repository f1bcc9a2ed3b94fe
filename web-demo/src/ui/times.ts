/** "3 minutes ago", in the reader's language. */
export function ago(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const past = Math.min(0, seconds);
  if (past > -45) return "just now";
  if (past > -3600) return format.format(Math.round(past / 60), "minute");
  if (past > -86_400) return format.format(Math.round(past / 3600), "hour");
  return format.format(Math.round(past / 86_400), "day");
}

export function moment(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
