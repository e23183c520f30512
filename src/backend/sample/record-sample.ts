/**
 * Six sessions over three days, three sources: what a small team's pipelines would leave behind, with an answer from
 * the archive, a re-fetch that changed, one that did not, an error answer and a broken connection.
 */
import { join } from "node:path";
import {
  type Adapter,
  createClock,
  HttpAdapter,
  isDataioError,
  LocalFileAdapter,
  type RequestInit,
  Store,
  withSession,
} from "@mxm/dataio";

export interface SampleOptions {
  readonly root: string;
  readonly files: string;
  /** The demo server, for example `http://127.0.0.1:4000`. */
  readonly origin: string;
  now(): Date;
  /** Sets the clock of both the sessions and the demo server. */
  setTime(time: Date): void;
  readonly signal: AbortSignal;
  onStep(step: string, done: number, total: number): void;
}

interface Plan {
  readonly daysAgo: number;
  readonly hour: number;
  readonly source: string;
  readonly adapter: "http" | "local-file";
  readonly useCache: boolean;
  readonly requests: readonly RequestInit[];
}

/** @throws what opening a store or session throws, CANCELLED; single requests that fail are part of the sample */
export async function recordSample(options: SampleOptions): Promise<void> {
  const plans = samplePlans(options);
  const today = options.now();
  options.setTime(startOf(plans[0]?.daysAgo ?? 0, plans[0]?.hour ?? 0, today));
  using store = Store.create(options.root, { clock: createClock(() => options.now().getTime()) });
  for (const [index, plan] of plans.entries()) {
    options.signal.throwIfAborted();
    options.onStep(`${plan.source}, ${plan.requests.length} requests`, index, plans.length);
    options.setTime(startOf(plan.daysAgo, plan.hour, today));
    await runPlan(store, plan, options.signal);
  }
}

async function runPlan(store: Store, plan: Plan, signal: AbortSignal): Promise<void> {
  const adapter: Adapter = plan.adapter === "http" ? new HttpAdapter() : new LocalFileAdapter();
  try {
    await withSession({ store, source: plan.source, adapter, useCache: plan.useCache, signal }, async (session) => {
      for (const init of plan.requests) {
        try {
          await session.fetch(session.request(init));
        } catch (error) {
          if (!isDataioError(error) || error.code === "CANCELLED") throw error;
        }
      }
    });
  } finally {
    await adapter.close?.();
  }
}

function samplePlans({ origin, files }: SampleOptions): Plan[] {
  const get = (kind: string, path: string): RequestInit => ({ kind, params: { url: origin + path, method: "GET" } });
  const file = (kind: string, name: string): RequestInit => ({ kind, params: { path: join(files, name) } });
  const instruments = get("instruments", "/v1/instruments");
  const quotes = ["ESZ6", "CLF7", "GCZ6"].map((symbol) => get("quote", `/v1/quote?symbol=${symbol}`));
  const history = get("history.daily", "/v1/history?symbol=ESZ6");
  const market = { source: "demo-market", adapter: "http", useCache: false } as const;
  const news = { source: "demo-news", adapter: "http", useCache: false } as const;
  const house = { source: "house-files", adapter: "local-file", useCache: false } as const;
  return [
    {
      ...market,
      daysAgo: 2,
      hour: 6,
      requests: [instruments, ...quotes, history, get("trades", "/v1/trades?symbol=ESZ6")],
    },
    {
      ...news,
      daysAgo: 2,
      hour: 7,
      requests: [get("front_page", "/news"), get("logo", "/logo.png"), get("robots", "/robots.txt")],
    },
    { ...house, daysAgo: 1, hour: 5, requests: [file("positions", "positions.csv"), file("notes", "notes.txt")] },
    // Instruments come back unchanged, quotes changed; one symbol does not exist and one connection breaks.
    {
      ...market,
      daysAgo: 1,
      hour: 6,
      requests: [instruments, ...quotes, get("quote", "/v1/quote?symbol=NOPE"), get("trades", "/v1/broken")],
    },
    { ...news, daysAgo: 0, hour: 0, requests: [get("front_page", "/news"), get("logo", "/logo.png")] },
    // With the cache on: answered from the archive.
    {
      ...market,
      useCache: true,
      daysAgo: 0,
      hour: 0,
      requests: [history, instruments, get("depth", "/v1/quote?symbol=GCZ6&depth=5")],
    },
  ];
}

/** That many days before `today` at that hour UTC; for today itself, a little while ago. */
function startOf(daysAgo: number, hour: number, today: Date): Date {
  if (daysAgo === 0) return today;
  const time = new Date(today);
  time.setUTCDate(time.getUTCDate() - daysAgo);
  time.setUTCHours(hour, 0, 1, 247);
  return time;
}
