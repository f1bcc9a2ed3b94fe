// Steps that print themselves: `ok N name seconds`, or `not ok N name`, and then it ends.

import { firstLine } from "./waiting.mjs";

export class Steps {
  count = 0;
  failed = 0;

  /** Does the step; throws on, so that nothing is tried on top of what failed. */
  async step(name, action) {
    const began = Date.now();
    this.count += 1;
    const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
    try {
      const answer = await action();
      console.log(`ok ${this.count} ${name} ${seconds()}`);
      return answer;
    } catch (error) {
      this.failed += 1;
      console.log(`not ok ${this.count} ${name} ${seconds()}`);
      console.log(`   ${firstLine(error)}`);
      throw new Failed(name, error);
    }
  }

  /**
   * Plays a story to its end and says how it went. What was started is ended, also when it is interrupted.
   * @param failed called when it failed, before anything is ended: for what shows why
   */
  async play(story, { failed = () => undefined, end }) {
    let interrupted = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.once(signal, async () => {
        interrupted = true;
        await end();
        process.exit(130);
      });
    }
    try {
      await story();
    } catch (error) {
      if (interrupted) return;
      if (!(error instanceof Failed)) {
        this.failed += 1;
        console.log(`not ok ${this.count + 1} ${error.stack}`);
      }
      await failed();
    } finally {
      if (!interrupted) {
        await end();
        process.exitCode = this.summary();
      }
    }
  }

  summary() {
    console.log(`${this.count} steps, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

class Failed extends Error {
  constructor(step, cause) {
    super(`the step “${step}” failed`, { cause });
  }
}
