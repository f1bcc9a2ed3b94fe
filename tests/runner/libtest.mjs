// What libtest prints. Stable libtest writes no report and no seconds per test.

const STATUS = { ok: "passed", FAILED: "failed", ignored: "skipped" };
const RESULT = /^(ok|FAILED|ignored)\b/;

/** The tests of a log, in the order in which they ended. Several programs may have written it, one after the other. */
export function parseLibtest(log) {
  const cases = [];
  const failures = failureTexts(log);
  // With its output shown, a test's result may stand some lines below its name.
  let open = null;
  const add = (name, word) => {
    const status = STATUS[word];
    // libtest-mimic fills names up with spaces.
    const one = { name: name.replace(/ - should panic.*$/, "").trim(), status };
    if (status === "failed") one.message = failures.get(one.name) ?? "";
    cases.push(one);
    open = null;
  };
  for (const line of log.split("\n")) {
    const test = /^test (.+?) \.\.\. ?(.*)$/.exec(line);
    if (test) {
      const result = RESULT.exec(test[2]);
      if (result) add(test[1], result[1]);
      else open = test[1];
    } else if (open) {
      const result = /^(ok|FAILED|ignored)$/.exec(line.trim());
      if (result) add(open, result[1]);
    }
  }
  return cases;
}

/** What each program's last line counts: where it differs from the cases, the log could not be read. */
export function countedByLibtest(log) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of log.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  return counts;
}

/** The names that `--list --format terse` prints. */
export function parseLibtestList(output) {
  return [...output.matchAll(/^(.+): test$/gm)].map(([, name]) => name);
}

function failureTexts(log) {
  const texts = new Map();
  for (const [, name, text] of log.matchAll(/^---- (.+?)(?: stdout)? ----\n([\s\S]*?)(?=^---- .+ ----$|^failures:$|^test result: )/gm)) {
    texts.set(name, text.trim());
  }
  return texts;
}
