/** Fetch sessions: composed requests, and archived ones once more. All become jobs, but for those only thought of. */
import {
  type CachePolicy,
  DataioError,
  type OpenedSource,
  parseJson,
  planRequest,
  type Request,
  type RequestDefaults,
  type RowDetail,
} from "@mxm/dataio";
import type { Job, Params, Result, RowRef } from "../../shared/contract.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { type FetchDetail, type FetchPlan, requestLabel, runFetch } from "../jobs/fetch-job.ts";
import { plannedSourceFor, requireObject, sourceFor } from "../opening.ts";
import { proposeAdapter, requireFetchable } from "../sources.ts";

type FetchMethod = "fetch.plan" | "fetch.start" | "fetch.again" | "fetch.session";
type Asked = Pick<Request, "kind" | "method" | "paramsJson">;

/** Rows that one job asks for once more. */
const MOST_AGAIN = 1_000;

export function fetchHandlers(context: BackendContext): Pick<Handlers, FetchMethod> {
  const { archives } = context;
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
      return startFetch(context, {
        archiveId: order.archiveId,
        source: order.source,
        open: () => sourceFor(context, order.archiveId, order.source, order.adapter),
        asked: order.requests,
        cache: policyOf(order),
        concurrency: order.concurrency,
        requests: (session) =>
          order.requests.map((request) => session.request({ ...initOf(request), ...defaultsOf(order) })),
      });
    },
    "fetch.again": ({ archiveId, rows }) => fetchAgain(context, archiveId, rows),
    "fetch.session": async ({ archiveId, sessionId }) => {
      const rows: RowRef[] = [];
      for (let cursor: string | null = null; ; ) {
        const sort = { column: "time", direction: "asc" } as const;
        const page: Result<"rows.list"> = await archives
          .reader(archiveId)
          .call("rows", { sessionId, sort, cursor, limit: 500 });
        rows.push(...page.items.filter(({ method }) => method === "GET" || method === "POST").map(({ ref }) => ref));
        if (rows.length > MOST_AGAIN) {
          throw new DataioError("TOO_LARGE", `This session has more than ${MOST_AGAIN} rows; select some of them.`);
        }
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      if (rows.length === 0) throw new DataioError("NOT_FOUND", "Nothing in this session was fetched.");
      return fetchAgain(context, archiveId, rows);
    },
  };
}

type FetchOrderParams = Params<"fetch.start">;

async function fetchAgain(context: BackendContext, archiveId: string, rows: readonly RowRef[]): Promise<Job> {
  const details = await Promise.all(rows.map((ref) => context.archives.reader(archiveId).call("row", ref)));
  const archived = distinct(details.map(requireRequest));
  for (const request of archived) requireFetchable(request);
  const source = requireOneSource(details);
  const mapping = await context.mappings.find(archiveId, source);
  const adapters = new Set(mapping === undefined ? archived.map(proposeAdapter) : (["mapped"] as const));
  const [adapter] = adapters;
  if (adapter === undefined || adapters.size > 1) {
    throw new DataioError("PARAMS_INVALID", "These requests need different adapters; fetch them one kind at a time.");
  }
  return startFetch(context, {
    archiveId,
    source,
    open: () => sourceFor(context, archiveId, source, adapter),
    asked: archived,
    cache: { mode: "bypass" },
    requests: (session) => archived.map((request) => session.requestAgain(request)),
  });
}

interface FetchOrder extends Pick<FetchPlan, "requests" | "cache" | "concurrency"> {
  readonly archiveId: string;
  readonly source: string;
  open(): Promise<OpenedSource>;
  readonly asked: readonly Asked[];
}

/** Whatever keeps the source from being opened is told to the one who asked; the rest is the job's. */
async function startFetch({ archives, jobs, log }: BackendContext, order: FetchOrder): Promise<Job> {
  const { archiveId, source, asked } = order;
  const store = await archives.store(archiveId);
  const opened = await order.open();
  const detail: FetchDetail = {
    kind: "fetch",
    archiveId,
    source,
    sessionId: null,
    items: asked.map(({ kind, method, paramsJson }) => ({
      kind,
      method,
      label: requestLabel(paramsJson === null ? null : parseJson(paramsJson), paramsJson),
      state: { status: "queued" },
    })),
  };
  const [first] = asked;
  const title =
    asked.length === 1 && first !== undefined ? `${source}: ${first.kind}` : `${source}: ${asked.length} requests`;
  const { requests, cache, concurrency } = order;
  return jobs.start(title, detail, async (handle) => {
    const onWritten = () => void archives.refresh(archiveId);
    try {
      await runFetch({ store, opened, cache, concurrency, requests, onWritten }, handle, log);
    } finally {
      await opened.adapter.close?.();
      await archives.refresh(archiveId);
    }
  });
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
