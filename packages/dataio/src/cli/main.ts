#!/usr/bin/env node
/** The `dataio` command: archives from a shell. `dataio --help` says the rest. */
import { enableCompileCache } from "node:module";

// A fourth of what a start takes is compiling. Loaded afterwards, for what a file imports is compiled before the file runs.
enableCompileCache();
const { runCli } = await import("./run.ts");

process.exitCode = await runCli(process.argv.slice(2), process);
