/** Histories, equal bytes and integrity runs through the backend: in its real threads, on real archives. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { extractReference, folderFingerprint, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { createBackend, type HostAbilities } from "../../src/backend/backend.ts";
import type { CallParams, Events, Job, MethodName, Result } from "../../src/shared/contract.ts";
import { ROOT } from "../helpers/root.ts";

async function start(host: HostAbilities = { kind: "web" }) {
  const backend = await createBackend({
    host,
    dataDirectory: temporaryFolder(),
    trustFile: join(temporaryFolder(), "trusted.json"),
    cacheDirectory: temporaryFolder(),
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(ROOT, "out/main/reader-worker.js")),
    readOnly: true,
    initialArchive: null,
    version: "1.2.3",
    log: () => {},
  });
  onTestFinished(() => backend.close());
  const told: Job[] = [];
  backend.onEvent((name, payload) => {
    if (name === "job.changed") told.push(payload as Events["job.changed"]);
  });
  const dispatch = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  return {
    told,
    async call<M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>> {
      const outcome = await dispatch(method, params);
      if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
      return outcome.value as Result<M>;
    },
    async ended(job: Job): Promise<Job> {
      const last = () => told.findLast((other) => other.id === job.id && other.endedAt !== null);
      await expect.poll(last, { timeout: 20_000 }).toBeDefined();
      return last() ?? job;
    },
  };
}

function reference(name: "small" | "edge"): string {
  const folder = temporaryFolder();
  extractReference(name, folder);
  return join(folder, name);
}

it("answers with histories and equal bytes", async () => {
  const app = await start();
  const { id: archiveId } = await app.call("archives.open", { path: reference("small") });
  const { items } = await app.call("rows.list", {
    archiveId,
    sessionId: null,
    sort: { column: "time", direction: "desc" },
    cursor: null,
    limit: 500,
  });
  const orphan = items.find((row) => row.orphan && row.requestInferred && row.checksum !== null);
  if (orphan?.checksum == null) throw new Error("the fixture has such an orphan");
  const history = await app.call("rows.history", { archiveId, ref: orphan.ref, start: 0, limit: 100 });
  expect(history.items.map((item) => item.row.ref)).toContainEqual(orphan.ref);
  expect(history.items[history.own?.place ?? -1]?.row.ref).toEqual(orphan.ref);
  const same = await app.call("rows.sameBytes", { archiveId, checksum: orphan.checksum, cursor: null, limit: 100 });
  const equal = items.filter((row) => row.checksum === orphan.checksum);
  expect(same.items.map((row) => row.ref)).toEqual(equal.map((row) => row.ref));
});

it("verifies an archive, keeps the report, and changes nothing", async () => {
  const app = await start();
  const root = reference("edge");
  const before = folderFingerprint(root);
  const { id: archiveId } = await app.call("archives.open", { path: root });
  const job = await app.call("verify.start", { archiveId });
  // Asking again while it runs gives the same run.
  expect((await app.call("verify.start", { archiveId })).id).toBe(job.id);
  const ended = await app.ended(job);
  expect(ended.state).toEqual({ status: "succeeded" });
  const report = await app.call("verify.report", { jobId: job.id });
  expect(ended.detail).toMatchObject({
    kind: "verify",
    outcome: { intact: false, severities: report.severities },
  });
  expect(report.codes.payload_corrupt).toBeGreaterThan(0);
  expect(report.codes.payload_missing).toBeGreaterThan(0);
  expect(folderFingerprint(root)).toEqual(before);
  const next = await app.call("verify.start", { archiveId });
  expect(next.id).not.toBe(job.id);
  await app.ended(next);
  await expect(app.call("verify.report", { jobId: "none" })).rejects.toThrow("JOB_UNKNOWN");
});

it("saves a report where a native dialog says", async () => {
  let path: string | null = null;
  const app = await start({ kind: "desktop", chooseSaveFile: () => Promise.resolve(path) });
  const { id: archiveId } = await app.call("archives.open", { path: reference("edge") });
  const { id: jobId } = await app.ended(await app.call("verify.start", { archiveId }));
  expect(await app.call("verify.save", { jobId, suggestedName: "r.json" })).toBeNull();
  path = join(temporaryFolder(), "r.json");
  const saved = await app.call("verify.save", { jobId, suggestedName: "r.json" });
  const text = readFileSync(path, "utf8");
  expect(saved).toEqual({ path, sizeBytes: Buffer.byteLength(text) });
  expect(JSON.parse(text)).toEqual(await app.call("verify.report", { jobId }));
  const web = await start();
  const { id } = await web.call("archives.open", { path: reference("small") });
  const other = await web.ended(await web.call("verify.start", { archiveId: id }));
  const saving = web.call("verify.save", { jobId: other.id, suggestedName: "r.json" });
  await expect(saving).rejects.toThrow("HOST_LACKS_DIALOGS");
});

it("stops a run that is cancelled, which then has no report", async () => {
  const app = await start();
  const { id: archiveId } = await app.call("archives.open", { path: reference("small") });
  const job = await app.call("verify.start", { archiveId });
  await app.call("jobs.cancel", { jobId: job.id });
  expect((await app.ended(job)).state).toEqual({ status: "cancelled" });
  await expect(app.call("verify.report", { jobId: job.id })).rejects.toThrow("NOT_FOUND");
});
