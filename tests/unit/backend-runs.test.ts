/** Jobs and fetch runs as a renderer meets them: lists that tell what changed, what is kept, and what outlives a window. */
import { renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isWindows, NO_REPLACING } from "../../packages/dataio/test/platform.ts";
import { FetchItems } from "../../src/backend/jobs/fetch-items.ts";
import { RunRate } from "../../src/backend/jobs/run-rate.ts";
import { Jobs } from "../../src/backend/jobs.ts";
import type { FetchItem, Job } from "../../src/shared/contract.ts";
import { startBackend } from "../helpers/driven-backend.ts";
import { serveLoopback } from "../helpers/loopback.ts";

const acquired = (change: "new" | "changed" | "unchanged", attempts = 1): FetchItem["state"] => ({
  status: "acquired",
  row: { type: "response", id: "r" },
  attempts,
  sizeBytes: 10,
  durationMs: 1,
  change,
  previous: null,
});
const reused: FetchItem["state"] = {
  status: "reused",
  row: { type: "resolution", id: "a" },
  attempts: 1,
  sizeBytes: 10,
  durationMs: 1,
  change: "unchanged",
  previous: null,
};
const running = (attempt: number): FetchItem["state"] => ({ status: "running", attempt, retry: null });

describe("the requests of a run", () => {
  const asked = (count: number) =>
    Array.from({ length: count }, (_, place) => ({ kind: "k", method: "GET", label: `${place}` }));

  it("are counted by how they stand, however often that changes", () => {
    const items = new FetchItems(asked(5));
    expect(items).toMatchObject({ ended: 0, bytes: 0, only: null, counts: { queued: 5, running: 0 } });
    items.set(0, running(1));
    items.set(0, running(2));
    items.set(0, acquired("changed", 2));
    items.set(1, acquired("new"));
    items.set(2, reused);
    items.set(3, { status: "cancelled" });
    items.set(4, running(2));
    items.set(99, running(1));
    expect(items.counts).toEqual({
      queued: 0,
      running: 1,
      new: 1,
      changed: 1,
      unchanged: 0,
      reused: 1,
      failed: 0,
      cancelled: 1,
      retried: 2,
    });
    // What the archive answered was not fetched.
    expect([items.ended, items.bytes, items.placesOf("cancelled")]).toEqual([4, 20, [3]]);
  });

  it("tell in parts what they are, and then only what changed", () => {
    const items = new FetchItems(asked(5));
    const first = items.changedSince(0, 3);
    expect([first.items.map(({ place }) => place), first.more]).toEqual([[0, 1, 2], true]);
    // Changed while they were being read: told once more, and none is left out.
    items.set(1, running(1));
    items.set(4, acquired("new"));
    const second = items.changedSince(first.revision, 3);
    expect(second.items.map(({ place }) => place)).toEqual([3, 1, 4]);
    expect(second.more).toBe(false);
    expect(items.changedSince(second.revision, 3)).toEqual({ items: [], revision: second.revision, more: false });
    items.set(0, running(1));
    items.set(0, acquired("new"));
    const third = items.changedSince(second.revision, 3);
    expect(third.items).toEqual([{ place: 0, item: { kind: "k", method: "GET", label: "0", state: acquired("new") } }]);
  });
});

it("the rate of a run is that of its last seconds, and in the end that of all of them", () => {
  let now = 0;
  const rate = new RunRate(() => now);
  expect(rate.lately({ requests: 0, bytes: 0 })).toEqual({ requests: 0, bytes: 0 });
  for (; now < 10_000; now += 50) rate.lately({ requests: now / 10, bytes: now });
  expect(rate.lately({ requests: 1_000, bytes: 10_000 })).toEqual({ requests: 100, bytes: 1_000 });
  // Nothing more comes: slower at once, and nothing once the window has passed.
  now += 2_500;
  expect(rate.lately({ requests: 1_000, bytes: 10_000 }).requests).toBe(50);
  now += 5_000;
  expect(rate.lately({ requests: 1_000, bytes: 10_000 })).toEqual({ requests: 0, bytes: 0 });
  now = 20_000;
  expect(rate.overall({ requests: 1_000, bytes: 10_000 })).toEqual({ requests: 50, bytes: 500 });
});

describe("jobs", () => {
  function startJobs() {
    const changes: Job[] = [];
    const cleared: string[] = [];
    const held: string[] = [];
    const jobs = new Jobs({
      onChange: (job) => void changes.push(job),
      onCleared: (ids) => void cleared.push(...ids),
      holdArchive: (archiveId) => {
        held.push(archiveId);
        return { path: `/${archiveId}`, release: () => void held.splice(held.indexOf(archiveId), 1) };
      },
      log: () => undefined,
    });
    return { jobs, changes, cleared, held };
  }
  const sample = { kind: "sample", step: "", path: null } as const;
  const untilCancelled = ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

  it("are kept until they are cleared; one that runs is not", async () => {
    const { jobs, cleared } = startJobs();
    const done = jobs.start("done", sample, async () => {});
    const other = jobs.start("other", sample, async () => {});
    const runs = jobs.start("runs", sample, untilCancelled);
    await expect.poll(() => jobs.running().map(({ id }) => id)).toEqual([runs.id]);
    expect(() => jobs.clear(runs.id)).toThrow("has not ended");
    expect(() => jobs.clear("unknown")).toThrow("no such job");
    jobs.clear(done.id);
    expect(jobs.list().map(({ id }) => id)).toEqual([runs.id, other.id]);
    jobs.clear();
    jobs.clear();
    expect(jobs.list().map(({ id }) => id)).toEqual([runs.id]);
    expect(cleared).toEqual([done.id, other.id]);
    await jobs.close();
    expect(jobs.find(runs.id)?.state.status).toBe("cancelled");
    expect(() => jobs.start("late", sample, async () => {})).toThrow("ending");
  });

  it("that only ask are told to their end, and then forgotten", async () => {
    const { jobs, changes, cleared } = startJobs();
    const detail = {
      kind: "import",
      archiveId: "a",
      from: { type: "har", path: "/a.har" },
      bytes: 0,
      outcome: null,
    } as const;
    const asked = jobs.start("preview", { ...detail, dryRun: true }, untilCancelled);
    const done = jobs.start("import", { ...detail, dryRun: false }, async () => {});
    await expect.poll(() => jobs.running().map(({ id }) => id)).toEqual([asked.id]);
    jobs.cancel(asked.id);
    await expect.poll(() => changes.at(-1)).toMatchObject({ id: asked.id, state: { status: "cancelled" } });
    expect(jobs.list().map(({ id }) => id)).toEqual([done.id]);
    expect(cleared).toEqual([]);
  });

  it("tell how far they are ten times a second at most, and hold their archive until they have ended", async () => {
    const { jobs, changes, held } = startJobs();
    const detail = { kind: "verify", archiveId: "a", step: null, bytes: 0, outcome: null } as const;
    const job = jobs.start("verify", detail, async (handle) => {
      for (let done = 0; done < 1_000; done += 1) handle.report({ done, total: 1_000 }, handle.detail);
      await untilCancelled(handle);
    });
    expect([job.archivePath, held]).toEqual(["/a", ["a"]]);
    await expect.poll(() => changes.length).toBeGreaterThanOrEqual(2);
    expect(changes.map(({ state }) => (state.status === "running" ? state.done : state.status))).toEqual([0, 999]);
    jobs.cancel(job.id);
    await expect.poll(() => held).toEqual([]);
    expect(changes.at(-1)?.state.status).toBe("cancelled");
  });
});

const orderOf = (archiveId: string, origin: string, paths: readonly string[]) =>
  ({
    archiveId,
    source: "desk",
    adapter: "http",
    cache: "default",
    requests: paths.map((path) => ({
      kind: "item",
      method: "GET" as const,
      paramsJson: JSON.stringify({ url: `${origin}${path}` }),
      bodyJson: null,
    })),
  }) as const;

describe("a run", () => {
  it("says what is repeated and why, and asks again for what failed or was cancelled", async () => {
    const asked: (string | undefined)[] = [];
    let isWell = false;
    const origin = await serveLoopback((request, response) => {
      asked.push(request.url);
      if (request.url === "/slow" && !isWell) return void response.write("and then nothing");
      const isFirst = asked.filter((url) => url === request.url).length === 1;
      if (request.url === "/busy" && isFirst) return void response.writeHead(429, { "retry-after": "1" }).end();
      response.writeHead(request.url === "/down" && !isWell ? 500 : 200).end(request.url);
    });
    const app = await startBackend();
    const { id: archiveId } = app.archive;
    // Two attempts besides the first.
    const settings = { adapter: "http", retry: 2 };
    await app.call("sources.save", { archiveId, place: "archive", source: "desk", settings });
    const order = { ...orderOf(archiveId, origin, ["/a", "/busy", "/down", "/slow"]), adapter: "mapped" as const };
    const job = await app.call("fetch.start", order);
    await expect
      .poll(async () => (await app.states(job))[1], { interval: 20 })
      .toMatchObject({
        status: "running",
        attempt: 2,
        retry: { waitMs: 1_000, reason: expect.stringContaining("429") },
      });
    expect(await app.refused("fetch.rest", { archiveId, jobId: job.id, of: "failed" })).toMatchObject({
      code: "JOB_RUNNING",
    });
    expect(await app.refused("archives.setReadOnly", { archiveId, readOnly: true })).toMatchObject({
      code: "JOB_RUNNING",
    });
    await expect.poll(async () => (await app.states(job))[2]?.status, { timeout: 10_000 }).toBe("failed");
    await app.call("jobs.cancel", { jobId: job.id, item: 3 });
    const ended = await app.ended(job);
    expect(ended).toMatchObject({
      state: { status: "succeeded" },
      archivePath: app.archive.path,
      detail: { bytes: 7, counts: { new: 2, failed: 1, cancelled: 1, retried: 2, running: 0, queued: 0 } },
    });
    expect((await app.states(job))[1]).toMatchObject({ status: "acquired", attempts: 2 });
    expect((await app.states(job))[2]).toMatchObject({
      status: "failed",
      attempts: 3,
      error: { message: "Status 500; its answer is kept." },
    });

    isWell = true;
    for (const [of, path] of [
      ["failed", "/down"],
      ["cancelled", "/slow"],
    ] as const) {
      const rest = await app.ended(await app.call("fetch.rest", { archiveId, jobId: job.id, of }));
      expect(rest.detail).toMatchObject({ counts: { new: 1 }, only: { label: `${origin}${path}` } });
      expect(await app.refused("fetch.rest", { archiveId, jobId: rest.id, of })).toMatchObject({ code: "NOT_FOUND" });
    }
    // By place, in their order and each once; and as the run asked, not past the archive.
    const chosen = await app.ended(
      await app.call("fetch.rest", { archiveId, jobId: job.id, of: { places: [3, 0, 3] } }),
    );
    expect(chosen.detail).toMatchObject({ counts: { reused: 2, new: 0 } });
    expect(await app.refused("fetch.rest", { archiveId, jobId: job.id, of: { places: [9] } })).toMatchObject({
      code: "NOT_FOUND",
    });
    await app.call("jobs.clear", {});
    expect(await app.call("jobs.list", {})).toEqual([]);
    expect(await app.refused("fetch.items", { jobId: job.id, since: 0, limit: 1 })).toMatchObject({
      code: "JOB_UNKNOWN",
    });
  });

  it("goes on in an archive that its window has left, which is the same when it is opened again meanwhile", async () => {
    const waiting: (() => void)[] = [];
    const origin = await serveLoopback((_request, response) => void waiting.push(() => response.end("late")));
    const app = await startBackend();
    const { id: archiveId, path } = app.archive;
    const first = await app.call("fetch.start", orderOf(archiveId, origin, ["/1"]));
    await expect.poll(() => waiting.length).toBe(1);
    await app.call("archives.close", { archiveId });
    expect((await app.call("archives.open", { path })).id).toBe(archiveId);
    waiting.shift()?.();
    expect(await app.ended(first)).toMatchObject({ detail: { counts: { new: 1 } } });
    expect((await app.call("archives.get", { archiveId })).path).toBe(path);

    const second = await app.call("fetch.start", orderOf(archiveId, origin, ["/2"]));
    await expect.poll(() => waiting.length).toBe(1);
    await app.call("archives.close", { archiveId });
    waiting.shift()?.();
    expect(await app.ended(second)).toMatchObject({ state: { status: "succeeded" }, detail: { counts: { new: 1 } } });
    await expect
      .poll(async () => (await app.backend.dispatch("archives.get", { archiveId }, new AbortController().signal)).ok)
      .toBe(false);
    // Of a run whose archive has another id by now the rest can be fetched all the same.
    const again = await app.call("archives.open", { path });
    expect(again.id).not.toBe(archiveId);
    expect(await app.refused("fetch.rest", { archiveId: again.id, jobId: second.id, of: "failed" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("asks nothing more once its archive is gone", async ({ skip }) => {
    skip(isWindows, NO_REPLACING);
    let asked = 0;
    const app = await startBackend();
    const { id: archiveId, path } = app.archive;
    const origin = await serveLoopback((_request, response) => {
      asked += 1;
      if (asked === 3) renameSync(path, `${path}-elsewhere`);
      response.end(`answer ${asked}`);
    });
    const paths = Array.from({ length: 200 }, (_, place) => `/${place}`);
    const order = { ...orderOf(archiveId, origin, paths), concurrency: 1 };
    const ended = await app.ended(await app.call("fetch.start", order));
    expect(ended.state).toMatchObject({ status: "failed", error: { code: "ARCHIVE_GONE" } });
    expect(ended.detail).toMatchObject({ counts: { new: 2, failed: 1, cancelled: 197 } });
    expect(asked).toBe(3);
  });

  it("of ten thousand requests is told in small messages", async () => {
    const origin = await serveLoopback((_request, response) => void response.end("ok"));
    const app = await startBackend();
    const { id: archiveId } = app.archive;
    let largest = 0;
    let events = 0;
    app.backend.onEvent((name, payload) => {
      if (name !== "job.changed") return;
      events += 1;
      largest = Math.max(largest, JSON.stringify(payload).length);
    });
    const paths = Array.from({ length: 10_000 }, (_, place) => `/${place}`);
    const begun = performance.now();
    const job = await app.call("fetch.start", { ...orderOf(archiveId, origin, paths), concurrency: 16 });
    const counted = async () => {
      const detail = (await app.call("jobs.list", {}))[0]?.detail;
      return detail?.kind === "fetch" ? detail.counts.new : 0;
    };
    await expect.poll(counted, { timeout: 10_000 }).toBeGreaterThan(0);
    await app.call("jobs.cancel", { jobId: job.id });
    const ended = await app.ended(job);
    const seconds = (performance.now() - begun) / 1000;
    expect(largest).toBeLessThan(2_000);
    expect(events).toBeLessThan(10 * seconds + 5);
    const { counts } = ended.detail.kind === "fetch" ? ended.detail : { counts: null };
    expect((counts?.new ?? 0) + (counts?.cancelled ?? 0)).toBe(10_000);
  });
});
