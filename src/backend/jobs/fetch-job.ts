/**
 * A manual fetch session as a job: asks for each request, a few at a time, and says of each how it ended.
 */
import {
  type CachePolicy,
  DataIoSession,
  type OpenedSource,
  type Request,
  type Response,
  type RowRef,
  type SessionResponse,
  type Store,
} from "@mxm/dataio";
import type { FetchItem, JobDetail } from "../../shared/contract.ts";
import { type Log, toErrorShape } from "../failure.ts";
import type { JobHandle } from "../jobs.ts";

const IN_FLIGHT = 4;
const LABEL_LENGTH = 200;

export type FetchDetail = Extract<JobDetail, { readonly kind: "fetch" }>;

export interface FetchPlan {
  readonly store: Store;
  /** Who answers; closed by whoever opened it. */
  readonly opened: OpenedSource;
  readonly cache: CachePolicy;
  /** How many run at a time; default 4. */
  readonly concurrency?: number | undefined;
  /** Makes the requests, once the session is open. */
  requests(session: DataIoSession): readonly Request[];
  /** Rows were written. */
  onWritten(): void;
}

/** Runs the plan. Single requests that fail do not end it; a session that cannot be opened does. */
export async function runFetch(plan: FetchPlan, handle: JobHandle<FetchDetail>, log: Log): Promise<void> {
  const { signal } = handle;
  await using session = await DataIoSession.open({
    store: plan.store,
    ...plan.opened,
    mode: "async",
    cache: plan.cache,
    signal,
  });
  const requests = plan.requests(session);
  const items: FetchItem[] = [...handle.detail.items];
  let done = 0;
  const report = () =>
    handle.report(
      { done, total: items.length },
      { ...handle.detail, sessionId: session.session.id, items: [...items] },
    );
  const settle = (index: number, state: FetchItem["state"]) => {
    const item = items[index];
    if (item !== undefined) items[index] = { ...item, state };
    report();
  };
  report();
  plan.onWritten();

  const queue = requests.entries();
  const worker = async () => {
    for (const [index, request] of queue) {
      const cancelled = handle.itemSignal(index);
      if (signal.aborted || cancelled.aborted) {
        settle(index, { status: "cancelled" });
        continue;
      }
      const running = (attempt: number) => settle(index, { status: "running", attempt });
      running(1);
      const state = await ask({ session, store: plan.store, request, signal: cancelled, onRetry: running }, log);
      done += 1;
      settle(index, state);
      plan.onWritten();
    }
  };
  await Promise.all(Array.from({ length: plan.concurrency ?? IN_FLIGHT }, worker));
}

interface ItemAsk {
  readonly session: DataIoSession;
  readonly store: Store;
  readonly request: Request;
  readonly signal: AbortSignal;
  readonly onRetry: (attempt: number) => void;
}

async function ask({ session, store, request, signal, onRetry }: ItemAsk, log: Log): Promise<FetchItem["state"]> {
  const { source } = session.session;
  try {
    const { hash } = request;
    const earlier = hash === null ? undefined : await store.getCachedResponseByRequestHash(hash, source);
    return outcome(await session.fetch(request, { signal, onRetry }), earlier);
  } catch (error) {
    const shape = toErrorShape(error, `Fetching ${request.kind}`, log);
    if (shape.code === "CANCELLED") return { status: "cancelled" };
    const recordedAs = shape.details.resolution_id;
    const row: RowRef | null = typeof recordedAs === "string" ? { type: "resolution", id: recordedAs } : null;
    return { status: "failed", error: shape, row };
  }
}

function outcome(response: SessionResponse, earlier: Response | undefined): FetchItem["state"] {
  const row: RowRef = { type: "response", id: response.id };
  switch (response.resolution) {
    case "failed":
      return {
        status: "failed",
        row,
        error: {
          code: "ANSWERED_WITH_ERROR",
          message: "The source answered with an error; its answer is kept.",
          details: {},
        },
      };
    case "reused":
      return {
        status: "reused",
        row: { type: "resolution", id: response.resolutionId },
        sizeBytes: response.sizeBytes,
        durationMs: response.elapsedMs,
        change: "unchanged",
        previous: null,
      };
    case "acquired":
      return {
        status: "acquired",
        row,
        sizeBytes: response.sizeBytes,
        durationMs: response.elapsedMs,
        change: earlier?.checksum == null ? "new" : earlier.checksum === response.checksum ? "unchanged" : "changed",
        previous: earlier === undefined ? null : { type: "response", id: earlier.id },
      };
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
