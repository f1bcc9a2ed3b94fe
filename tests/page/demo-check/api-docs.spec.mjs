// The API's documentation, as the program serves it.

import { Pictures, test } from "../support/fixtures.mjs";
import { must, mustEqual } from "../support/waiting.mjs";

test("Swagger UI works offline, and an operation can be tried by hand", async ({ page, market }) => {
  const outside = [];
  await page.route(
    (url) => !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname),
    (route) => {
      outside.push(route.request().url());
      return route.abort();
    },
  );
  await page.goto(`${market.url}/docs`);
  const operations = page.locator(".opblock");
  await operations.first().waitFor();
  const document = await (await fetch(`${market.url}/openapi.json`)).json();
  const known = Object.values(document.paths).flatMap((path) =>
    Object.keys(path).filter((key) => ["get", "post", "put", "patch", "delete"].includes(key)),
  );
  must(known.length > 0, "the document has no operations");
  mustEqual(await operations.count(), known.length, "operations on the page");
  const providers = page.locator(".opblock-get", { has: page.locator('[data-path$="/providers"]') });
  await providers.locator(".opblock-summary-control").click();
  await providers.getByRole("button", { name: "Try it out" }).click();
  await providers.getByRole("button", { name: "Execute" }).click();
  await providers.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
  await new Pictures("demo-check-api-docs").take("swagger-ui", page);
  mustEqual(outside, [], "requests to other hosts");
});
