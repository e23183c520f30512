/**
 * Files that are named by a payload's checksum. The text of a checksum comes from an archive, which is not trusted: only
 * one that is a checksum becomes part of a path.
 */

import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { sep } from "node:path";
import { DataioError, fromSystemError, systemCode } from "./errors.ts";
import { isChecksum } from "./identity.ts";

/** The path of `<checksum><extension>` in `directory`. @throws CHECKSUM_INVALID */
export function contentPath(directory: string, checksum: string, extension: ".bin" | ".meta.json"): string {
  // Not by join(), which would look through the directory's name each time.
  if (isChecksum(checksum)) return `${directory}${sep}${checksum}${extension}`;
  throw new DataioError("CHECKSUM_INVALID", "A checksum is 64 lower-case hex digits", { details: { checksum } });
}

/** What has this name, symlinks followed; undefined when nothing has. @throws ACCESS_DENIED, IO_FAILED */
export async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    return absentOrThrow(error, path);
  }
}

/** {@link statIfPresent} without leaving the tick. */
export function statIfPresentSync(path: string): Stats | undefined {
  try {
    // Most often nothing is there, and an error would take longer than the look itself.
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return absentOrThrow(error, path);
  }
}

/** A dangling or circular symlink is an absent file too. */
function absentOrThrow(error: unknown, path: string): undefined {
  if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return undefined;
  throw fromSystemError(error, `Cannot look at ${path}`);
}
