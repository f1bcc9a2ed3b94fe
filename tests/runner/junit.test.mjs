import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import { readJunit, writeJunit } from "./junit.mjs";

test("JUnit: as Vitest writes it", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8" ?>
<testsuites name="vitest tests" tests="3" failures="1" errors="0" time="0.5">
  <testsuite name="tests/a.test.ts" tests="3" failures="1" errors="0" skipped="1" time="0.5">
    <testcase classname="tests/a.test.ts" name="card &gt; says &quot;hello&quot;" time="0.25">
    </testcase>
    <testcase classname="tests/a.test.ts" name="is left out" time="0">
      <skipped/>
    </testcase>
    <testcase classname="tests/a.test.ts" name="breaks" time="0.1">
      <failure message="expected 1 to be 2 // a &gt; b" type="AssertionError">
AssertionError: expected 1 to be 2
 ❯ tests/a.test.ts:3:1
      </failure>
    </testcase>
  </testsuite>
</testsuites>`;
  deepEqual(readJunit(xml), [
    { name: 'card > says "hello"', status: "passed", file: "tests/a.test.ts", seconds: 0.25 },
    { name: "is left out", status: "skipped", file: "tests/a.test.ts", seconds: 0 },
    {
      name: "breaks",
      status: "failed",
      file: "tests/a.test.ts",
      seconds: 0.1,
      message: "expected 1 to be 2 // a > b\nAssertionError: expected 1 to be 2\n ❯ tests/a.test.ts:3:1",
    },
  ]);
});

test("JUnit: as quick-junit writes it, and a `>` within an attribute", () => {
  const xml = `<testsuite name="stories" tests="3"><testcase name="connect::one" classname="stories" time="1.500"/>
<testcase name="connect::a -> b" classname="stories"><failure message="it&#10;broke"/></testcase>
<testcase name="connect::two" classname="stories" time="2.000"><error><![CDATA[a < b & c]]></error></testcase></testsuite>`;
  deepEqual(readJunit(xml), [
    { name: "connect::one", status: "passed", file: "stories", seconds: 1.5 },
    { name: "connect::a -> b", status: "failed", file: "stories", message: "it\nbroke" },
    { name: "connect::two", status: "failed", file: "stories", seconds: 2, message: "a < b & c" },
  ]);
});

test("JUnit: all suites are merged, with their counts", () => {
  const xml = writeJunit([
    { suite: "rust", seconds: 2, cases: [{ name: "a", status: "passed" }, { name: "b", status: "failed", message: "1 < 2\nfalse\u0007" }] },
    { suite: "page-faults", seconds: 1.5, cases: [{ name: "“c”", file: "faults/died.spec.mjs", status: "skipped", seconds: 0, message: "did not run" }] },
  ]);
  deepEqual(xml, `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" skipped="1" time="3.500">
  <testsuite name="rust" tests="2" failures="1" skipped="0" time="2.000">
    <testcase name="a" classname="rust"/>
    <testcase name="b" classname="rust"><failure message="1 &lt; 2">1 &lt; 2
false</failure></testcase>
  </testsuite>
  <testsuite name="page-faults" tests="1" failures="0" skipped="1" time="1.500">
    <testcase name="“c”" classname="faults/died.spec.mjs" time="0.000"><skipped message="did not run"/></testcase>
  </testsuite>
</testsuites>
`);
});

test("JUnit: what is written is read back", () => {
  const cases = [
    { name: 'a "b" <c> & d', file: "e", status: "failed", seconds: 0.5, message: "one\n\ttwo" },
    { name: "f", file: "g", status: "passed", seconds: 1 },
  ];
  const [failed, passed] = readJunit(writeJunit([{ suite: "s", seconds: 1.5, cases }]));
  deepEqual(passed, cases[1]);
  deepEqual({ ...failed, message: undefined }, { ...cases[0], message: undefined });
  match(failed.message, /^one\none\n\ttwo$/);
});
