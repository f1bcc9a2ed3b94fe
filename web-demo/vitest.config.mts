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
    environment: "jsdom",
    // Node's Request, which the tests run with, takes absolute addresses only.
    env: { NEXT_PUBLIC_API_URL: "http://localhost:3000/api" },
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
