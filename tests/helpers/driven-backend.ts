/** A backend with its dispatcher, as a renderer meets it, and an archive to write into. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { type Backend, type BackendOptions, createBackend } from "../../src/backend/backend.ts";
import type {
  CallParams,
  ErrorShape,
  Events,
  FetchItem,
  Job,
  MethodName,
  OpenArchive,
  Result,
} from "../../src/shared/contract.ts";
import { ROOT } from "./root.ts";

export interface DrivenBackend {
  readonly backend: Backend;
  readonly archive: OpenArchive;
  readonly events: { readonly name: string; readonly payload: unknown; readonly at: number }[];
  call<M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>>;
  /** The error that the call is refused with. */
  refused<M extends MethodName>(method: M, params: CallParams<M>): Promise<ErrorShape>;
  /** The job as it stands. */
  job(id: string): Promise<Job>;
  /** Waits for a job's end. */
  ended(job: Job): Promise<Job>;
  /** How each request of a fetch stands, in the order in which they are asked. */
  states(job: Job): Promise<readonly FetchItem["state"][]>;
  /** Everything that the host told of a job. */
  told(job: Job): readonly { readonly job: Job; readonly at: number }[];
}

/** A backend alone, with folders of its own. Ends with the test. @param readerWorker default: as it was built */
export async function bareBackend({
  readerWorker = pathToFileURL(join(ROOT, "out/main/reader-worker.js")),
  log = () => {},
}: Partial<Pick<BackendOptions, "readerWorker" | "log">> = {}): Promise<Backend> {
  const backend = await createBackend({
    host: { kind: "web" },
    dataDirectory: temporaryFolder(),
    trustFile: join(temporaryFolder(), "trusted.json"),
    cacheDirectory: temporaryFolder(),
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker,
    readOnly: false,
    initialArchive: null,
    version: "1.2.3",
    log,
  });
  onTestFinished(() => backend.close());
  return backend;
}

/** Ends with the test. */
export async function startBackend(): Promise<DrivenBackend> {
  const backend = await bareBackend();
  const events: { name: string; payload: unknown; at: number }[] = [];
  backend.onEvent((name, payload) => events.push({ name, payload, at: performance.now() }));
  const dispatch = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  const call = async <M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>> => {
    const outcome = await dispatch(method, params);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.error.code} ${outcome.error.message}`);
    return outcome.value as Result<M>;
  };
  const job = async (id: string) => {
    const found = (await call("jobs.list", {})).find((one) => one.id === id);
    if (found === undefined) throw new Error("the job is gone");
    return found;
  };
  return {
    backend,
    archive: await call("archives.create", { path: join(temporaryFolder(), "desk") }),
    events,
    call,
    job,
    async refused(method, params) {
      const outcome = await dispatch(method, params);
      if (outcome.ok) throw new Error(`${method} was not refused`);
      return outcome.error;
    },
    async ended({ id }) {
      await expect.poll(async () => (await job(id)).endedAt, { timeout: 20_000 }).not.toBeNull();
      return await job(id);
    },
    async states({ id }) {
      const { items } = await call("fetch.items", { jobId: id, since: 0, limit: 5_000 });
      return items.toSorted((one, other) => one.place - other.place).map(({ item }) => item.state);
    },
    told({ id }) {
      return events
        .filter(({ name }) => name === "job.changed")
        .map(({ payload, at }) => ({ job: payload as Events["job.changed"], at }))
        .filter((event) => event.job.id === id);
    },
  };
}
