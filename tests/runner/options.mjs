// The command line of script/test.

export const USAGE = `Everything that has to hold: formatting, lints, drift, supply chain, unit tests and stories on SQLite and Postgres, and the pages.

  script/test                     all suites
  script/test NAME...             only those: a suite, or a test by its name, whose output is shown while it runs
  script/test --failed            what failed, and has not passed since
  script/test --list              the suites; installs and builds nothing
  script/test --list SUITE...     their tests
  script/test --help              this text

Two lanes run at once, each one suite after the other: what needs the processor, and the pages in a browser.

  PAGE_WORKERS                    how many page files run at once (Playwright's workers)
  RUST_TEST_THREADS               how many tests of the suite "rust" run at once
  STORY_THREADS                   how many tests of the suite "stories" run at once beside the pages
  STORY_THREADS_ALONE             and how many once the pages are over

A run leaves seconds.tsv, junit.xml and a log of each suite in target/test. It ends with one line: N passed, N failed, N skipped.
Anything failed or skipped, and a suite without a test, makes it exit 1; a name that nothing has, 2.`;

export class UsageError extends Error {}

/** What is asked for: `{ kind: "help" }`, `{ kind: "list", names }`, `{ kind: "failed" }` or `{ kind: "run", names }`. */
export function parseOptions(words) {
  const names = words.filter((word) => !word.startsWith("-"));
  const options = new Set(words.filter((word) => word.startsWith("-")));
  const known = ["--help", "-h", "--list", "--failed"];
  for (const option of options) if (!known.includes(option)) throw new UsageError(`unknown option ${option}; see script/test --help`);
  if (options.has("--help") || options.has("-h")) return { kind: "help" };
  if (options.size > 1) throw new UsageError("--list and --failed do not go together");
  if (options.has("--list")) return { kind: "list", names };
  if (!options.has("--failed")) return { kind: "run", names };
  if (names.length > 0) throw new UsageError("--failed takes no names");
  return { kind: "failed" };
}
