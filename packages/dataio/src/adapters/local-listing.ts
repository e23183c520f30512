/**
 * Which files a folder has: regular files, sorted by path, so that equal folders have equal lists. Symlinks are not listed,
 * and no wildcard follows one. A folder that cannot be read is an error, never an omission.
 */

import { createHash } from "node:crypto";
import { readdir } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { glob } from "tinyglobby";
import { throwIfCancelled } from "../cancellation.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { formatTimestamp } from "../timestamps.ts";

/** A file of a listing. The keys are those of the listing that is archived. */
export type ListedFile = {
  /** Relative to the folder, with `/` on every system. */
  readonly path: string;
  readonly size_bytes: number;
  /** Timestamp text in UTC. */
  readonly modified_at: string;
  /** Lower-case hex SHA-256 of the `size_bytes` bytes that were read. */
  readonly sha256: string;
};

/** Which files of a folder. */
export interface FileSelection {
  /** A pattern as picomatch has it: `*`, `**`, `?`, `[…]`, `{a,b}`, with `/` between names. */
  readonly glob: string;
  /** Whether names that begin with a dot belong to it. */
  readonly dot: boolean;
}

/**
 * The paths of the files that match, relative to `folder`, sorted by UTF-16 code units.
 * @throws PARAMS_INVALID (a pattern that leaves the folder), ACCESS_DENIED, IO_FAILED, TOO_LARGE above `maxFiles`, CANCELLED
 */
export async function matchingFiles(
  folder: string,
  selection: FileSelection,
  options: { readonly maxFiles: number; readonly signal: AbortSignal },
): Promise<string[]> {
  const { maxFiles, signal } = options;
  if (!isWithinFolder(selection.glob)) {
    throw new DataioError("PARAMS_INVALID", `glob must be a pattern within its folder: ${selection.glob}`, {
      details: { param: "glob", glob: selection.glob },
    });
  }
  const failures: unknown[] = [];
  const found = await glob(selection.glob, {
    cwd: folder,
    dot: selection.dot,
    expandDirectories: false,
    followSymbolicLinks: false,
    signal,
    // By itself it passes over what it cannot read.
    fs: { readdir: reporting(failures) },
  });
  throwIfCancelled(signal);
  // What is not there has no files, and may have gone while it was looked for.
  const failure = failures.find((error) => !["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? ""));
  if (failure !== undefined) throw fromSystemError(failure, `Cannot list ${folder}`);
  // A negated pattern lets dots in.
  const paths = selection.dot ? found : found.filter((path) => !/(^|\/)\./.test(path));
  if (paths.length <= maxFiles) return paths.sort();
  throw new DataioError("TOO_LARGE", `${paths.length} files match, which is more than ${maxFiles}`, {
    details: { files: paths.length, limitFiles: maxFiles },
  });
}

/**
 * What one file is like now; undefined when it has gone.
 * @throws ACCESS_DENIED, IO_FAILED, CANCELLED; NOT_FOUND for a name that is no UTF-8, which no path can say
 */
export async function listedFile(folder: string, path: string, signal: AbortSignal): Promise<ListedFile | undefined> {
  try {
    await using handle = await open(join(folder, path), "r");
    const { mtimeNs } = await handle.stat({ bigint: true });
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let size_bytes = 0; ; ) {
      throwIfCancelled(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) {
        return { path, size_bytes, modified_at: formatTimestamp(mtimeNs / 1000n), sha256: hash.digest("hex") };
      }
      hash.update(buffer.subarray(0, bytesRead));
      size_bytes += bytesRead;
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT" && !path.includes("\uFFFD")) return undefined;
    throw fromSystemError(error, `Cannot read ${path}`);
  }
}

const BLOCK_BYTES = 256 * 1024;

/** Also where a name is escaped or an alternative of several. A leading `!` would exclude, from nothing. */
function isWithinFolder(pattern: string): boolean {
  return !/^\\?\/|^[A-Za-z]:|^!(?!\()|(?:^|[/{,(|])\\?\.\\?\.(?:$|[/},)|])/.test(pattern);
}

/** Node's own, telling what failed. */
function reporting(failures: unknown[]): typeof readdir {
  return new Proxy(readdir, {
    apply(target, self, [path, options, callback]) {
      const report = (error: unknown, entries: unknown) => {
        if (error) failures.push(error);
        callback(error, entries);
      };
      return Reflect.apply(target, self, [path, options, report]);
    },
  });
}
