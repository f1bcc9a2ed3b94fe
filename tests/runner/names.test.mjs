import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { fullName, isMistypedSuite, matchTests, nearestNames } from "./names.mjs";
import { UsageError, parseOptions } from "./options.mjs";

const TESTS = [
  { suite: "stories", name: "connect::a_cancelled_login_closes_the_browser::sqlite" },
  { suite: "stories", name: "connect::a_cancelled_login_closes_the_browser::postgres" },
  { suite: "stories", name: "reconnect::it_goes_on" },
  { suite: "page-faults", file: "faults/died.spec.mjs", name: "the server starts" },
  { suite: "page-network", file: "network/slow.spec.mjs", name: "the server starts" },
  { suite: "web-demo", file: "tests/card.test.tsx", name: "card > the server starts" },
];
const found = (...args) => matchTests(args[0], TESTS, args[1]).map(fullName);

test("names: a test's own name goes before a part of another's", () => {
  deepEqual(found("the server starts"), ["faults/died.spec.mjs › the server starts", "network/slow.spec.mjs › the server starts"]);
});

test("names: a file names one of several tests of a name, and all of its own", () => {
  deepEqual(found("network/slow.spec.mjs › the server starts"), ["network/slow.spec.mjs › the server starts"]);
  deepEqual(found("died.spec.mjs"), ["faults/died.spec.mjs › the server starts"]);
  deepEqual(found("tests/page/faults/died.spec.mjs"), ["faults/died.spec.mjs › the server starts"]);
});

test("names: a story is told on both databases, and a module is all of its stories", () => {
  const both = ["sqlite", "postgres"].map((database) => `connect::a_cancelled_login_closes_the_browser::${database}`);
  deepEqual(found("a_cancelled_login_closes_the_browser"), both);
  deepEqual(found("connect"), both);
});

test("names: any text will do only where it is asked for", () => {
  deepEqual(found("it_goes"), []);
  deepEqual(found("it_goes", { anyText: true }), ["reconnect::it_goes_on"]);
});

test("names: the nearest come first, and what is nothing like it is left out", () => {
  deepEqual(nearestNames("page-fault", ["page-faults", "page-firefox", "clippy"]), ["page-faults", "page-firefox"]);
  deepEqual(nearestNames("a_canceled_login_closes_the_browser", TESTS.map(({ name }) => name), { count: 1 }), [TESTS[0].name]);
  deepEqual(nearestNames("xyz", ["page-faults"]), []);
});

test("names: a mistyped suite is known before any test is listed", () => {
  const suites = ["page-faults", "clippy", "stories", "web-demo"];
  for (const name of ["page-fault", "clipy", "page-fire", "storie"]) deepEqual(isMistypedSuite(name, suites), true, name);
  for (const name of ["clippy", "store", "connect", "the server starts", "slow.spec.mjs", "a::b"]) deepEqual(isMistypedSuite(name, suites), false, name);
});

test("options: what can be asked", () => {
  deepEqual(parseOptions([]), { kind: "run", names: [] });
  deepEqual(parseOptions(["rust", "it goes on"]), { kind: "run", names: ["rust", "it goes on"] });
  deepEqual(parseOptions(["--list", "rust"]), { kind: "list", names: ["rust"] });
  deepEqual(parseOptions(["--failed"]), { kind: "failed" });
  deepEqual(parseOptions(["rust", "-h"]), { kind: "help" });
});

test("options: what cannot be asked is refused", () => {
  for (const words of [["--fast"], ["--failed", "--list"], ["--failed", "rust"]]) {
    let refused = null;
    try {
      parseOptions(words);
    } catch (error) {
      refused = error;
    }
    deepEqual(refused instanceof UsageError, true, words.join(" "));
  }
});
