// What the marketplace sells, as a scrape answers it.

import { mustEqual } from "./waiting.mjs";

export const PRODUCTS = 137;

export function mustBeAllProducts(answer) {
  mustEqual(answer.status, 200, "the status");
  const { run, records, total } = answer.json;
  mustEqual(run.outcome, "ok", "the run's outcome");
  mustEqual([records.length, total], [PRODUCTS, PRODUCTS], "records in the answer, and in all");
  mustEqual(new Set(records.map(({ key }) => key)).size, PRODUCTS, "distinct keys");
  mustEqual(new Set(records.map(({ data }) => JSON.stringify(data))).size, PRODUCTS, "distinct products");
}
