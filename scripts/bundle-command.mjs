/**
 * The `dataio` command as the installed app carries it: the library's package with everything built in but the native
 * addon, laid out as npm would have it, because the command reads its version and its sample beside its folder.
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build, defaultServerConditions } from "vite";

/** The entry, within the output folder. */
export const COMMAND_ENTRY = "dist/cli/main.js";

/** Builds the command into `output`, which is emptied first. Rejects when it cannot be built. */
export async function bundleCommand(root, output) {
  const library = join(root, "packages/dataio");
  await rm(output, { recursive: true, force: true });
  await build({
    root: library,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, resolve: { conditions: ["@mxm/source", ...defaultServerConditions] } },
    build: {
      ssr: join(library, "src/cli/main.ts"),
      outDir: join(output, "dist/cli"),
      emptyOutDir: false,
      target: "node22",
      rolldownOptions: {
        external: ["better-sqlite3"],
        output: {
          format: "es",
          entryFileNames: "main.js",
          chunkFileNames: "[name]-[hash].js",
          // Programs that the command starts are no business of the app's runtime.
          intro: (chunk) => (chunk.isEntry ? "delete process.env.ELECTRON_RUN_AS_NODE;" : ""),
        },
      },
    },
  });
  for (const name of ["package.json", "sample-data", "LICENSE"]) {
    await cp(join(library, name), join(output, name), { recursive: true });
  }
}
