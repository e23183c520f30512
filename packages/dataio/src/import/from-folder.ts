/** The files of a folder, each as the answer to a request for its path. Symlinks are not followed. */
import { createReadStream } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSystemError, isDataioError } from "../errors.ts";
import { formatTimestamp } from "../timestamps.ts";
import { foreignRows, foreignSession } from "./foreign.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";

/** @throws NOT_FOUND, ACCESS_DENIED for the folder itself; a file that cannot be read is a problem */
export async function* folderRows(
  from: ImportSource,
  take: TakePayload,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImportedRow, void, undefined> {
  const name = basename(from.path);
  const files: string[] = [];
  try {
    for await (const file of filesBelow(from.path, "")) files.push(file);
  } catch (error) {
    throw fromSystemError(error, `Cannot read ${from.path}`);
  }
  const times: number[] = [];
  for (const file of files) times.push(await modifiedAt(join(from.path, file)));
  const oldest = times.reduce((least, time) => Math.min(least, time), times[0] ?? 0);
  const session = foreignSession(from.source ?? name, name, timestampOf(oldest));
  yield { type: "session", session };
  for (const file of files.sort()) {
    throwIfCancelled(signal);
    const path = join(from.path, file);
    try {
      const time = timestampOf(await modifiedAt(path));
      const payload = await take(createReadStream(path));
      const params = { path: file };
      const metadata = { adapter_meta: { path: file, modified_at: time } };
      yield* foreignRows(session, {
        kind: "file",
        method: "GET",
        params,
        body: null,
        isError: false,
        time,
        ...payload,
        metadata,
      });
    } catch (error) {
      const { code, message } = fromSystemError(error, `Cannot read ${file}`);
      if (isDataioError(error, "CANCELLED") || code === "NO_SPACE") throw error;
      yield { type: "problem", problem: { item: file, code, message } };
    }
  }
}

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    // It is looked at once more when its turn comes, and then it is a problem.
    return Date.now();
  }
}

function timestampOf(milliseconds: number): string {
  return formatTimestamp(BigInt(Math.trunc(milliseconds)) * 1000n);
}

/** Paths with `/`, relative to the folder. */
async function* filesBelow(root: string, below: string): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(join(root, below))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile()) yield path;
  }
}
