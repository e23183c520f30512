/** Looks for the bytes of payloads in files, by what the files hold and not by what they are called. Only reads. */
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { contentPath } from "../content-files.ts";
import { fromSystemError } from "../errors.ts";
import { sha256Hex } from "../identity.ts";
import { archiveLocation } from "../location.ts";
import type { FileHasher } from "../verify/file-hasher.ts";
import type { PayloadSource } from "./report.ts";

const FILES_AT_ONCE = 256;

/** Where the bytes of a payload are: in a file, or in memory. */
export type Found = { readonly path: string; readonly sizeBytes: number } | { readonly bytes: Uint8Array };

/**
 * Finds the `wanted` checksums in the sources, in turn; the first that has one is taken.
 * @throws NOT_FOUND, ACCESS_DENIED for a folder that cannot be listed; CANCELLED
 */
export async function findPayloads(
  wanted: ReadonlySet<string>,
  sources: readonly PayloadSource[],
  hasher: FileHasher,
  options: { readonly signal: AbortSignal | undefined; readonly onFiles: (files: number, bytes: number) => void },
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  let files = 0;
  for (const source of sources) {
    if ("bytes" in source) {
      const checksum = sha256Hex(source.bytes);
      if (wanted.has(checksum) && !found.has(checksum)) found.set(checksum, { bytes: source.bytes });
      continue;
    }
    for await (const paths of batches(candidates(source, wanted, found))) {
      if (found.size === wanted.size) break;
      let bytes = 0;
      const hashed = await hasher.hash(paths, { signal: options.signal });
      for (const [index, file] of hashed.entries()) {
        if (file.state !== "hashed") continue;
        bytes += file.sizeBytes;
        if (!wanted.has(file.sha256) || found.has(file.sha256)) continue;
        found.set(file.sha256, { path: paths[index] ?? "", sizeBytes: file.sizeBytes });
      }
      files += paths.length;
      options.onFiles(files, bytes);
    }
  }
  return found;
}

/** The files that may hold what is still wanted. */
async function* candidates(
  source: Exclude<PayloadSource, { readonly bytes: Uint8Array }>,
  wanted: ReadonlySet<string>,
  found: ReadonlyMap<string, Found>,
): AsyncGenerator<string, void, undefined> {
  if ("folder" in source) {
    yield* filesBelow(source.folder);
    return;
  }
  const location = typeof source.archive === "string" ? archiveLocation(source.archive) : source.archive;
  for (const checksum of wanted) {
    if (!found.has(checksum)) yield contentPath(location.responsesDirectory, checksum, ".bin");
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string, void, undefined> {
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    try {
      for await (const entry of await opendir(current)) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else yield path;
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot list ${current}`);
    }
  }
}

async function* batches(items: AsyncIterable<string>): AsyncGenerator<string[], void, undefined> {
  let batch: string[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < FILES_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
