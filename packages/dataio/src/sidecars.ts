/**
 * Transport metadata beside a payload: `<directory>/<sha256>.meta.json`, the bytes that the Python package writes. The
 * first writer wins and no existing file is ever changed, not even an invalid one. Reading never creates anything.
 */

import { readFileSync, type Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ArchivePlace } from "./archive-place.ts";
import { PendingFile } from "./atomic-file.ts";
import { canonicalJson, JsonNumber, type JsonObject, parseJson } from "./canonical-json.ts";
import { contentPath, statIfPresent, statIfPresentSync } from "./content-files.ts";
import { DataioError, fromSystemError, isDataioError } from "./errors.ts";
import type { TransportMetadata } from "./model.ts";

/** What a sidecar file holds. `text` is its decoded text, null where the bytes are not UTF-8 or were too many to read. */
export type SidecarState =
  | { readonly state: "missing" }
  | { readonly state: "ok"; readonly metadata: JsonObject; readonly text: string }
  /** Not a JSON object in UTF-8 without a byte order mark; NaN and Infinity are not JSON. `reason` is for people. */
  | { readonly state: "invalid"; readonly reason: string; readonly text: string | null };

/** Far above any transport metadata; an archive is not trusted to keep to it. */
const MAX_SIDECAR_BYTES = 16 * 1024 * 1024;

/**
 * Transport metadata as they are written: JSON with sorted keys, no spaces, non-ASCII characters as they are. A lone
 * surrogate, on which Python fails, is escaped.
 * @throws JSON_INVALID for a value without a JSON form
 */
export function metadataText(metadata: JsonObject | TransportMetadata): string {
  if (!isJsonObject(metadata)) throw new DataioError("JSON_INVALID", "Transport metadata is not an object");
  return canonicalJson(metadata, { ensureAscii: false });
}

/** The text of metadata without a single fact, for which nothing is written. */
export const NO_METADATA = "{}";

/**
 * The exact bytes of a sidecar file: {@link metadataText} in UTF-8.
 * @throws JSON_INVALID for a value without a JSON form
 */
export function encodeSidecar(metadata: JsonObject | TransportMetadata): Uint8Array {
  return Buffer.from(metadataText(metadata), "utf8");
}

/** The sidecar files of one archive. */
export class SidecarStore {
  readonly directory: string;
  readonly #durable: boolean;
  readonly #place: ArchivePlace | undefined;

  /**
   * `directory` need not exist; the first write creates it. `durable` (default true) syncs what is written. With the `place` of
   * an open archive nothing is written once that is gone (ARCHIVE_GONE).
   */
  constructor(
    directory: string,
    options: { readonly durable?: boolean | undefined; readonly place?: ArchivePlace | undefined } = {},
  ) {
    this.directory = directory;
    this.#place = options.place;
    this.#durable = options.durable ?? true;
  }

  /** Where the payload's sidecar is, or would be. @throws CHECKSUM_INVALID */
  pathOf(checksum: string): string {
    return contentPath(this.directory, checksum, ".meta.json");
  }

  /**
   * Writes the sidecar unless there is one already, or there is nothing to write: both are `kept`.
   * @throws JSON_INVALID, CHECKSUM_INVALID, IO_FAILED, NO_SPACE, ACCESS_DENIED
   */
  async write(checksum: string, metadata: JsonObject | TransportMetadata | undefined): Promise<"written" | "kept"> {
    if (metadata === undefined || Object.keys(metadata).length === 0) return "kept";
    const data = encodeSidecar(metadata);
    if (await this.has(checksum)) return "kept";
    const file = await PendingFile.create(this.directory, {
      label: `${checksum}.meta.json`,
      durable: this.#durable,
      make: this.#place?.makeFolder,
    });
    try {
      await file.write(data);
      return (await file.publishNew(this.pathOf(checksum))) ? "written" : "kept";
    } catch (error) {
      throw this.#place?.failure(error) ?? error;
    } finally {
      file.discard();
    }
  }

  /** Whether anything has the sidecar's name. @throws CHECKSUM_INVALID, ACCESS_DENIED, IO_FAILED */
  async has(checksum: string): Promise<boolean> {
    return statIfPresentSync(this.pathOf(checksum)) !== undefined;
  }

  /** @throws CHECKSUM_INVALID, ACCESS_DENIED, IO_FAILED; an invalid sidecar is a result, not an error */
  async read(checksum: string): Promise<SidecarState> {
    const path = this.pathOf(checksum);
    const found = await statIfPresent(path);
    try {
      return unreadState(found) ?? decodeSidecar(await readFile(path));
    } catch (error) {
      throw fromSystemError(error, `Cannot read ${path}`);
    }
  }

  /** `read` without leaving the tick. */
  readSync(checksum: string): SidecarState {
    const path = this.pathOf(checksum);
    const found = statIfPresentSync(path);
    try {
      return unreadState(found) ?? decodeSidecar(readFileSync(path));
    } catch (error) {
      throw fromSystemError(error, `Cannot read ${path}`);
    }
  }

  /**
   * The metadata as JSON.parse makes it, where numbers need not keep their text: several times faster. Null where there is no
   * valid sidecar.
   * @throws as {@link readSync}
   * @internal
   */
  plainSync(checksum: string): Readonly<Record<string, unknown>> | null {
    const path = this.pathOf(checksum);
    const found = statIfPresentSync(path);
    if (unreadState(found) !== undefined) return null;
    try {
      const data = readFileSync(path);
      // JSON.parse refuses an empty text and a byte order mark.
      return plainObject(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data)));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return null;
      throw fromSystemError(error, `Cannot read ${path}`);
    }
  }
}

/** A JSON object, or null for all other values. */
function plainObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** What can be said without reading: a directory is no sidecar, and reading a pipe would wait for a writer. */
function unreadState(found: Stats | undefined): SidecarState | undefined {
  if (found?.isFile() !== true) return { state: "missing" };
  if (found.size <= MAX_SIDECAR_BYTES) return undefined;
  return { state: "invalid", reason: `larger than ${MAX_SIDECAR_BYTES} bytes`, text: null };
}

/** What the bytes of a sidecar say. */
export function decodeSidecar(data: Uint8Array): SidecarState {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return { state: "invalid", reason: "not UTF-8 text", text: null };
  }
  if (text === "") return { state: "invalid", reason: "empty file", text };
  if (text.startsWith("\uFEFF")) return { state: "invalid", reason: "begins with a byte order mark", text };
  try {
    // The strict parser first, for parseJson also takes the NaN and Infinity that Python writes.
    JSON.parse(text);
    const metadata = parseJson(text);
    if (isJsonObject(metadata)) return { state: "ok", metadata, text };
    return { state: "invalid", reason: "JSON, but not an object", text };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isDataioError(error, "JSON_INVALID")) throw error;
    return { state: "invalid", reason: `not JSON: ${error.message}`, text };
  }
}

/** Only the outermost shape: parseJson made the rest, and canonicalJson refuses what has no JSON form. */
function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
