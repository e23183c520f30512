/**
 * The two files of one answer, durable together: their bytes are brought to disk, then the payload gets its name, then the
 * sidecar, then both names are brought to disk at once. A crash in between leaves a payload without its sidecar at worst,
 * and no row that speaks of either.
 */
import { basename, dirname } from "node:path";
import type { ArchivePlace } from "./archive-place.ts";
import { type MakeFolder, PendingFile, syncDirectory, temporaryPath } from "./atomic-file.ts";
import type { FileThreads, NewFile } from "./file-threads.ts";
import { checksumOf, type PayloadStore, type StoredPayload } from "./payloads.ts";
import { NO_METADATA, type SidecarStore } from "./sidecars.ts";

/** Where answers are written. */
export interface AnswerFiles {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  /** Whether to sync; as the two stores were made. */
  readonly durable: boolean;
  readonly threads: FileThreads;
  readonly place: ArchivePlace;
}

/**
 * Stores a payload and, unless there is one, its sidecar.
 * @param metadata as the text that a sidecar holds
 * @throws ARCHIVE_GONE, NO_SPACE, ACCESS_DENIED, IO_FAILED; nothing is left behind then
 */
export async function writeAnswerFiles(
  { payloads, sidecars, durable, threads, place }: AnswerFiles,
  data: Uint8Array,
  metadata: string,
): Promise<StoredPayload> {
  const checksum = await checksumOf(data);
  const sidecar = metadata === NO_METADATA ? undefined : Buffer.from(metadata, "utf8");
  const path = payloads.pathOf(checksum);
  const asFiles = (payload: NewFile["existing"] | null, withSidecar: boolean) => {
    const files: NewFile[] = [];
    const add = (directory: string, target: string, bytes: Uint8Array, existing: NewFile["existing"]) => {
      const temporary = temporaryPath(directory, target.slice(directory.length + 1));
      files.push({ temporary, target, data: bytes, existing });
    };
    if (payload !== null) add(payloads.directory, path, data, payload);
    if (sidecar !== undefined && withSidecar) add(sidecars.directory, sidecars.pathOf(checksum), sidecar, "keep");
    return files;
  };
  const stored: StoredPayload = { checksum, sizeBytes: data.byteLength, path, outcome: "written" };
  // Most payloads are new, and a thread finds out by itself whether this one is.
  const here = async (): Promise<StoredPayload> => {
    const outcome = await payloads.outcomeOfPutting(checksum, data.byteLength);
    // The sidecar of a new payload is hardly there, and if it is after all, it will not be replaced.
    const withSidecar = outcome === "written" || !(await sidecars.has(checksum));
    await writeHere(asFiles(outcome === "present" ? null : "replace", withSidecar), durable, place.makeFolder);
    return { ...stored, outcome };
  };
  try {
    const answer = (await threads.write(asFiles("refuse", true), here)) ?? stored;
    if (durable) await syncDirectory(payloads.directory);
    return answer;
  } catch (error) {
    throw place.failure(error);
  }
}

async function writeHere(files: readonly NewFile[], durable: boolean, make: MakeFolder): Promise<void> {
  const written: (readonly [PendingFile, NewFile])[] = [];
  try {
    for (const file of files) {
      const { target } = file;
      const pending = await PendingFile.create(dirname(target), { label: basename(target), durable, make });
      written.push([pending, file]);
      await pending.write(file.data);
    }
    const flushed = await Promise.allSettled(written.map(([pending, { target }]) => pending.flush(target)));
    for (const one of flushed) if (one.status === "rejected") throw one.reason;
    for (const [pending, { target, existing }] of written) {
      if (existing === "replace") pending.rename(target);
      else pending.link(target);
    }
  } finally {
    for (const [pending] of written) pending.discard();
  }
}
