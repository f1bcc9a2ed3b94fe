import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Progress, select } from "./pages.mjs";

const test_ = (suite, file, name) => ({ suite, file, name });

test("pages: a suite is told when its last test has ended, and the rest at the end", () => {
  const told = [];
  const progress = new Progress(["one", "two", "none"], (suite, cases) => told.push([suite, cases.map(({ name, status }) => `${name} ${status}`)]));
  progress.take({ event: "tests", tests: [test_("one", "f", "a"), test_("one", "f", "b"), test_("two", "g", "c"), test_("two", "g", "d")] });
  progress.take({ event: "test", ...test_("one", "f", "a"), status: "failed" });
  progress.take({ event: "test", ...test_("two", "g", "c"), status: "passed" });
  deepEqual(told, []);
  progress.take({ event: "test", ...test_("one", "f", "b"), status: "skipped" });
  progress.take({ event: "error", message: "a worker broke" });
  deepEqual(told, [["one", ["a failed", "b skipped"]]]);
  deepEqual([...progress.unfinished()].map(([suite, cases]) => [suite, cases.length]), [["two", 1], ["none", 0]]);
  deepEqual([progress.errors, progress.anyFailed], [["a worker broke"], true]);
});

test("pages: of a file that is one story all goes before the wanted test, of others nothing", () => {
  const all = [
    test_("s", "story", "1"), test_("s", "story", "2"), test_("s", "story", "3"),
    test_("s", "apart", "1"), test_("s", "apart", "2"),
    test_("t", "other", "1"), test_("u", "left", "1"),
  ];
  const wanted = new Map([["s", [test_("s", "story", "2"), test_("s", "apart", "2")]], ["t", null]]);
  const selected = select(wanted, all, (file) => file === "apart");
  deepEqual(selected.map(({ file, name }) => `${file} ${name}`), ["story 1", "story 2", "apart 2", "other 1"]);
});
