/**
 * The last line of a test run, for people and for CI: `N passed, N failed, N skipped`. A test file that could not be
 * loaded, and an error outside of every test, count as failed.
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.errors().length > 0 && !tests.some((test) => test.result().state === "failed")) counts.failed += 1;
      for (const test of tests) {
        const { state } = test.result();
        // A test that was never reached is no success.
        counts[state === "pending" ? "failed" : state] += 1;
      }
    }
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  }
}
