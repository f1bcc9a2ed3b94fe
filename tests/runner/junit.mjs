// JUnit's XML: read as Vitest, Node's own runner and quick-junit write it, and written for all suites.

/** The test cases of a report: `{ name, file, status, seconds, message }`. */
export function readJunit(xml) {
  const cases = [];
  for (const [, attributes, , body = ""] of xml.matchAll(/<testcase\b((?:[^>"']|"[^"]*"|'[^']*')*?)(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const { name, classname, time } = readAttributes(attributes);
    const one = { name, status: "passed" };
    if (classname !== undefined) one.file = classname;
    if (time !== undefined && time !== "") one.seconds = Number(time);
    const problem = /<(failure|error)\b((?:[^>"']|"[^"]*"|'[^']*')*?)(\/>|>([\s\S]*?)<\/\1>)/.exec(body);
    if (problem) {
      one.status = "failed";
      one.message = [readAttributes(problem[2]).message, readText(problem[4] ?? "").trim()].filter(Boolean).join("\n");
    } else if (/<skipped\b/.test(body)) {
      one.status = "skipped";
    }
    cases.push(one);
  }
  return cases;
}

/** One report of all results: `{ suite, cases, seconds }` each. */
export function writeJunit(results) {
  const all = results.flatMap(({ cases }) => cases);
  const time = results.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${counts(all)} time="${time.toFixed(3)}">`];
  for (const { suite, cases, seconds } of results) {
    lines.push(`  <testsuite name="${escape(suite)}" ${counts(cases)} time="${seconds.toFixed(3)}">`);
    for (const one of cases) lines.push(...writeCase(suite, one));
    lines.push("  </testsuite>");
  }
  lines.push("</testsuites>", "");
  return lines.join("\n");
}

function writeCase(suite, { name, file, status, seconds, message = "" }) {
  const time = seconds === undefined ? "" : ` time="${seconds.toFixed(3)}"`;
  const open = `    <testcase name="${escape(name)}" classname="${escape(file ?? suite)}"${time}`;
  if (status === "passed") return [`${open}/>`];
  const first = escape(message.split("\n")[0]);
  if (status === "skipped") return [`${open}><skipped message="${first}"/></testcase>`];
  return [`${open}><failure message="${first}">${escape(message)}</failure></testcase>`];
}

function counts(cases) {
  const of = (status) => cases.filter((one) => one.status === status).length;
  return `tests="${cases.length}" failures="${of("failed")}" skipped="${of("skipped")}"`;
}

// XML has no way to write the other control characters.
// eslint-disable-next-line no-control-regex
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escape(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(NOT_IN_XML, "").replace(/[&<>"]/g, (character) => entities[character]);
}

function readAttributes(text) {
  const found = {};
  for (const [, name, double, single] of text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) found[name] = readEntities(double ?? single);
  return found;
}

function readText(text) {
  return text.split(/(<!\[CDATA\[[\s\S]*?\]\]>)/).map((part) => (part.startsWith("<![CDATA[") ? part.slice(9, -3) : readEntities(part))).join("");
}

function readEntities(text) {
  const entities = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities[name] ?? whole;
  });
}
