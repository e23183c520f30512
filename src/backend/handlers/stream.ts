/** Streams: jobs that run until their source ends them or a person does, and their frames read back from the archive. */
import { parseJson, Store } from "@mxm/dataio";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { FramePlaces } from "../frame-places.ts";
import { requestLabel } from "../jobs/fetch-job.ts";
import { runStream, type StreamDetail } from "../jobs/stream-job.ts";
import { requireObject, sourceFor } from "../opening.ts";

interface Running {
  readonly stop: AbortController;
  readonly places: FramePlaces;
  readonly ended: Promise<void>;
}

export function streamHandlers(context: BackendContext): Pick<Handlers, Extract<keyof Handlers, `stream.${string}`>> {
  const { archives, jobs, log } = context;
  /** As long as their jobs are remembered. */
  const streams = new Map<string, Running>();
  const find = (jobId: string) => {
    const job = jobs.find(jobId);
    const stream = streams.get(jobId);
    if (job?.detail.kind !== "stream" || stream === undefined) throw coded("JOB_UNKNOWN", "There is no such stream.");
    return { archivePath: job.archivePath, detail: job.detail, ...stream };
  };
  const forgetOld = () => {
    const known = new Set(jobs.list().map(({ id }) => id));
    for (const id of streams.keys()) if (!known.has(id)) streams.delete(id);
  };

  return {
    "stream.start": async ({ archiveId, source, adapter, kind, paramsJson }) => {
      archives.requireWritable(archiveId);
      requireObject(paramsJson);
      const location = archives.location(archiveId);
      const opened = await sourceFor(context, archiveId, source, adapter);
      const detail: StreamDetail = {
        kind: "stream",
        archiveId,
        source,
        requestKind: kind,
        label: requestLabel(parseJson(paramsJson), paramsJson),
        sessionId: null,
        requestId: null,
        isOpen: false,
        frames: 0,
        messages: 0,
        bytes: 0,
        ending: null,
      };
      const stop = new AbortController();
      const places = new FramePlaces();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const init = { kind, method: "SUBSCRIBE", paramsJson } as const;
      const job = jobs.start(`${source}: ${kind}`, detail, async (handle) => {
        try {
          using store = await Store.openWhenFree(location);
          await runStream({ store, opened, init, stop: stop.signal, places }, handle, log);
        } finally {
          await opened.adapter.close?.();
          resolve();
        }
      });
      streams.set(job.id, { stop, places, ended });
      forgetOld();
      return job;
    },
    "stream.stop": async ({ jobId }) => {
      const { stop, ended } = find(jobId);
      stop.abort();
      await ended;
      return null;
    },
    "stream.frames": async ({ archiveId, jobId, start, limit }) => {
      const { archivePath, detail, places } = find(jobId);
      if (archives.location(archiveId).root !== archivePath) {
        throw coded("JOB_UNKNOWN", "This stream belongs to another archive.");
      }
      if (detail.requestId === null) return [];
      return archives.reader(archiveId).call("frames", { requestId: detail.requestId, ...places.before(start), limit });
    },
  };
}
