/**
 * The files of a folder, each as the answer to a request for its path. Symlinks are not followed. Where an export wrote the
 * folder, its lists are left out, and sidecars are what they are: the metadata of the file beside them.
 */
import { createReadStream } from "node:fs";
import { open, opendir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { throwIfCancelled } from "../cancellation.ts";
import type { JsonObject } from "../canonical-json.ts";
import { fromSystemError, isDataioError } from "../errors.ts";
import { MANIFEST_NAME, SIDECAR_SUFFIX, SUMS_NAME } from "../export/payload-files.ts";
import { objectOf } from "../file-facts.ts";
import type { Session } from "../model.ts";
import { decodeSidecar } from "../sidecars.ts";
import { formatTimestamp } from "../timestamps.ts";
import { foreignRows, foreignSession, spanOf } from "./foreign.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";

/** Far above any transport metadata. */
const MAX_SIDECAR_BYTES = 16 * 1024 * 1024;

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
  const sidecars = await takeOutLists(from.path, files);
  const times: string[] = [];
  for (const file of files) {
    // What is not there any more is looked at once more when its turn comes, and then it is a problem.
    const time = await modifiedAt(join(from.path, file)).catch(() => null);
    if (time !== null) times.push(time);
  }
  let session: Session | null = null;
  for (const file of files.sort()) {
    throwIfCancelled(signal);
    const path = join(from.path, file);
    try {
      const time = await modifiedAt(path);
      const payload = await take(createReadStream(path));
      if (session === null) {
        const span = spanOf(times) ?? { startedAt: time, endedAt: time };
        session = foreignSession(from.source ?? name, name, span);
        yield { type: "session", session };
      }
      const params = { path: file };
      const known = sidecars.has(file) ? await readSidecar(path + SIDECAR_SUFFIX) : {};
      const metadata = {
        ...known,
        adapter_meta: { ...objectOf(known.adapter_meta), path: file, modified_at: time },
      };
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

/** Takes out what an export put beside payloads. @returns the files that have a sidecar */
async function takeOutLists(folder: string, files: string[]): Promise<ReadonlySet<string>> {
  if (!files.includes(MANIFEST_NAME) || !(await isManifest(join(folder, MANIFEST_NAME)))) return new Set();
  const all = new Set(files);
  const payloadOf = (file: string) => file.slice(0, -SIDECAR_SUFFIX.length);
  const isSidecar = (file: string) => file.endsWith(SIDECAR_SUFFIX) && all.has(payloadOf(file));
  const payloads = files.filter((file) => file !== MANIFEST_NAME && file !== SUMS_NAME && !isSidecar(file));
  files.length = 0;
  for (const file of payloads) files.push(file);
  return new Set([...all].filter(isSidecar).map(payloadOf));
}

async function isManifest(path: string): Promise<boolean> {
  const start = Buffer.from('{"format":"dataio-export",');
  try {
    await using file = await open(path, "r");
    const { buffer, bytesRead } = await file.read(Buffer.alloc(start.length), 0, start.length, 0);
    return buffer.subarray(0, bytesRead).equals(start);
  } catch {
    // It is looked at once more when its turn comes, and then it is a problem.
    return false;
  }
}

async function readSidecar(path: string): Promise<JsonObject> {
  if ((await stat(path)).size > MAX_SIDECAR_BYTES) return {};
  const sidecar = decodeSidecar(await readFile(path));
  return sidecar.state === "ok" ? sidecar.metadata : {};
}

/** Timestamp text. */
async function modifiedAt(path: string): Promise<string> {
  return formatTimestamp(BigInt(Math.trunc((await stat(path)).mtimeMs)) * 1000n);
}

/** Paths with `/`, relative to the folder. */
async function* filesBelow(root: string, below: string): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(join(root, below))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile()) yield path;
  }
}
