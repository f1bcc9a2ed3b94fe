// Imports nothing: `script/test --list` reads it before anything is installed.

/** The suites that Playwright runs, and the folder of each. They are one project of Playwright: its workers outlive no project. */
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

/** The suite of a file, which is named from this folder. */
export const suiteOf = (file) => Object.keys(SUITES).find((name) => file.startsWith(`${SUITES[name]}/`));
