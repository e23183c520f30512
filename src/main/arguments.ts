/** What the command line says. Chromium's and Electron's own switches may stand anywhere in it and are passed over. */
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export interface DesktopArguments {
  /** Absolute folder: `--archive DIR`, or the first plain argument; see {@link archiveFolder}. */
  readonly archive: string | null;
  readonly readOnly: boolean;
}

/** The archive's database, in its folder. */
const DATABASE = "dataio.sqlite";

/** The absolute folder of what is to be opened: a folder, or the database in it, which is what a system's file manager hands over. */
export function archiveFolder(named: string, workingDirectory: string): string {
  const path = resolve(workingDirectory, named.startsWith("file://") ? fileURLToPath(named) : named);
  return basename(path) === DATABASE ? dirname(path) : path;
}

/**
 * Reads `process.argv`; a relative folder is resolved against `workingDirectory`.
 * @param isDefaultApp true when Electron was started with the app as its first plain argument (`electron . …`).
 */
export function parseDesktopArguments(
  argv: readonly string[],
  isDefaultApp: boolean,
  workingDirectory: string,
): DesktopArguments {
  const { values, positionals } = parseArgs({
    args: argv.slice(1),
    options: { archive: { type: "string" }, "read-only": { type: "boolean" } },
    allowPositionals: true,
    strict: false,
  });
  const named = typeof values.archive === "string" ? values.archive : undefined;
  const folder = named ?? positionals[isDefaultApp ? 1 : 0];
  return {
    archive: folder === undefined || folder === "" ? null : archiveFolder(folder, workingDirectory),
    readOnly: values["read-only"] === true,
  };
}
