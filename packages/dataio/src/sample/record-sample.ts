/**
 * Six sessions over three days, three sources: what a small team's pipelines would leave behind, with an answer from
 * the archive, a re-fetch that changed, one that did not, an error answer and a broken connection.
 */
import { join } from "node:path";
import type { Adapter } from "../adapters/adapter.ts";
import { HttpAdapter } from "../adapters/http.ts";
import { LocalFileAdapter } from "../adapters/local-file.ts";
import { throwIfCancelled } from "../cancellation.ts";
import { isDataioError } from "../errors.ts";
import { withSession } from "../session.ts";
import type { RequestInit } from "../session-options.ts";
import { Store } from "../store.ts";
import { createClock } from "../timestamps.ts";
import { SAMPLE_FILES, startDemoServer } from "./demo-server.ts";

/** How the sample archive is made. */
export interface SampleOptions {
  /** Folder with the files that the sample's sessions read; default those of this package. */
  readonly files?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each session, and not at the end. */
  readonly onStep?: ((step: string, done: number, total: number) => void) | undefined;
}

/** What was made. */
export interface SampleArchive {
  /** The port on loopback that the archived requests name; see `startDemoServer`. */
  readonly port: number;
}

interface Plan {
  readonly daysAgo: number;
  readonly hour: number;
  readonly source: string;
  readonly adapter: "http" | "local-file";
  readonly useCache: boolean;
  readonly requests: readonly RequestInit[];
}

/**
 * Makes the sample archive in `root`, a folder that is empty or not there yet, with a demo server that runs meanwhile.
 * @throws ALREADY_EXISTS and what else opening a store or a session throws, CANCELLED (the archive is then smaller);
 *   single requests that fail are part of the sample
 */
export async function recordSample(root: string, options: SampleOptions = {}): Promise<SampleArchive> {
  const { files = SAMPLE_FILES, signal, onStep } = options;
  const clock = new SampleClock();
  const server = await startDemoServer({ files, now: () => clock.now() });
  try {
    const plans = samplePlans(`http://127.0.0.1:${server.port}`, files);
    const today = clock.now();
    clock.set(startOf(plans[0]?.daysAgo ?? 0, plans[0]?.hour ?? 0, today));
    using store = Store.create(root, { clock: createClock(() => clock.now().getTime()) });
    for (const [index, plan] of plans.entries()) {
      throwIfCancelled(signal);
      onStep?.(`${plan.source}, ${plan.requests.length} requests`, index, plans.length);
      clock.set(startOf(plan.daysAgo, plan.hour, today));
      await runPlan(store, plan, signal);
    }
    return { port: server.port };
  } finally {
    await server.close();
  }
}

/** A clock that goes on from wherever it was set. */
class SampleClock {
  #base = Date.now();
  #setAt = performance.now();

  now(): Date {
    return new Date(this.#base + (performance.now() - this.#setAt));
  }

  set(time: Date): void {
    this.#base = time.getTime();
    this.#setAt = performance.now();
  }
}

async function runPlan(store: Store, plan: Plan, signal: AbortSignal | undefined): Promise<void> {
  const adapter: Adapter = plan.adapter === "http" ? new HttpAdapter() : new LocalFileAdapter();
  try {
    const cancelling = signal === undefined ? {} : { signal };
    await withSession(
      { store, source: plan.source, adapter, useCache: plan.useCache, ...cancelling },
      async (session) => {
        for (const init of plan.requests) {
          try {
            await session.fetch(session.request(init));
          } catch (error) {
            if (!isDataioError(error) || error.code === "CANCELLED") throw error;
          }
        }
      },
    );
  } finally {
    await adapter.close?.();
  }
}

function samplePlans(origin: string, files: string): Plan[] {
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
