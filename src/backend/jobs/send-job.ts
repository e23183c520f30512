/** One send as a job: once, recorded with its answer or its failure, and honest about whether the bytes went out. */
import {
  type Adapter,
  DataIoSession,
  isDataioError,
  isSender,
  type OpenedSource,
  type RequestInit,
  type RowRef,
  type SessionResponse,
  type Store,
} from "@mxm/dataio";
import type { JobDetail, SendOutcome } from "../../shared/contract.ts";
import { type Log, toErrorShape } from "../failure.ts";
import type { JobHandle } from "../jobs.ts";

export type SendDetail = Extract<JobDetail, { readonly kind: "send" }>;

export interface SendWork {
  readonly store: Store;
  /** Who delivers; closed by whoever opened it. */
  readonly opened: OpenedSource;
  readonly init: RequestInit;
  readonly payload: Uint8Array;
  /** Where it is sent to at first; null where the adapter has no URLs. */
  readonly url: string | null;
  /** Rows were written. */
  onWritten(): void;
}

/** How far a delivery came. */
interface Delivery {
  readonly adapter: Adapter;
  began: boolean;
  answered: boolean;
}

/** Sends. @throws what kept it from being answered, or the answer from being kept; the outcome says what is known */
export async function runSend(work: SendWork, handle: JobHandle<SendDetail>, log: Log): Promise<void> {
  const { store, opened, init, payload, url } = work;
  const delivery = watched(opened.adapter);
  const end = (outcome: SendOutcome) => handle.report({ done: 1, total: 1 }, { ...handle.detail, outcome });
  try {
    const { adapter } = delivery;
    await using session = await DataIoSession.open({ store, ...opened, adapter, mode: "sync", signal: handle.signal });
    handle.report({ done: 0, total: 1 }, { ...handle.detail, sessionId: session.session.id });
    work.onWritten();
    end(answered(await session.send(session.request(init), payload)));
  } catch (error) {
    const shape = toErrorShape(error, `Sending ${init.kind}`, log);
    const recordedAs = shape.details.resolution_id;
    const row: RowRef | null = typeof recordedAs === "string" ? { type: "resolution", id: recordedAs } : null;
    end({ status: "failed", error: shape, sent: sentBy(delivery, error, url), row });
    throw error;
  }
}

function answered(response: SessionResponse): SendOutcome {
  return {
    status: response.resolution === "failed" ? "refused" : "answered",
    row: { type: "response", id: response.id },
    sizeBytes: response.sizeBytes,
    durationMs: response.elapsedMs,
  };
}

/** The adapter, and whether it was asked to deliver and did. */
function watched(adapter: Adapter): Delivery {
  if (!isSender(adapter)) return { adapter, began: false, answered: false };
  const delivery = {
    began: false,
    answered: false,
    adapter: {
      ...(adapter.name === undefined ? {} : { name: adapter.name }),
      async send(...call: Parameters<typeof adapter.send>) {
        delivery.began = true;
        const answer = await adapter.send(...call);
        delivery.answered = true;
        return answer;
      },
    },
  };
  return delivery;
}

/** Failures before a byte of the call could go out: no connection was made, or no program started. */
const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const NOT_BEGUN: ReadonlySet<string> = new Set(["PARAMS_INVALID", "NOT_FOUND", "ACCESS_DENIED", "CAPABILITY_MISSING"]);

function sentBy(
  { began, answered: hasAnswered }: Delivery,
  error: unknown,
  url: string | null,
): "no" | "yes" | "unknown" {
  if (!began) return "no";
  if (hasAnswered) return "yes";
  if (!isDataioError(error)) return "unknown";
  if (url === null) return NOT_BEGUN.has(error.code) ? "no" : "unknown";
  if (error.code === "PARAMS_INVALID") return "no";
  // At another URL the bytes had been redirected: the first server has them.
  return error.details.url === url && NO_CONNECTION.has(error.details.code) ? "no" : "unknown";
}
