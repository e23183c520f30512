/** Fetch sessions: composed requests, and archived ones once more. All become jobs, but for those only thought of. */
import {
  type CachePolicy,
  type DataIoSession,
  DataioError,
  type OpenedSource,
  parseJson,
  planRequest,
  type Request,
  type RequestDefaults,
  type RowDetail,
} from "@mxm/dataio";
import { type Job, MOST_FETCHED, type Params, type Result, type RowRef } from "../../shared/contract.ts";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { FetchItems } from "../jobs/fetch-items.ts";
import { type FetchDetail, type FetchPlan, requestLabel, runFetch } from "../jobs/fetch-job.ts";
import { FetchRuns } from "../jobs/fetch-runs.ts";
import { plannedSourceFor, requireObject, sourceFor } from "../opening.ts";
import { proposeAdapter, requireFetchable } from "../sources.ts";

type FetchMethod = "fetch.plan" | "fetch.start" | "fetch.again" | "fetch.session" | "fetch.rest" | "fetch.items";
interface Asked extends Pick<Request, "kind" | "method" | "paramsJson"> {
  issue(session: DataIoSession): Request;
}

/** Rows that are read at a time; others who ask the reader come between. */
const ROWS_AT_ONCE = 100;

export function fetchHandlers(context: BackendContext): Pick<Handlers, FetchMethod> {
  const { archives, jobs } = context;
  const runs = new FetchRuns<FetchOrder>(jobs);
  const start = (order: FetchOrder) => startFetch(context, runs, order);
  return {
    "fetch.plan": async (order) => {
      for (const request of order.requests) requireObject(request.paramsJson);
      const opened = await plannedSourceFor(context, order.archiveId, order.source, order.adapter);
      const reader = archives.reader(order.archiveId);
      const policy = policyOf(order);
      try {
        return await Promise.all(
          order.requests.map(async (request) => {
            const plan = planRequest(initOf(request), defaultsOf(order), opened);
            const query = { hash: plan.hash, source: order.source, policy };
            const { action, responseId, createdAt } = await reader.call("plannedAnswer", query);
            return { ...plan, action, createdAt, row: responseId === null ? null : rowOf(responseId) };
          }),
        );
      } finally {
        await opened.adapter.close?.();
      }
    },
    "fetch.start": (order) => {
      for (const request of order.requests) requireObject(request.paramsJson);
      return start({
        archiveId: order.archiveId,
        source: order.source,
        open: (archiveId) => sourceFor(context, archiveId, order.source, order.adapter),
        asked: order.requests.map((request) => ({
          ...request,
          issue: (session) => session.request({ ...initOf(request), ...defaultsOf(order) }),
        })),
        cache: policyOf(order),
        concurrency: order.concurrency,
      });
    },
    "fetch.again": async ({ archiveId, rows }) => start(await orderAgain(context, archiveId, rows)),
    "fetch.session": async ({ archiveId, sessionId }) => {
      const rows: RowRef[] = [];
      for (let cursor: string | null = null; ; ) {
        const sort = { column: "time", direction: "asc" } as const;
        const page: Result<"rows.list"> = await archives
          .reader(archiveId)
          .call("rows", { sessionId, sort, cursor, limit: 500 });
        rows.push(...page.items.filter(({ method }) => method === "GET" || method === "POST").map(({ ref }) => ref));
        if (rows.length > MOST_FETCHED) {
          throw new DataioError("TOO_LARGE", `This session has more than ${MOST_FETCHED} rows; select some of them.`);
        }
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      if (rows.length === 0) throw new DataioError("NOT_FOUND", "Nothing in this session was fetched.");
      return start(await orderAgain(context, archiveId, rows));
    },
    "fetch.rest": ({ archiveId, jobId, of }) => {
      const { order, items } = runs.of(jobId);
      const job = jobs.find(jobId);
      if (job?.endedAt == null) throw coded("JOB_RUNNING", "This run has not ended yet.");
      if (archives.get(archiveId).path !== job.archivePath) {
        throw new DataioError("PARAMS_INVALID", "This run belongs to another archive.");
      }
      const places = typeof of === "string" ? items.placesOf(of) : new Set(of.places);
      const asked = [...places].flatMap((place) => order.asked[place] ?? []);
      if (asked.length === 0) {
        const what = of === "failed" ? "failed" : of === "cancelled" ? "was cancelled" : "stands there";
        throw new DataioError("NOT_FOUND", `None of its requests ${what}.`);
      }
      return start({ ...order, archiveId, asked });
    },
    "fetch.items": ({ jobId, since, limit }) => runs.of(jobId).items.changedSince(since, limit),
  };
}

type FetchOrderParams = Params<"fetch.start">;

async function orderAgain(context: BackendContext, archiveId: string, rows: readonly RowRef[]): Promise<FetchOrder> {
  const details: RowDetail[] = [];
  for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
    const some = rows.slice(first, first + ROWS_AT_ONCE);
    details.push(...(await Promise.all(some.map((ref) => context.archives.reader(archiveId).call("row", ref)))));
  }
  const archived = distinct(details.map(requireRequest));
  for (const request of archived) requireFetchable(request);
  const source = requireOneSource(details);
  const mapping = await context.mappings.find(archiveId, source);
  const adapters = new Set(mapping === undefined ? archived.map(proposeAdapter) : (["mapped"] as const));
  const [adapter] = adapters;
  if (adapter === undefined || adapters.size > 1) {
    throw new DataioError("PARAMS_INVALID", "These requests need different adapters; fetch them one kind at a time.");
  }
  return {
    archiveId,
    source,
    open: (openId) => sourceFor(context, openId, source, adapter),
    asked: archived.map((request) => ({ ...request, issue: (session) => session.requestAgain(request) })),
    cache: { mode: "bypass" },
  };
}

interface FetchOrder extends Pick<FetchPlan, "cache" | "concurrency"> {
  readonly archiveId: string;
  readonly source: string;
  /** @param archiveId of the archive as it is open now */
  open(archiveId: string): Promise<OpenedSource>;
  readonly asked: readonly Asked[];
}

/** Whatever keeps the source from being opened is told to the one who asked; the rest is the job's. */
async function startFetch(context: BackendContext, runs: FetchRuns<FetchOrder>, order: FetchOrder): Promise<Job> {
  // Nobody takes the store away before the job holds it.
  const held = context.archives.hold(order.archiveId);
  try {
    return await startHeldFetch(context, runs, order);
  } finally {
    held.release();
  }
}

async function startHeldFetch(
  { archives, jobs, log }: BackendContext,
  runs: FetchRuns<FetchOrder>,
  order: FetchOrder,
): Promise<Job> {
  const { archiveId, source, asked, cache, concurrency } = order;
  const store = await archives.store(archiveId);
  const location = archives.location(archiveId);
  const opened = await order.open(archiveId);
  const items = new FetchItems(
    asked.map(({ kind, method, paramsJson }) => ({
      kind,
      method,
      label: requestLabel(paramsJson === null ? null : parseJson(paramsJson), paramsJson),
    })),
  );
  const { counts, only } = items;
  const rate = { requests: 0, bytes: 0 };
  const detail: FetchDetail = { kind: "fetch", archiveId, source, sessionId: null, counts, bytes: 0, rate, only };
  const [first] = asked;
  const title =
    asked.length === 1 && first !== undefined ? `${source}: ${first.kind}` : `${source}: ${asked.length} requests`;
  const request = (session: DataIoSession, place: number) => {
    const one = asked[place];
    if (one === undefined) throw new Error(`There is no request ${place}`);
    return one.issue(session);
  };
  const job = jobs.start(title, detail, async (handle) => {
    const onWritten = () => void archives.refresh(archiveId);
    try {
      await runFetch({ store, location, opened, cache, concurrency, items, request, onWritten }, handle, log);
    } finally {
      await opened.adapter.close?.();
      await archives.refresh(archiveId);
    }
  });
  runs.keep(job.id, { items, order });
  return job;
}

function policyOf({ cache, ttlMs }: FetchOrderParams): CachePolicy {
  return { mode: cache, ...(ttlMs === null ? {} : { ttlMs }) };
}

function defaultsOf({ asOfBucket, cacheTag }: FetchOrderParams): RequestDefaults {
  return { asOfBucket, cacheTag };
}

function initOf({ bodyJson, ...request }: FetchOrderParams["requests"][number]) {
  return bodyJson === null ? request : { ...request, bodyJson };
}

function rowOf(responseId: string): RowRef {
  return { type: "response", id: responseId };
}

function requireRequest(detail: RowDetail): Request {
  if (detail.request !== null) return detail.request;
  throw new DataioError(
    "NOT_FOUND",
    "The archive does not say what was asked for here: the request of this orphan response was never stored.",
  );
}

function requireOneSource(details: readonly RowDetail[]): string {
  const sources = new Set(details.map((detail) => detail.row.source));
  const [source] = sources;
  if (sources.size === 1 && source !== undefined && source !== null) return source;
  const named = [...sources].map((name) => name ?? "(unknown)").join(", ");
  throw new DataioError("PARAMS_INVALID", `A fetch session has one source; these rows belong to: ${named}.`);
}

/** Rows of one identity are asked for once. */
function distinct(requests: readonly Request[]): Request[] {
  return [...new Map(requests.map((request) => [request.hash ?? request.id, request])).values()];
}
