/** What the command line says. Chromium's and Electron's own switches may stand anywhere in it and are passed over. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface DesktopArguments {
  /** Absolute folder: `--archive DIR`, or the first plain argument. */
  readonly archive: string | null;
  readonly readOnly: boolean;
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
    archive: folder === undefined || folder === "" ? null : resolve(workingDirectory, folder),
    readOnly: values["read-only"] === true,
  };
}
