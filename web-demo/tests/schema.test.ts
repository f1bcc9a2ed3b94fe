import { readFileSync } from "node:fs";
import path from "node:path";
import openapi, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

it("the API client is the one that openapi/openapi.yaml gives (else: npm run api)", async () => {
  const document = new URL(`file://${path.resolve("../openapi/openapi.yaml")}`);
  const generated = astToString(await openapi(document));
  const kept = readFileSync("src/api/schema.d.ts", "utf8");
  // The command line adds a comment at the top.
  expect(kept.slice(kept.indexOf("export")) === generated.slice(generated.indexOf("export"))).toBe(true);
}, 30_000);
