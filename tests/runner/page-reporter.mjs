// Playwright's reporter for script/test: appends each thing that happened to the file PAGE_EVENTS, a line of JSON each.

import { appendFileSync } from "node:fs";
import { suiteOf } from "../page/suites.mjs";

export default class PageReporter {
  onBegin(_config, suite) {
    this.tell({ event: "tests", tests: suite.allTests().map((test) => this.nameOf(test)) });
  }

  onTestEnd(test, result) {
    const one = { event: "test", ...this.nameOf(test), seconds: result.duration / 1000 };
    one.status = result.status === "skipped" ? "skipped" : test.ok() ? "passed" : "failed";
    if (one.status === "skipped") {
      one.message = test.expectedStatus === "skipped" ? "skips itself" : "did not run, since something before it failed";
    }
    if (one.status === "failed") {
      one.message = result.errors.map(textOf).join("\n\n") || `the test is ${result.status}`;
      one.output = [...result.stdout, ...result.stderr].join("");
      one.files = result.attachments.flatMap((attachment) => attachment.path ?? []);
    }
    this.tell(one);
  }

  /** What belongs to no test, e.g. a worker that could not clear up. */
  onError(error) {
    this.tell({ event: "error", message: textOf(error) });
  }

  printsToStdio() {
    return false;
  }

  nameOf(test) {
    // The file that was run: a helper in another one may have registered the test.
    const [, , file, ...titles] = test.titlePath();
    return { suite: suiteOf(file), file, name: titles.join(" › ") };
  }

  tell(event) {
    appendFileSync(process.env.PAGE_EVENTS, `${JSON.stringify(event)}\n`);
  }
}

// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*m/g;

function textOf(error) {
  return [error.stack ?? error.message ?? error.value ?? "", error.snippet ?? ""].filter(Boolean).join("\n\n").replace(COLOURS, "");
}
