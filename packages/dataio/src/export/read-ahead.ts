/** Payloads of the rows to come, read and verified by threads while those before are dealt with. */
import { isChecksum } from "../identity.ts";
import type { ExportEntry } from "./entries.ts";
import { WHOLE_BYTES } from "./payload-content.ts";
import {
  BATCH_BYTES,
  type PayloadThreads,
  type ReadBatch,
  type ReadPayload,
  type WantedPayload,
} from "./payload-threads.ts";

/** The first rows are dealt with before threads would have started. */
const FIRST_ROWS = 256;
const BATCH_ROWS = 128;
/** What a payload of which no size is on record is taken for, and what a sidecar is. */
const UNKNOWN_BYTES = 64 * 1024;
const SIDECAR_BYTES = 2 * 1024;

interface Batch {
  /** Which payload of the batch is whose. */
  readonly indexes: ReadonlyMap<ExportEntry, number>;
  /** Null where threads failed. */
  readonly reading: Promise<ReadBatch | null>;
  /** Rows that were not asked for yet. */
  left: number;
}

/** Told of rows before they are asked for, one after the other and each of them. */
export class ReadAhead {
  readonly #threads: PayloadThreads;
  readonly #settled: () => Promise<void>;
  readonly #batches: Batch[] = [];
  /** Payloads that are read, or soon will be: equal ones that come soon are mostly not wanted once more. */
  #lately = new Set<string>();
  #rows = 0;

  /** @param settled resolves when bytes of payloads that were taken are not needed any more; never rejects */
  constructor(threads: PayloadThreads, settled: () => Promise<void>) {
    this.#threads = threads;
    this.#settled = settled;
  }

  /** @param isWanted whether a row's payload will be needed */
  ahead(entries: readonly ExportEntry[], isWanted: (checksum: string) => boolean): void {
    let wanted: WantedPayload[] = [];
    let indexes = new Map<ExportEntry, number>();
    let [bytes, left] = [0, 0];
    const end = () => {
      if (left > 0) this.#batches.push({ indexes, reading: this.#read(wanted), left });
      [wanted, indexes, bytes, left] = [[], new Map(), 0, 0];
    };
    for (const entry of entries) {
      this.#rows += 1;
      const { checksum, recordedSize } = entry;
      const size = recordedSize ?? UNKNOWN_BYTES;
      const sidecar = entry.metaJson === null;
      const needed = size + (sidecar ? SIDECAR_BYTES : 0);
      if (bytes + needed > BATCH_BYTES || left === BATCH_ROWS) end();
      left += 1;
      if (this.#rows <= FIRST_ROWS || size > WHOLE_BYTES || !isChecksum(checksum)) continue;
      if (this.#lately.has(checksum) || !isWanted(checksum)) continue;
      this.#lately.add(checksum);
      indexes.set(entry, wanted.length);
      wanted.push({ checksum, sidecar });
      bytes += needed;
    }
    end();
    if (this.#lately.size > 2_000) this.#lately = new Set();
  }

  /** What was read for a row; null where it has to be looked at. */
  async take(entry: ExportEntry): Promise<ReadPayload | null> {
    let batch = this.#batches[0];
    if (batch?.left === 0) {
      this.#batches.shift();
      const read = await batch.reading;
      void this.#settled().then(() => read?.release());
      batch = this.#batches[0];
    }
    if (batch === undefined) return null;
    batch.left -= 1;
    const index = batch.indexes.get(entry);
    return index === undefined ? null : ((await batch.reading)?.payload(index) ?? null);
  }

  /** Also where threads fail an export goes on, without them. */
  #read(wanted: readonly WantedPayload[]): Promise<ReadBatch | null> {
    return wanted.length === 0 ? Promise.resolve(null) : this.#threads.read(wanted).catch(() => null);
  }
}
