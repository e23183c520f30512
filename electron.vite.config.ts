import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";
import { defaultServerConditions } from "vite";

const from = (path: string) => resolve(import.meta.dirname, path);

/** Both hosts are built together: `index` is the Electron main process, `serve` the web host, and both start `reader-worker`. */
export default defineConfig({
  main: {
    // The library's sources, not its compiled form.
    ssr: { resolve: { conditions: ["@mxm/source", ...defaultServerConditions] } },
    build: {
      outDir: from("out/main"),
      sourcemap: true,
      // Everything is built in, so that an installer holds one package; a native addon must stay one, beside its prebuilds.
      externalizeDeps: false,
      rollupOptions: {
        external: ["better-sqlite3"],
        input: {
          index: from("src/main/index.ts"),
          serve: from("src/web/start.ts"),
          "reader-worker": from("src/backend/workers/reader-worker.ts"),
        },
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      outDir: from("out/preload"),
      externalizeDeps: false,
      rollupOptions: {
        input: { index: from("src/preload/index.ts") },
        // A sandboxed preload can only be CommonJS.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: from("src/renderer"),
    base: "./",
    plugins: [react()],
    // Modules, so that a worker loads a format's library only when such a payload is looked at.
    worker: { format: "es" },
    build: {
      outDir: from("out/renderer"),
      emptyOutDir: true,
      minify: true,
      rollupOptions: { input: from("src/renderer/index.html") },
    },
  },
});
