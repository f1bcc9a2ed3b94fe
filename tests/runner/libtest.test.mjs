import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { countedByLibtest, parseLibtest, parseLibtestList } from "./libtest.mjs";
import { libtestResult, onDatabases } from "./rust.mjs";

const LOG = `
     Running unittests src/lib.rs (target/debug/deps/staylogged-0123456789abcdef)

running 4 tests
test domain::a_name_is_read ... ok
test domain::it_panics - should panic ... ok
test store::left_out ... ignored, takes a day
test store::it_breaks ... FAILED

failures:

---- store::it_breaks stdout ----
thread 'store::it_breaks' panicked at src/store.rs:1:1:
assertion failed: 1 == 2

failures:
    store::it_breaks

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

     Running unittests src/main.rs (target/debug/deps/staylogged-fedcba9876543210)

running 1 test
test args  ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;

test("libtest: each test has its status, and a failed one its text", () => {
  const cases = parseLibtest(LOG);
  deepEqual(cases.map(({ name, status }) => [name, status]), [
    ["domain::a_name_is_read", "passed"],
    ["domain::it_panics", "passed"],
    ["store::left_out", "skipped"],
    ["store::it_breaks", "failed"],
    ["args", "passed"],
  ]);
  deepEqual(cases[3].message, "thread 'store::it_breaks' panicked at src/store.rs:1:1:\nassertion failed: 1 == 2");
});

test("libtest: the counts of all programs are added up", () => {
  deepEqual(countedByLibtest(LOG), { passed: 3, failed: 1, skipped: 1 });
  deepEqual(libtestResult(LOG, null).problem, null);
});

test("libtest: a result may stand below what its test has printed", () => {
  deepEqual(parseLibtest("test one::prints ... hello\nmore\nok\ntest two ... ok\n"), [
    { name: "one::prints", status: "passed" },
    { name: "two", status: "passed" },
  ]);
});

test("libtest: a log that names fewer tests than it counts is a problem", () => {
  const log = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
  deepEqual(libtestResult(log, null).problem, 'libtest counts {"passed":1,"failed":0,"skipped":0}, and the log names {"passed":0,"failed":0,"skipped":0}');
});

test("libtest: a list has a name on each line", () => {
  deepEqual(parseLibtestList("a::b: test\nc d: test\n\n2 tests, 0 benchmarks\n"), ["a::b", "c d"]);
});

test("libtest: what passed on each database is counted by the last part of the name", () => {
  const cases = [
    { name: "runs::end::sqlite", status: "passed" },
    { name: "runs::end::postgres", status: "failed" },
    { name: "sqlite_opens", status: "passed" },
  ];
  deepEqual(onDatabases(cases), { sqlite: 1, postgres: 0 });
});
