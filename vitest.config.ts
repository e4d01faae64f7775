import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { SummaryReporter } from "./test/support/summary-reporter.ts";

/** Suites that run whole systems: after those that run parts. */
const systems = ["test/e2e/**/*.test.ts", "test/examples/**/*.test.ts"];

/** Suites that load the machine or kill processes: a file at a time, after all others. */
const faults = ["test/faults/**/*.test.ts"];

const config: ViteUserConfig = defineConfig({
  // The very file that Node gives to graphql's users among the dependencies: two copies don't know each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }] },
  test: {
    globalSetup: ["test/support/real-stack.setup.ts"],
    reporters: ["default", new SummaryReporter()],
    execArgv: ["--disable-warning=TimeoutNegativeWarning"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["test/**/*.test.ts"],
          exclude: [...systems, ...faults],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "systems", include: systems, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: { name: "faults", include: faults, maxWorkers: 1, fileParallelism: false, sequence: { groupOrder: 3 } },
      },
    ],
  },
});

export default config;
