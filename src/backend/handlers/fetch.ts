/** Fetch sessions: composed requests, and archived ones once more. Both become jobs. */
import { DataioError, parseJson, type Request, type RowDetail } from "@mxm/dataio";
import type { Job } from "../../shared/contract.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { type FetchDetail, type FetchPlan, requestLabel, runFetch } from "../jobs/fetch-job.ts";
import { type AdapterName, createAdapter, proposeAdapter } from "../sources.ts";

type FetchMethod = "fetch.start" | "fetch.again";
type Asked = Pick<Request, "kind" | "method" | "paramsJson">;

export function fetchHandlers(context: BackendContext): Pick<Handlers, FetchMethod> {
  return {
    "fetch.start": ({ archiveId, source, adapter, requests, cache }) => {
      for (const request of requests) requireObject(request.paramsJson);
      return startFetch(context, {
        archiveId,
        source,
        adapter,
        asked: requests,
        useCache: cache === "default",
        requests: (session) =>
          requests.map(({ bodyJson, ...request }) =>
            session.request(bodyJson === null ? request : { ...request, bodyJson }),
          ),
      });
    },
    "fetch.again": async ({ archiveId, rows }) => {
      const details = await Promise.all(rows.map((ref) => context.archives.reader(archiveId).call("row", ref)));
      const archived = distinct(details.map(requireRequest));
      const source = requireOneSource(details);
      const adapters = new Set(archived.map(proposeAdapter));
      const [adapter] = adapters;
      if (adapter === undefined || adapters.size > 1) {
        throw new DataioError(
          "PARAMS_INVALID",
          "These requests need different adapters; fetch them one kind at a time.",
        );
      }
      return startFetch(context, {
        archiveId,
        source,
        adapter,
        asked: archived,
        useCache: false,
        requests: (session) => archived.map((request) => session.requestAgain(request)),
      });
    },
  };
}

interface FetchOrder {
  readonly archiveId: string;
  readonly source: string;
  readonly adapter: AdapterName;
  readonly asked: readonly Asked[];
  readonly useCache: boolean;
  readonly requests: FetchPlan["requests"];
}

async function startFetch({ archives, jobs, log }: BackendContext, order: FetchOrder): Promise<Job> {
  const { archiveId, source, asked } = order;
  const store = await archives.store(archiveId);
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
  return jobs.start(title, detail, async (handle) => {
    const adapter = createAdapter(order.adapter);
    const onWritten = () => void archives.refresh(archiveId);
    try {
      await runFetch(
        { store, source, adapter, useCache: order.useCache, requests: order.requests, onWritten },
        handle,
        log,
      );
    } finally {
      await adapter.close?.();
      await archives.refresh(archiveId);
    }
  });
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

/** @throws JSON_INVALID, PARAMS_INVALID */
function requireObject(paramsJson: string): void {
  const params = parseJson(paramsJson);
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new DataioError("PARAMS_INVALID", "Params are a JSON object.");
  }
}
