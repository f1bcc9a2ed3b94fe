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

/** "0.8 s", "12 s", "3 min 5 s": how long something took. */
export function seconds(milliseconds: number): string {
  const secs = Math.max(0, milliseconds) / 1000;
  if (secs < 10) return `${secs.toFixed(1)} s`;
  const whole = Math.round(secs);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}
