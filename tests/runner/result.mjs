// What became of a suite: its test cases, and whether that is good enough.

/**
 * A suite's result. What went wrong without a test that says so becomes a failed case of its own, called as the suite.
 *
 * @param cases `{ name, file?, status: "passed" | "failed" | "skipped", seconds?, message? }`
 * @param problem why it went wrong, e.g. how its program ended; not said where a failed case says it already
 * @param notes what could not be asked, such as a registry that does not answer: counted neither way
 */
export function judge(suite, { cases, seconds, problem = null, notes = [], log }) {
  const result = { suite, cases: [...cases], seconds, notes, log };
  const failed = cases.some(({ status }) => status === "failed");
  if (problem && !failed) result.cases.push({ name: suite, status: "failed", message: problem });
  else if (cases.length === 0 && notes.length === 0) result.cases.push({ name: suite, status: "failed", message: "the suite ran no test" });
  return result;
}

export function countCases(cases) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of cases) counts[status] += 1;
  return counts;
}

export const isGood = ({ cases }) => cases.every(({ status }) => status === "passed");
