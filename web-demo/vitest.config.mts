import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: "@", replacement: path.resolve(import.meta.dirname, "src") },
      { find: /^staylogged-connect$/, replacement: path.resolve(import.meta.dirname, "packages/connect/src/index.ts") },
      { find: /^staylogged-connect\/(.*)$/, replacement: path.resolve(import.meta.dirname, "packages/connect/src/$1") },
    ],
  },
  oxc: { jsx: { runtime: "automatic" } },
  test: {
    // Files that need a document name jsdom in their first line.
    environment: "node",
    setupFiles: ["tests/api-base.ts", "tests/timeouts.ts"],
    testTimeout: 30_000,
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
