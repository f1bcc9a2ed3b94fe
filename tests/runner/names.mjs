// Which tests a name means, and which names may have been meant.

/** How a test is called where its name alone may be another's, too. */
export const fullName = ({ file, name }) => (file ? `${file} › ${name}` : name);

const parts = (name) => name.split(/::| › | > /);

/** Whether `some` stand next to each other in `all`. */
function containsInOrder(all, some) {
  return all.some((_, at) => some.every((part, index) => all[at + index] === part));
}

/**
 * The tests that `wanted` names: exactly, else by their file, else by whole parts of their names.
 *
 * @param anyText whether, where nothing else is found, any part of the text will do
 */
export function matchTests(wanted, tests, { anyText = false } = {}) {
  const lower = wanted.toLowerCase();
  const ways = [
    (test) => test.name === wanted || fullName(test) === wanted,
    (test) => test.file !== undefined && (test.file === wanted || test.file.endsWith(`/${wanted}`) || wanted.endsWith(`/${test.file}`)),
    (test) => containsInOrder(parts(fullName(test)), parts(wanted)),
    (test) => anyText && fullName(test).toLowerCase().includes(lower),
  ];
  for (const way of ways) {
    const found = tests.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether this is meant for a suite and is none: tests have no hyphens between words, or are nothing like a suite. */
export function isMistypedSuite(wanted, suites) {
  if (suites.includes(wanted)) return false;
  return /^[a-z]+(-[a-z]+)+$/.test(wanted) || nearestNames(wanted, suites, { share: 0.25 }).length > 0;
}

/**
 * The names that are most like `wanted`, nearest first.
 *
 * @param share how much of a name may differ
 */
export function nearestNames(wanted, names, { count = 3, share: most = 0.5 } = {}) {
  const lower = wanted.toLowerCase();
  const rated = [...new Set(names)].map((name) => {
    const candidates = [name, ...parts(name)].map((part) => part.toLowerCase());
    const share = Math.min(...candidates.map((part) => editDistance(lower, part) / Math.max(lower.length, part.length)));
    return { name, share };
  });
  const near = rated.filter(({ share }) => share <= most).sort((one, other) => one.share - other.share);
  return near.slice(0, count).map(({ name }) => name);
}

function editDistance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[other.length];
}
