/**
 * What only the files of an archive know: whether a payload is there and intact, what it is, and what its sidecar says.
 * Never writes. Answers are remembered as long as a file keeps its size and modification time.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import type { PayloadState } from "./browse-model.ts";
import { JsonNumber, type JsonObject, type JsonValue, parseJson } from "./canonical-json.ts";
import { isChecksum, sha256Hex } from "./identity.ts";
import { normalizeMediaType, SNIFF_BYTES, type SniffedType, sniffMediaType, sniffPlainText } from "./media-type.ts";
import type { PayloadStore } from "./payloads.ts";
import type { SidecarState, SidecarStore } from "./sidecars.ts";

/** Payloads up to this size are hashed for a list, and recognised by all of their bytes; in bytes. */
export const LIST_HASH_LIMIT = 1_048_576;
/** Payloads up to this size are hashed when one row is looked at, in bytes. */
export const ROW_HASH_LIMIT = 67_108_864;
const REMEMBERED = 50_000;

export interface FileFacts {
  readonly state: PayloadState;
  /** Bytes on disk; null when missing. */
  readonly sizeBytes: number | null;
  /** What the bytes hash to, when they were hashed and differ. */
  readonly actualChecksum: string | null;
  /** Null when there are no bytes to look at. */
  readonly sniffed: SniffedType | null;
}

const ABSENT: FileFacts = { state: "missing", sizeBytes: null, actualChecksum: null, sniffed: null };

/** Looks at payload files and sidecars of one archive. */
export class FileFactsReader {
  readonly #payloads: PayloadStore;
  readonly #sidecars: SidecarStore;
  readonly #remembered = new Map<string, { readonly stamp: string; readonly facts: FileFacts }>();

  constructor(payloads: PayloadStore, sidecars: SidecarStore) {
    this.#payloads = payloads;
    this.#sidecars = sidecars;
  }

  /**
   * @param hashLimit payloads up to this many bytes are hashed; larger ones are `unchecked`
   */
  async payload(checksum: string | null, recordedSize: number | null, hashLimit: number): Promise<FileFacts> {
    if (checksum === null && recordedSize === null) return { ...ABSENT, state: "none" };
    if (!isChecksum(checksum)) return { ...ABSENT, state: "unaddressable" };
    let file: Awaited<ReturnType<typeof open>>;
    try {
      // Looked at before it is opened: opening a pipe would wait for a writer.
      if (this.#payloads.statSync(checksum).state === "missing") return ABSENT;
      file = await open(this.#payloads.pathOf(checksum), "r");
    } catch {
      return ABSENT;
    }
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return ABSENT;
      const stamp = `${stat.size}:${stat.mtimeMs}`;
      const known = this.#remembered.get(checksum);
      const usable = known?.stamp === stamp && (known.facts.state !== "unchecked" || stat.size > hashLimit);
      if (usable) return known.facts;
      const hashed = stat.size <= hashLimit;
      const bytes = Buffer.alloc(hashed ? stat.size : Math.min(stat.size, SNIFF_BYTES));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      // A larger one is told by its beginning: taking it to pieces could need gigabytes (64 MiB of brackets).
      const whole = bytesRead === stat.size && bytesRead <= LIST_HASH_LIMIT;
      const actual = hashed ? sha256Hex(bytes.subarray(0, bytesRead)) : null;
      const facts: FileFacts = {
        state: actual === null ? "unchecked" : actual === checksum ? "ok" : "corrupt",
        sizeBytes: stat.size,
        actualChecksum: actual === null || actual === checksum ? null : actual,
        sniffed: await sniffMediaType(bytes.subarray(0, whole ? bytesRead : SNIFF_BYTES), whole),
      };
      this.#remember(checksum, stamp, facts);
      return facts;
    } finally {
      await file.close();
    }
  }

  /**
   * {@link payload} without leaving the tick, several times faster for small files; null where the bytes are no plain text
   * and have to be looked at that way. Nothing is remembered. For threads that do nothing else.
   */
  payloadNow(checksum: string | null, recordedSize: number | null, hashLimit: number): FileFacts | null {
    if (checksum === null && recordedSize === null) return { ...ABSENT, state: "none" };
    if (!isChecksum(checksum)) return { ...ABSENT, state: "unaddressable" };
    let file: number;
    try {
      file = openSync(this.#payloads.pathOf(checksum), "r");
    } catch {
      return ABSENT;
    }
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return ABSENT;
      const hashed = stat.size <= hashLimit;
      const bytes = Buffer.allocUnsafe(hashed ? stat.size : Math.min(stat.size, SNIFF_BYTES));
      const head = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
      const sniffed = sniffPlainText(head, head.length === stat.size);
      if (sniffed === null) return null;
      const actual = hashed ? sha256Hex(head) : null;
      return {
        state: actual === null ? "unchecked" : actual === checksum ? "ok" : "corrupt",
        sizeBytes: stat.size,
        actualChecksum: actual === null || actual === checksum ? null : actual,
        sniffed,
      };
    } finally {
      closeSync(file);
    }
  }

  /** The sidecar beside a payload; `missing` when the checksum is not a SHA-256. */
  sidecar(checksum: string | null): SidecarState {
    return isChecksum(checksum) ? this.#sidecars.readSync(checksum) : { state: "missing" };
  }

  /** What the sidecar declares; nothing where there is none that can be read. */
  sidecarFacts(checksum: string | null): DeclaredFacts {
    return declaredFacts(isChecksum(checksum) ? this.#sidecars.plainSync(checksum) : null);
  }

  #remember(checksum: string, stamp: string, facts: FileFacts): void {
    this.#remembered.delete(checksum);
    this.#remembered.set(checksum, { stamp, facts });
    if (this.#remembered.size <= REMEMBERED) return;
    const oldest = this.#remembered.keys().next();
    if (!oldest.done) this.#remembered.delete(oldest.value);
  }
}

/** The transport facts that a list shows. */
export interface DeclaredFacts {
  readonly mediaType: string | null;
  readonly elapsedMs: number | null;
  readonly url: string | null;
}

/** Reads them from metadata; wrong types count as not said. */
export function declaredFacts(metadata: Readonly<Record<string, unknown>> | null): DeclaredFacts {
  const url = metadata?.url;
  return {
    mediaType: normalizeMediaType(metadata?.content_type),
    elapsedMs: numberOf(metadata?.elapsed_ms),
    url: typeof url === "string" ? url : null,
  };
}

/** Metadata text as an object; null when it is none. */
export function metadataObject(text: string | null): JsonObject | null {
  if (text === null) return null;
  try {
    return objectOf(parseJson(text));
  } catch {
    return null;
  }
}

/** A JSON object, or null for every other value. */
export function objectOf(value: JsonValue | undefined): JsonObject | null {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof JsonNumber) return null;
  return value as JsonObject;
}

function numberOf(value: unknown): number | null {
  const number = value instanceof JsonNumber ? Number(value.text) : typeof value === "number" ? value : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : null;
}
