import type { Reporter, TestModule, TestSuite, Vitest } from "vitest/node";

/** Test cases by their outcome; a file or a run that failed as such counts as one that failed. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Says at the end which suites were left out and why and, in CI, the counts on a line of their own. */
export class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    for (const line of leftOutLines(modules, this.#unavailable())) process.stdout.write(`${line}\n`);
    if (process.env["CI"] !== undefined)
      process.stdout.write(`${countsLine(count(modules, unhandledErrors.length))}\n`);
  }

  #unavailable(): string | undefined {
    const stack = this.#vitest?.getRootProject().getProvidedContext().realStack;
    return stack !== undefined && "unavailable" in stack ? stack.unavailable : undefined;
  }
}

/** The closing line: `3 passed, 0 failed, 1 skipped`. */
function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function count(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const ended = (state: string): number => tests.filter((test) => test.result().state === state).length;
  const broken = modules.filter((module) => module.state() === "failed" && !hasFailedTest(module)).length;
  return { passed: ended("passed"), failed: ended("failed") + broken + unhandledErrors, skipped: ended("skipped") };
}

/** A file fails without a failed test if it can't be loaded, or by a hook. */
function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests("failed")].length > 0;
}

function leftOutLines(modules: readonly TestModule[], reason: string | undefined): readonly string[] {
  if (reason === undefined) return [];
  const suites = modules.flatMap((module) =>
    [...module.children.allSuites()].filter((suite) => isLeftOut(suite, reason)),
  );
  if (suites.length === 0) return [];
  const lines = suites.map(
    (suite) => `  ${suite.module.relativeModuleId}: ${suite.name.split(" (left out: ")[0] ?? ""}`,
  );
  return ["", `Left out without the real servers, ${suites.length} in all:`, ...lines, `Why: ${reason}`, ""];
}

function isLeftOut(suite: TestSuite, reason: string): boolean {
  return suite.name.endsWith(`(left out: ${reason})`);
}
