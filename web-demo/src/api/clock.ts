/**
 * The service's clock minus ours, in milliseconds: a deadline is the service's. Known from the `Date` of its answers, which is
 * readable where it is of the same origin; else the two are taken to agree.
 */
let skew = 0;

/** Takes the hour from an answer. */
export function hearTime(response: Response): void {
  const said = Date.parse(response.headers.get("Date") ?? "");
  // The header has whole seconds, rounded down.
  if (!Number.isNaN(said)) skew = said + 500 - Date.now();
}

export function serviceTime(now = Date.now()): number {
  // Less than two seconds is the way of the answer.
  return Math.abs(skew) < 2000 ? now : now + skew;
}
