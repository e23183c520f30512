import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./tests/helpers/closing-line.ts"],
    // Two at a time also where Vitest would count two cores as one worker; a browser waits more than it works.
    maxWorkers: 2,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["packages/*/test/**/*.test.ts", "tests/unit/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          sequence: { groupOrder: 1 },
          include: ["tests/contract/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          sequence: { groupOrder: 2 },
          include: ["tests/e2e/**/*.test.ts"],
          globalSetup: ["tests/helpers/e2e-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A browser on a busy machine may miss a moment once; a test that needed it is named in the report.
          retry: 1,
        },
      },
    ],
  },
});
