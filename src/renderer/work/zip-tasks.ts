/** What is inside a zip file: its directory by ranges, and single entries up to a limit. */
import { configure, type Entry, Reader, ZipReader } from "@zip.js/zip.js/index-native.js";
import { createSink, finish, isEnough } from "./decode-tasks.ts";
import { readSource, sourceSize } from "./sources.ts";
import type { DecodedResult, Source, TaskParams, ZipListing } from "./tasks.ts";

// This is a worker already.
configure({ useWebWorkers: false });

/** A directory is read at once; one of this size names a few hundred thousand files. */
const MOST_BYTES_AT_ONCE = 32 * 1024 * 1024;
/** As many as anybody looks through. */
const MOST_ENTRIES = 10_000;

class SourceReader extends Reader<Source> {
  readonly #source: Source;

  constructor(source: Source) {
    super(source);
    this.#source = source;
    this.size = sourceSize(source);
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    if (length > MOST_BYTES_AT_ONCE) throw new Error("Its directory is larger than a preview reads");
    return readSource(this.#source, index, length);
  }
}

/** Names are shown and never followed, so hostile ones are listed like all others. */
function openZip(source: Source): ZipReader<Source> {
  return new ZipReader(new SourceReader(source), { filenameValidation: "tolerant" });
}

export async function zipListTask({ source }: TaskParams<"zip.list">): Promise<ZipListing> {
  const entries: ZipListing["entries"][number][] = [];
  for await (const entry of openZip(source).getEntriesGenerator()) {
    if (entries.length === MOST_ENTRIES) return { entries, more: true };
    entries.push({
      name: entry.filename,
      isFolder: entry.directory,
      isEncrypted: entry.encrypted,
      size: entry.uncompressedSize,
      packedSize: entry.compressedSize,
      modified: timeOf(entry),
    });
  }
  return { entries, more: false };
}

export async function zipEntryTask({ source, place, limit }: TaskParams<"zip.entry">): Promise<DecodedResult> {
  const sink = createSink(limit);
  const entry = await entryAt(source, place);
  if (entry.directory) return finish(sink, null);
  if (entry.encrypted) return finish(sink, "It is encrypted");
  try {
    const collect = new WritableStream<Uint8Array>({ write: (chunk) => sink.add(chunk) });
    await entry.getData(collect, { checkSignature: true });
    return finish(sink, null);
  } catch (error) {
    if (sink.full || isEnough(error)) return finish(sink, null);
    return finish(sink, error instanceof Error ? error.message : String(error));
  }
}

async function entryAt(source: Source, place: number): Promise<Entry> {
  let at = 0;
  for await (const entry of openZip(source).getEntriesGenerator()) {
    if (at === place) return entry;
    at += 1;
  }
  throw new Error("The zip file has no such entry");
}

/** The time that the directory holds, which is of no zone. */
function timeOf({ lastModDate }: Entry): string {
  if (Number.isNaN(lastModDate.getTime())) return "";
  const local = new Date(lastModDate.getTime() - lastModDate.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}
