// Steps that print themselves: `ok N name seconds`, or `not ok N name`, and then it ends.

import { firstLine } from "./waiting.mjs";

export class Steps {
  count = 0;
  failed = 0;
  began = Date.now();

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

  summary() {
    console.log(`${this.count} steps, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

export class Failed extends Error {
  constructor(step, cause) {
    super(`the step “${step}” failed`, { cause });
  }
}
