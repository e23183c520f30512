/**
 * Archives what a subscription brings, in the order in which it came. Payload files are written side by side; rows follow
 * once all earlier ones are durable, several in one transaction, so that an archive never has a sequence with a hole.
 * At most {@link MAX_UNCOMMITTED} frames, or {@link MAX_UNCOMMITTED_BYTES}, are under way; who adds more waits.
 */
import { newId } from "./ids.ts";
import type { AdapterResult, Request, Response, Session } from "./model.ts";
import { metadataText, NO_METADATA } from "./sidecars.ts";
import type { RecordedStreamRows, Store } from "./store.ts";

/** A row whose payload is durable. */
export type DurableRow = RecordedStreamRows["responses"][number];

/** What is being archived; `row` is there once its payload is durable. */
interface Frame {
  readonly data: Uint8Array;
  row: DurableRow | undefined;
  /** Settles when `row` is there, or never will be. */
  settled: Promise<void> | undefined;
}

/** Enough to keep the disk busy; more would only make each of them wait longer. */
const MAX_UNCOMMITTED = 32;
const MAX_UNCOMMITTED_BYTES = 16 * 1024 * 1024;
/** So many durable frames are committed at once, without waiting for more. */
const FULL_BATCH = 16;
/** Otherwise at most one transaction in so many milliseconds: a frame is committed well within 100 ms of its arrival. */
const COMMIT_INTERVAL_MS = 10;

/** Where the rows of one subscription go. */
export interface StreamRows {
  readonly store: Store;
  readonly session: Session;
  readonly request: Request;
}

export class StreamWriter {
  readonly #rows: StreamRows;
  readonly #onCommitted: (responses: readonly Response[]) => void;
  readonly #onFailed: (error: unknown) => void;
  readonly #frames: Frame[] = [];
  #bytes = 0;
  #committing = false;
  #timer: NodeJS.Timeout | undefined;
  #lastCommit = Number.NEGATIVE_INFINITY;
  #failed = false;
  /** Settled and replaced whenever frames leave. */
  #progress = Promise.withResolvers<void>();

  /**
   * @param onCommitted called in order with the rows of each transaction
   * @param onFailed called once, when a frame could not be archived. It and all later ones are then given up, for without
   *   it they would leave a hole; the earlier ones are still committed.
   */
  constructor(
    rows: StreamRows,
    events: {
      readonly onCommitted: (responses: readonly Response[]) => void;
      readonly onFailed: (error: unknown) => void;
    },
  ) {
    this.#rows = rows;
    this.#onCommitted = events.onCommitted;
    this.#onFailed = events.onFailed;
  }

  /** Begins to archive a result that has just come, and waits until there is room for another. */
  async add(result: AdapterResult, status: string, sequence: number | null): Promise<void> {
    if (this.#failed) return;
    const { data } = result;
    const arrival = { id: newId(), createdAt: this.#rows.store.clock(), status, sequence };
    const twin = this.#frames.findLast((other) => Buffer.compare(other.data, data) === 0);
    const frame: Frame = { data, row: undefined, settled: undefined };
    this.#frames.push(frame);
    this.#bytes += data.byteLength;
    frame.settled = this.#store(frame, result, arrival, twin);
    while (this.#frames.length >= MAX_UNCOMMITTED || this.#bytes >= MAX_UNCOMMITTED_BYTES) await this.#progress.promise;
  }

  /** Waits until everything that was added is committed or given up. */
  async drain(): Promise<void> {
    while (this.#frames.length > 0) await this.#progress.promise;
  }

  async #store(
    frame: Frame,
    result: AdapterResult,
    arrival: Pick<Response, "id" | "createdAt" | "status" | "sequence">,
    twin: Frame | undefined,
  ): Promise<void> {
    try {
      // The sidecar that equal bytes share is that of the first of them.
      await twin?.settled;
      frame.row = await durableRow(this.#rows, result, arrival);
      this.#schedule();
    } catch (error) {
      this.#giveUp(frame, error);
    }
  }

  #schedule(): void {
    if (this.#committing || this.#frames[0]?.row === undefined) return;
    const waitMs = this.#lastCommit + COMMIT_INTERVAL_MS - performance.now();
    if (waitMs <= 0 || this.#durablePrefix(FULL_BATCH).length === FULL_BATCH) void this.#commit();
    else this.#timer ??= setTimeout(() => void this.#commit(), waitMs);
  }

  async #commit(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const responses = this.#durablePrefix(MAX_UNCOMMITTED);
    if (this.#committing || responses.length === 0) return;
    this.#committing = true;
    try {
      const { store, session, request } = this.#rows;
      await store.recordStream({ session, request, responses, resolution: null });
      this.#lastCommit = performance.now();
      this.#onCommitted(responses.map(({ response }) => response));
      this.#remove(0, responses.length);
    } catch (error) {
      this.#giveUp(this.#frames[0], error);
    } finally {
      this.#committing = false;
    }
    this.#schedule();
  }

  /** The rows at the front that have no unfinished one before them. */
  #durablePrefix(limit: number): DurableRow[] {
    const rows: DurableRow[] = [];
    for (const { row } of this.#frames) {
      if (row === undefined || rows.length === limit) break;
      rows.push(row);
    }
    return rows;
  }

  #giveUp(frame: Frame | undefined, error: unknown): void {
    const from = frame === undefined ? -1 : this.#frames.indexOf(frame);
    // A later failure than the first concerns frames that are given up already.
    if (from === -1) return;
    this.#remove(from, this.#frames.length - from);
    if (this.#failed) return;
    this.#failed = true;
    this.#onFailed(error);
  }

  #remove(from: number, count: number): void {
    for (const { data } of this.#frames.splice(from, count)) this.#bytes -= data.byteLength;
    this.#progress.resolve();
    this.#progress = Promise.withResolvers<void>();
  }
}

/**
 * Makes the payload of a row durable. An empty one gets no sidecar: all streams, and whatever else is empty, share it.
 * @throws JSON_INVALID for metadata without a JSON form, NO_SPACE and other failures of writing
 */
export async function durableRow(
  { store, request }: StreamRows,
  result: AdapterResult,
  arrival: Pick<Response, "id" | "createdAt" | "status" | "sequence">,
): Promise<DurableRow> {
  const metadataJson = metadataText(result.metaDict());
  const isEmpty = result.data.byteLength === 0;
  const stored = await store.writeAnswer(result.data, isEmpty ? NO_METADATA : metadataJson);
  const { checksum, path, sizeBytes } = stored;
  return { response: { ...arrival, requestId: request.id, checksum, path, sizeBytes }, metadataJson };
}
