import { join } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Tests of whole processes and threads (killed ones, commands, examples as programs, the backend with its workers), and those
 * that try very many inputs. Slower than all others together.
 */
const PROCESS_TESTS = [
  "packages/*/test/{crash,stream-crash,faults,side-by-side,examples}.test.ts",
  "packages/*/test/cli/**/*.test.ts",
  "packages/*/test/fuzz/**/*.test.ts",
  "packages/*/test/browse-index/{lists,updating}.test.ts",
  "tests/unit/backend*.test.ts",
  "tests/unit/{api-reference,library-readme,packaging,readme,start-script}.test.ts",
];

// Node compiles the sources that tests run as processes and threads once, not once for each of hundreds.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/node");

export default defineConfig({
  // Tests run on the library's sources; only its packed form has been compiled.
  ssr: { resolve: { conditions: ["@mxm/source", ...defaultServerConditions], externalConditions: ["@mxm/source"] } },
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
          exclude: PROCESS_TESTS,
          // Starting anew for each of many small files would take as long as they do.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "processes",
          sequence: { groupOrder: 1 },
          include: PROCESS_TESTS,
          globalSetup: ["tests/helpers/build-setup.ts"],
          testTimeout: 60_000,
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
          sequence: { groupOrder: 1 },
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
