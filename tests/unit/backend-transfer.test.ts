/** Exports and imports as a renderer meets them: previews, jobs, reports; with real archives, threads and files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { extractReference, folderFingerprint, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { createBackend, type HostAbilities } from "../../src/backend/backend.ts";
import type { ErrorShape, Job, MethodName, Params, Result } from "../../src/shared/contract.ts";
import { exportUrl } from "../../src/shared/export-url.ts";
import { makeRowArchive } from "../bench/row-archive.ts";
import { ROOT } from "../helpers/root.ts";

const SMALL_SESSION = "2f93a76c-1d8b-456d-8847-0e8c9928a172";

async function start(options: { readOnly?: boolean; host?: HostAbilities } = {}) {
  const backend = await createBackend({
    host: options.host ?? { kind: "web" },
    dataDirectory: temporaryFolder(),
    trustFile: join(temporaryFolder(), "trusted.json"),
    cacheDirectory: temporaryFolder(),
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(ROOT, "out/main/reader-worker.js")),
    readOnly: options.readOnly ?? false,
    initialArchive: null,
    version: "1.2.3",
    log: () => {},
  });
  onTestFinished(() => backend.close());
  const dispatch = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  const call = async <M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> => {
    const outcome = await dispatch(method, params);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.error.code} ${outcome.error.message}`);
    return outcome.value as Result<M>;
  };
  const refused = async <M extends MethodName>(method: M, params: Params<M>): Promise<ErrorShape> => {
    const outcome = await dispatch(method, params);
    if (outcome.ok) throw new Error(`${method} was not refused`);
    return outcome.error;
  };
  const jobNow = async (id: string) => (await call("jobs.list", {})).find((job) => job.id === id);
  const ended = async ({ id }: Job): Promise<Job> => {
    await expect.poll(async () => (await jobNow(id))?.endedAt ?? null, { timeout: 20_000 }).not.toBeNull();
    const job = await jobNow(id);
    if (job === undefined) throw new Error("the job is gone");
    return job;
  };
  const told = new Map<string, Job>();
  backend.onEvent((name, payload) => {
    if (name === "job.changed") told.set((payload as Job).id, payload as Job);
  });
  /** The end of a job that only asks, which is told and not kept. */
  const answered = async ({ id }: Job): Promise<Job | undefined> => {
    await expect.poll(() => told.get(id)?.endedAt ?? null, { timeout: 20_000 }).not.toBeNull();
    return told.get(id);
  };
  const open = async (name: "small" | "edge") => {
    const folder = temporaryFolder();
    extractReference(name, folder);
    return call("archives.open", { path: join(folder, name) });
  };
  return { backend, call, refused, ended, answered, jobNow, open };
}

const asFolder = (path: string, more: { template?: string; existing?: "refuse" | "add" } = {}) => ({
  type: "folder" as const,
  path,
  existing: more.existing ?? ("refuse" as const),
  template: more.template ?? null,
  sidecars: true,
  encoding: "stored" as const,
  duplicates: "once" as const,
});
const NOTHING_MATCHES = [{ key: "kind", value: "no such kind", not: false }] as const;

/** Named with slashes, as a pattern for names has them. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.map((name) => name.replaceAll(sep, "/")).sort();
}

it("writes the requests of rows for other tools, each once, and says which cannot be", async () => {
  const app = await start();
  const { id: archiveId, path } = await app.open("small");
  const sort = { column: "time", direction: "desc" } as const;
  const { items } = await app.call("rows.list", { archiveId, sessionId: null, sort, cursor: null, limit: 50 });
  const refs = items.map(({ ref }) => ref);
  const write = (form: "curl" | "dataio", asFile: boolean) =>
    app.call("rows.snippets", { archiveId, refs: [...refs, ...refs].slice(0, 100), form, asFile });
  const dataio = await write("dataio", true);
  expect(dataio.text?.startsWith(`#!/usr/bin/env bash\ndataio --archive='${path}' fetch --cache=bypass`)).toBe(true);
  expect(dataio.text?.match(/^dataio /gm)).toHaveLength(dataio.count);
  expect(new Set(dataio.kinds)).toEqual(new Set(items.flatMap(({ kind }) => kind ?? [])));
  expect(dataio.count).toBeLessThan(refs.length + 1);
  const curl = await write("curl", false);
  expect(curl.text?.match(/^curl /gm) ?? []).toHaveLength(curl.count);
  expect(curl.obstacles.every((obstacle) => obstacle !== "")).toBe(true);
  expect(await app.refused("rows.snippets", { archiveId, refs: [], form: "curl", asFile: true })).toMatchObject({
    code: "BAD_REQUEST",
  });
});

it("measures and names what would be exported, whatever the scope", async () => {
  const app = await start();
  const { id: archiveId, counts } = await app.open("small");
  const measure = (scope: Params<"export.measure">["scope"]) => app.call("export.measure", { archiveId, scope });
  const sort = { column: "time", direction: "desc" } as const;
  const { items, total } = await app.call("rows.list", { archiveId, sessionId: null, sort, cursor: null, limit: 500 });
  const bytes = (rows: typeof items) => rows.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0);

  expect(await measure({ type: "archive" })).toEqual({ rows: counts.responses, more: false, bytes: bytes(items) });
  expect(total).toBe(counts.responses);
  const three = items.slice(0, 3);
  expect(await measure({ type: "rows", rows: three.map(({ ref }) => ref) })).toEqual({
    rows: 3,
    more: false,
    bytes: bytes(three),
  });
  const ofSession = items.filter((row) => row.sessionId === SMALL_SESSION && row.ref.type === "response");
  expect(ofSession.length).toBeGreaterThan(0);
  expect(await measure({ type: "session", sessionId: SMALL_SESSION })).toEqual({
    rows: ofSession.length,
    more: false,
    bytes: bytes(ofSession),
  });
  const kind = three[0]?.kind ?? "";
  const filter = [{ key: "kind", value: kind, not: false }] as const;
  const ofKind = items.filter((row) => row.kind === kind);
  const filtered = { type: "filter", filter: [...filter], sessionId: null } as const;
  expect(await measure(filtered)).toEqual({ rows: ofKind.length, more: false, bytes: bytes(ofKind) });
  // Words that only the texts of the index know are looked for in them as well.
  const words = { type: "filter", filter: [{ key: "text", value: "http", not: false }], sessionId: null } as const;
  const list = await app.call("rows.list", { archiveId, sort, cursor: null, limit: 1, ...words });
  expect((await measure({ ...words, filter: [...words.filter] })).rows).toBe(list.total);
  // As of a moment what the list shows then is measured.
  const [oldest] = items.toReversed();
  const asOf = oldest?.time ?? null;
  const then = await app.call("rows.list", {
    archiveId,
    sort,
    cursor: null,
    limit: 1,
    filter: [],
    sessionId: null,
    asOf,
  });
  expect(then.total).toBeLessThan(total);
  expect((await measure({ type: "filter", filter: [], sessionId: null, asOf })).rows).toBe(then.total);
  expect(await measure({ type: "filter", filter: [...NOTHING_MATCHES], sessionId: null })).toEqual({
    rows: 0,
    more: false,
    bytes: 0,
  });
  expect(await app.refused("export.measure", { archiveId, scope: { type: "session", sessionId: "x" } })).toMatchObject({
    code: "NOT_FOUND",
  });

  const preview = (template: string | null) =>
    app.call("export.preview", { archiveId, scope: { type: "archive" }, template, limit: 3 });
  const usual = await preview(null);
  expect(usual).toMatchObject({ template: "{source}/{date}/{kind}-{id}.{ext}", problem: null });
  expect(usual.names).toHaveLength(3);
  expect((await preview("{kind}/all.{ext}")).names[0]).toBe(`${kind}/all.${usual.names[0]?.split(".").at(-1)}`);
  const wrong = await preview("{nowhere}");
  expect(wrong.names).toEqual([]);
  expect(wrong.problem).toContain("There is no {nowhere}");
});

it("exports under the names that it showed, says what it could not, and refuses a target that is there", async () => {
  const app = await start({ readOnly: true });
  const { id: archiveId, path } = await app.open("edge");
  const before = folderFingerprint(path);
  const target = join(temporaryFolder(), "out");
  const scope = { type: "archive" } as const;
  const { names } = await app.call("export.preview", { archiveId, scope, template: null, limit: 100 });

  const job = await app.ended(await app.call("export.start", { archiveId, scope, target: asFolder(target) }));
  expect(job).toMatchObject({ title: "Export to out", state: { status: "succeeded" } });
  const report = await app.call("export.report", { jobId: job.id });
  expect(report.target).toBe(target);
  expect(report.exported).toBeGreaterThan(0);
  expect(report.problems.length).toBe(report.problemCount);
  expect(new Set(report.problems.map(({ code }) => code))).toEqual(
    new Set(["PAYLOAD_CORRUPT", "PAYLOAD_MISSING", ...report.problems.map(({ code }) => code)]),
  );
  const { exported, duplicates, bytes, problemCount } = report;
  expect(job.detail).toMatchObject({
    path: target,
    form: "folder",
    bytes,
    outcome: { exported, duplicates, problemCount },
  });
  const written = filesIn(target);
  expect(written).toContain("SHA256SUMS");
  expect(names.filter((name) => written.includes(name)).length).toBeGreaterThan(0);

  const again = await app.ended(await app.call("export.start", { archiveId, scope, target: asFolder(target) }));
  expect(again.state).toMatchObject({ status: "failed", error: { code: "ALREADY_EXISTS" } });
  expect(filesIn(target)).toEqual(written);
  expect(await app.refused("export.report", { jobId: again.id })).toMatchObject({ code: "NOT_FOUND" });
  expect(await app.refused("export.report", { jobId: "none" })).toMatchObject({ code: "JOB_UNKNOWN" });

  // Inside the archive, also by way of a link, nothing is written.
  const link = join(temporaryFolder(), "link");
  // On Windows anyone may make a junction, which is a link to a folder.
  symlinkSync(path, link, "junction");
  for (const inside of [path, join(path, "responses", "x"), join(link, "new", "x")]) {
    const error = await app.refused("export.start", { archiveId, scope, target: asFolder(inside) });
    expect(error).toMatchObject({ code: "PARAMS_INVALID" });
  }
  expect(folderFingerprint(path)).toEqual(before);
  // Beside it there is room, and one whose name begins with the archive's is another folder.
  const beside = await app.call("export.start", { archiveId, scope, target: asFolder(`${path}-out`) });
  expect((await app.ended(beside)).state.status).toBe("succeeded");

  // A host that only reads imports nothing.
  const from = { type: "folder", path: target, source: null } as const;
  expect(await app.refused("import.start", { archiveId, from })).toMatchObject({ code: "READ_ONLY" });
});

it("is fetched by a browser: the file of a job, a folder as a zip, and nothing else", async () => {
  const app = await start();
  const { id: archiveId } = await app.open("small");
  const scope = { type: "session", sessionId: SMALL_SESSION } as const;
  const get = (path: string, init: RequestInit = {}) =>
    app.backend.assets(new Request(`http://127.0.0.1:4000/${path}`, init));
  const csv = { type: "csv", path: "rows é.csv", existing: "refuse", formulas: false } as const;
  const order = { archiveId, scope, download: true };
  const job = await app.ended(await app.call("export.start", { ...order, target: csv }));
  expect(job).toMatchObject({ title: "Export to rows é.csv", state: { status: "succeeded" } });
  const { detail } = job;
  if (detail.kind !== "export") throw new Error("it was an export");
  expect(detail).toMatchObject({ download: "rows é.csv", temporary: true });
  const answer = await get(exportUrl(job.id));
  expect(answer.headers.get("content-disposition")).toContain("attachment");
  expect(answer.headers.get("content-disposition")).toContain("rows%20%C3%A9.csv");
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.length).toBe(Number(answer.headers.get("content-length")));
  expect(bytes.equals(readFileSync(detail.path))).toBe(true);
  expect((await get(exportUrl(job.id), { method: "HEAD" })).headers.get("content-length")).toBe(String(bytes.length));
  expect((await get(exportUrl(job.id), { method: "POST" })).status).toBe(405);
  for (const other of ["none", "..%2f..%2fetc%2fpasswd", `${job.id}%00`]) {
    expect((await get(`export/${other}`)).status, other).toBe(404);
  }
  for (const path of ["../rows.csv", "a/rows.csv", "..", "a\\b", "/etc/rows.csv"]) {
    const error = await app.refused("export.start", { ...order, target: { ...csv, path } });
    expect(error.code, path).toBe("PARAMS_INVALID");
  }

  // What was written into a folder that is there holds others' files as well.
  const out = join(temporaryFolder(), "out");
  const folder = await app.ended(await app.call("export.start", { archiveId, scope, target: asFolder(out) }));
  expect(folder.detail).toMatchObject({ download: "out.zip", temporary: false });
  symlinkSync("/etc/hostname", join(out, "link"));
  const zip = Buffer.from(await (await get(exportUrl(folder.id))).arrayBuffer());
  expect(zip.subarray(0, 2).toString("latin1")).toBe("PK");
  for (const name of ["MANIFEST.json", "SHA256SUMS"]) expect(zip.includes(name)).toBe(true);
  expect(zip.includes("link")).toBe(false);
  const added = asFolder(out, { existing: "add" });
  const more = await app.ended(await app.call("export.start", { archiveId, scope, target: added }));
  expect(more).toMatchObject({ state: { status: "succeeded" }, detail: { download: null } });
  expect((await get(exportUrl(more.id))).status).toBe(404);

  // The last few are kept, and none of them longer than the host.
  let last = job;
  for (let number = 0; number < 5; number += 1) {
    last = await app.ended(await app.call("export.start", { ...order, target: { ...csv, path: `${number}.csv` } }));
  }
  expect(existsSync(detail.path)).toBe(false);
  expect((await get(exportUrl(job.id))).status).toBe(404);
  expect((await get(exportUrl(last.id))).status).toBe(200);
  if (last.detail.kind !== "export") throw new Error("it was an export");
  await app.backend.close();
  expect(existsSync(last.detail.path)).toBe(false);
  const desktop = await start({ host: { kind: "desktop" } });
  const { id } = await desktop.open("small");
  expect(await desktop.refused("export.start", { ...order, archiveId: id, target: csv })).toMatchObject({
    code: "PARAMS_INVALID",
  });
});

it("is cancelled, and leaves nothing", async () => {
  const app = await start();
  const path = join(temporaryFolder(), "big");
  makeRowArchive(path, 20_000);
  const { id: archiveId } = await app.call("archives.open", { path });
  const folder = temporaryFolder();
  const target = { type: "ndjson", path: join(folder, "out.ndjson"), existing: "refuse" } as const;
  const job = await app.call("export.start", { archiveId, scope: { type: "archive" }, target });
  const state = async () => (await app.jobNow(job.id))?.state;
  await expect.poll(state, { interval: 5 }).toMatchObject({ status: "running", total: 20_000 });
  expect(readdirSync(folder)).not.toEqual([]);
  await app.call("jobs.cancel", { jobId: job.id });
  expect((await app.ended(job)).state).toEqual({ status: "cancelled" });
  expect(readdirSync(folder)).toEqual([]);
});

it("imports what was exported: first only in words, then once, and says of each row where it came from", async () => {
  const app = await start();
  const { id: archiveId } = await app.open("small");
  const subset = join(temporaryFolder(), "subset");
  const exported = await app.call("export.start", {
    archiveId,
    scope: { type: "session", sessionId: SMALL_SESSION },
    target: { type: "archive", path: subset, existing: "refuse" },
  });
  expect((await app.ended(exported)).state).toEqual({ status: "succeeded" });

  const fresh = await app.call("archives.create", { path: join(temporaryFolder(), "fresh") });
  const from = { type: "archive", path: subset, source: null } as const;
  const before = folderFingerprint(fresh.path);
  const preview = await app.call("import.preview", { archiveId: fresh.id, from });
  expect(app.backend.runningJobs()).toEqual([]);
  expect((await app.answered(preview))?.state).toEqual({ status: "succeeded" });
  expect((await app.call("jobs.list", {})).map(({ id }) => id)).toEqual([exported.id]);
  const planned = await app.call("import.report", { jobId: preview.id });
  expect(planned).toMatchObject({ dryRun: true, present: 0 });
  expect(planned.added.responses).toBeGreaterThan(0);
  expect(folderFingerprint(fresh.path)).toEqual(before);

  await app.call("archives.setReadOnly", { archiveId: fresh.id, readOnly: true });
  expect(await app.refused("import.start", { archiveId: fresh.id, from })).toMatchObject({ code: "READ_ONLY" });
  await app.call("archives.setReadOnly", { archiveId: fresh.id, readOnly: false });
  const first = await app.ended(await app.call("import.start", { archiveId: fresh.id, from }));
  expect(first).toMatchObject({ title: "Import subset", state: { status: "succeeded" } });
  expect((await app.call("import.report", { jobId: first.id })).added).toEqual(planned.added);
  expect((await app.call("archives.get", { archiveId: fresh.id })).counts.responses).toBe(planned.added.responses);

  const sort = { column: "time", direction: "desc" } as const;
  const page = { archiveId: fresh.id, sessionId: SMALL_SESSION, sort, cursor: null, limit: 100 } as const;
  const [row] = (await app.call("rows.list", page)).items;
  if (row === undefined) throw new Error("no row was imported");
  const { importedFrom } = await app.call("rows.get", { archiveId: fresh.id, ref: row.ref });
  expect(importedFrom).toMatchObject({ kind: "archive", name: "subset", originalId: row.ref.id });

  const second = await app.ended(await app.call("import.start", { archiveId: fresh.id, from }));
  expect(second.detail).toMatchObject({
    outcome: { added: { sessions: 0, requests: 0, responses: 0 }, present: planned.added.responses },
  });
  const missing = { type: "har", path: join(temporaryFolder(), "none.har"), source: null } as const;
  const failed = await app.answered(await app.call("import.preview", { archiveId: fresh.id, from: missing }));
  expect(failed?.state).toMatchObject({ status: "failed", error: { code: "NOT_FOUND" } });
});

it("shows what it exported and asks for files with the host's own dialogs, where there are any", async () => {
  const shown: string[] = [];
  const host: HostAbilities = {
    kind: "desktop",
    chooseFolder: async (purpose) => `/chosen to ${purpose}`,
    chooseFile: async (endings) => `/chosen${endings[0]}`,
    revealFile: (path) => void shown.push(path),
  };
  const app = await start({ host });
  expect(await app.call("host.chooseFolder", { purpose: "export" })).toEqual({ path: "/chosen to export" });
  expect(await app.call("host.chooseFile", { endings: [".har"] })).toEqual({ path: "/chosen.har" });
  const { id: archiveId } = await app.open("small");
  const target = {
    type: "csv",
    path: join(temporaryFolder(), "rows.csv"),
    existing: "refuse",
    formulas: false,
  } as const;
  const job = await app.ended(await app.call("export.start", { archiveId, scope: { type: "archive" }, target }));
  expect(readFileSync(target.path, "utf8").split("\n").length).toBeGreaterThan(60);
  await app.call("host.reveal", { jobId: job.id });
  expect(shown).toEqual([target.path]);
  expect(await app.refused("host.reveal", { jobId: "none" })).toMatchObject({ code: "JOB_UNKNOWN" });
  const web = await start();
  expect(await web.refused("host.chooseFile", { endings: [] })).toMatchObject({ code: "HOST_LACKS_DIALOGS" });
  expect(await web.refused("host.reveal", { jobId: job.id })).toMatchObject({ code: "HOST_LACKS_DIALOGS" });
});

it("lists files only where they are asked for, by their endings", async () => {
  const app = await start();
  const folder = temporaryFolder();
  mkdirSync(join(folder, "inner.har"));
  for (const name of ["a.har", "B.HAR", "c.warc.gz", "d.txt", ".hidden.har"]) writeFileSync(join(folder, name), "");
  expect((await app.call("folders.list", { path: folder })).files).toEqual([]);
  const { files, folders } = await app.call("folders.list", { path: folder, endings: [".har", ".warc.gz"] });
  expect(files.map(({ name }) => name)).toEqual(["a.har", "B.HAR", "c.warc.gz"]);
  expect(folders.map(({ name }) => name)).toEqual(["inner.har"]);
  expect(files.every(({ path }) => existsSync(path))).toBe(true);
});
