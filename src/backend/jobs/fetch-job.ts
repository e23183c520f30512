/**
 * A manual fetch session as a job: asks for each request, a few at a time, and says of each how it ended.
 */
import { existsSync } from "node:fs";
import {
  type ArchiveLocation,
  type CachePolicy,
  DataIoSession,
  type OpenedSource,
  type Request,
  type Response,
  type RowRef,
  type SessionResponse,
  type Store,
} from "@mxm/dataio";
import { z } from "zod";
import type { FetchItem, JobDetail } from "../../shared/contract.ts";
import { coded } from "../coded-error.ts";
import { type Log, toErrorShape } from "../failure.ts";
import type { JobHandle } from "../jobs.ts";
import type { FetchItems } from "./fetch-items.ts";
import { RunRate } from "./run-rate.ts";

const IN_FLIGHT = 4;
const LABEL_LENGTH = 200;
/** So often it says how fast it is, while nothing ends. */
const TICK_MS = 1_000;

export type FetchDetail = Extract<JobDetail, { readonly kind: "fetch" }>;

export interface FetchPlan {
  readonly store: Store;
  readonly location: ArchiveLocation;
  /** Who answers; closed by whoever opened it. */
  readonly opened: OpenedSource;
  readonly cache: CachePolicy;
  /** How many run at a time; default 4. */
  readonly concurrency?: number | undefined;
  /** What is asked for, and where it is written down how each stands. */
  readonly items: FetchItems;
  /** Makes the request of a place when its turn has come. */
  request(session: DataIoSession, place: number): Request;
  /** Rows were written. */
  onWritten(): void;
}

/**
 * Runs the plan. Single requests that fail do not end it; a session that cannot be opened does, and an archive that can take
 * no more: what a source answers then would be lost, so it is not asked.
 */
export async function runFetch(plan: FetchPlan, handle: JobHandle<FetchDetail>, log: Log): Promise<void> {
  const { items } = plan;
  const broken = new AbortController();
  const signal = AbortSignal.any([handle.signal, broken.signal]);
  const rate = new RunRate();
  let sessionId: string | null = null;
  const report = (hasEnded = false) => {
    const { ended, total, counts, bytes, only } = items;
    const now = { requests: ended, bytes };
    const pace = hasEnded ? rate.overall(now) : rate.lately(now);
    handle.report({ done: ended, total }, { ...handle.detail, sessionId, counts, bytes, rate: pace, only });
  };
  const ticking = setInterval(report, TICK_MS);
  try {
    await using session = await DataIoSession.open({
      store: plan.store,
      ...plan.opened,
      mode: "async",
      cache: plan.cache,
      signal,
    });
    sessionId = session.session.id;
    report();
    plan.onWritten();

    const settle = (place: number, state: FetchItem["state"]) => {
      items.set(place, state);
      report();
    };
    const places = Array(items.total).keys();
    const worker = async () => {
      for (const place of places) {
        const cancelled = handle.itemSignal(place);
        if (!signal.aborted && !existsSync(plan.location.databasePath)) broken.abort(isGone(plan.location));
        if (signal.aborted || cancelled.aborted) {
          settle(place, { status: "cancelled" });
          continue;
        }
        const ask = new ItemAsk({ plan, session, place, signal: cancelled, settle }, log);
        const state = await ask.answer();
        if (state.status === "failed" && state.error.code === "NO_SPACE") broken.abort(isFull());
        settle(place, state);
        plan.onWritten();
      }
    };
    await Promise.all(Array.from({ length: plan.concurrency ?? IN_FLIGHT }, worker));
  } catch (error) {
    // An archive that is gone cannot be told that its session ended either.
    throw broken.signal.aborted ? broken.signal.reason : error;
  } finally {
    clearInterval(ticking);
    report(true);
  }
  if (broken.signal.aborted && !handle.signal.aborted) throw broken.signal.reason;
}

function isGone({ root }: ArchiveLocation): Error {
  return coded("ARCHIVE_GONE", `The archive is not at ${root} any more, so nothing further was asked.`);
}

function isFull(): Error {
  return coded("NO_SPACE", "The disk of the archive is full. What came before is kept; nothing further was asked.");
}

interface ItemAskInit {
  readonly plan: FetchPlan;
  readonly session: DataIoSession;
  readonly place: number;
  readonly signal: AbortSignal;
  readonly settle: (place: number, state: FetchItem["state"]) => void;
}

/** One request while it is asked for. */
class ItemAsk {
  readonly #init: ItemAskInit;
  readonly #log: Log;
  #attempt = 1;

  constructor(init: ItemAskInit, log: Log) {
    this.#init = init;
    this.#log = log;
  }

  /** However it ends; it never rejects. */
  async answer(): Promise<FetchItem["state"]> {
    const { plan, session, place, signal, settle } = this.#init;
    settle(place, { status: "running", attempt: 1, retry: null });
    const onRetry = (attempt: number, waitMs: number, reason: string) => {
      this.#attempt = attempt;
      settle(place, { status: "running", attempt, retry: { waitMs, reason } });
    };
    try {
      const request = plan.request(session, place);
      const { hash } = request;
      const earlier =
        hash === null ? undefined : await plan.store.getCachedResponseByRequestHash(hash, session.session.source);
      const response = await session.fetch(request, { signal, onRetry });
      return response.resolution === "failed" ? await this.#rejected(response) : this.#outcome(response, earlier);
    } catch (error) {
      const shape = toErrorShape(error, "Fetching", this.#log);
      if (shape.code === "CANCELLED") return { status: "cancelled" };
      const recordedAs = shape.details.resolution_id;
      const row: RowRef | null = typeof recordedAs === "string" ? { type: "resolution", id: recordedAs } : null;
      return { status: "failed", error: shape, row, attempts: this.#attempt };
    }
  }

  /** An answer came, is archived, and says no. */
  async #rejected({ id }: SessionResponse): Promise<FetchItem["state"]> {
    const status = statusIn((await this.#init.plan.store.getResponseMetadata(id)) ?? "");
    const what = status === null ? "The source answered with an error" : `Status ${status}`;
    const message = `${what}; its answer is kept.`;
    const error = { code: "ANSWERED_WITH_ERROR", message, details: {} };
    return { status: "failed", row: { type: "response", id }, attempts: this.#attempt, error };
  }

  #outcome(response: SessionResponse, earlier: Response | undefined): FetchItem["state"] {
    const { sizeBytes, elapsedMs: durationMs } = response;
    const facts = { attempts: this.#attempt, sizeBytes, durationMs };
    if (response.resolution === "reused") {
      const row: RowRef = { type: "resolution", id: response.resolutionId };
      return { status: "reused", row, ...facts, change: "unchanged", previous: null };
    }
    return {
      status: "acquired",
      row: { type: "response", id: response.id },
      ...facts,
      change: earlier?.checksum == null ? "new" : earlier.checksum === response.checksum ? "unchanged" : "changed",
      previous: earlier === undefined ? null : { type: "response", id: earlier.id },
    };
  }
}

const answered = z.object({ transport_status: z.int() });

/** The status in a response's metadata, where it names one. */
function statusIn(metadata: string): number | null {
  try {
    return answered.safeParse(JSON.parse(metadata)).data?.transport_status ?? null;
  } catch {
    // Metadata of an adapter may hold what only Python calls JSON.
    return null;
  }
}

/** What a person recognises a request by: its URL or path, else its params. */
export function requestLabel(params: unknown, paramsJson: string | null): string {
  if (typeof params === "object" && params !== null) {
    for (const key of ["url", "path"]) {
      const value: unknown = Reflect.get(params, key);
      if (typeof value === "string") return value.slice(0, LABEL_LENGTH);
    }
  }
  return (paramsJson ?? "").slice(0, LABEL_LENGTH);
}
