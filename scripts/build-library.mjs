/** Compiles the library to packages/dataio/dist, which is what its package holds. usage: build-library.mjs [OUTPUT] */
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { requireNode } from "./require-node.mjs";

requireNode();
const root = resolve(import.meta.dirname, "..");
const output = resolve(process.argv[2] ?? join(root, "packages/dataio/dist"));
rmSync(output, { recursive: true, force: true });
const compiler = join(root, "node_modules/typescript/bin/tsc");
const project = join(root, "packages/dataio/tsconfig.build.json");
const { status } = spawnSync(process.execPath, [compiler, "-p", project, "--outDir", output], { stdio: "inherit" });
if (status === 0) chmodSync(join(output, "cli/main.js"), 0o755);
process.exitCode = status ?? 1;
