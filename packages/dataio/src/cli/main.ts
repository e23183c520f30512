#!/usr/bin/env node
/** The `dataio` command: archives from a shell. `dataio --help` says the rest. */
import { runCli } from "./run.ts";

process.exitCode = await runCli(process.argv.slice(2), process);
