// Imports nothing: `script/test --list` reads it before anything is installed.

/** The suites that Playwright runs: each is a project of Playwright, with a folder of its own. */
export const SUITES = {
  clients: "clients",
  "page-other-origin": "other-origin",
  "page-accessibility": "accessibility",
  "page-embedding": "embedding",
  "page-controls": "controls",
  "page-firefox": "firefox",
  "page-faults": "faults",
  "page-moments": "moments",
  "page-records": "records",
  "page-network": "network",
  "page-keyboard": "keyboard",
  "page-screen-reader": "screen-reader",
  "provider-tools": "provider-tools",
  "demo-check": "demo-check",
};
