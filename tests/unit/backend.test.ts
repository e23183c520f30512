/** The backend as a renderer meets it: through its dispatcher, with real archives, servers and files. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { extractReference, folderFingerprint, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { type Backend, createBackend, type HostAbilities } from "../../src/backend/backend.ts";
import type {
  BrowseRow,
  CallParams,
  ErrorShape,
  Events,
  FetchItem,
  Job,
  MethodName,
  OpenArchive,
  Result,
} from "../../src/shared/contract.ts";
import { serveLoopback } from "../helpers/loopback.ts";
import { ROOT } from "../helpers/root.ts";

interface Driven {
  readonly backend: Backend;
  readonly events: { readonly name: string; readonly payload: unknown }[];
  call<M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>>;
  /** The error that the call is refused with. */
  refused<M extends MethodName>(method: M, params: CallParams<M>): Promise<ErrorShape>;
  /** Waits for a job's end. */
  ended(job: Job): Promise<Job>;
  /** How the requests of a fetch job stand, in their order. */
  states(job: Job): Promise<readonly FetchItem["state"][]>;
}

async function start(
  options: { dataDirectory?: string; cacheDirectory?: string; readOnly?: boolean; host?: HostAbilities } = {},
): Promise<Driven> {
  const backend = await createBackend({
    host: options.host ?? { kind: "web" },
    dataDirectory: options.dataDirectory ?? temporaryFolder(),
    trustFile: join(temporaryFolder(), "trusted.json"),
    cacheDirectory: options.cacheDirectory ?? temporaryFolder(),
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(ROOT, "out/main/reader-worker.js")),
    readOnly: options.readOnly ?? false,
    initialArchive: null,
    version: "1.2.3",
    log: () => {},
  });
  onTestFinished(() => backend.close());
  const events: { name: string; payload: unknown }[] = [];
  backend.onEvent((name, payload) => events.push({ name, payload }));
  const dispatch = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  return {
    backend,
    events,
    async call(method, params) {
      const outcome = await dispatch(method, params);
      if (!outcome.ok) throw new Error(`${method}: ${outcome.error.code} ${outcome.error.message}`);
      return outcome.value as Result<typeof method>;
    },
    async refused(method, params) {
      const outcome = await dispatch(method, params);
      if (outcome.ok) throw new Error(`${method} was not refused`);
      return outcome.error;
    },
    async states({ id }) {
      const outcome = await dispatch("fetch.items", { jobId: id, since: 0, limit: 5_000 });
      if (!outcome.ok) throw new Error(outcome.error.message);
      const { items } = outcome.value as Result<"fetch.items">;
      return items.toSorted((one, other) => one.place - other.place).map(({ item }) => item.state);
    },
    async ended(job) {
      await expect.poll(() => find(job.id)?.endedAt ?? null, { timeout: 20_000 }).not.toBeNull();
      const found = find(job.id);
      if (found === undefined) throw new Error("the job is gone");
      return found;
    },
  };
  function find(id: string): Job | undefined {
    return events
      .filter((event) => event.name === "job.changed")
      .map((event) => event.payload as Events["job.changed"])
      .findLast((job) => job.id === id);
  }
}

async function openReference(app: Driven, name: "small" | "edge"): Promise<OpenArchive> {
  const folder = temporaryFolder();
  extractReference(name, folder);
  return app.call("archives.open", { path: join(folder, name) });
}

const rowsOf = (archiveId: string, sessionId: string | null) =>
  ({ archiveId, sessionId, sort: { column: "time", direction: "asc" }, cursor: null, limit: 100 }) as const;
const sessionOf = (job: Job) => (job.detail.kind === "fetch" ? job.detail.sessionId : null);

describe("opening", () => {
  it("gives an archive, by its folder or its database, once", async () => {
    const app = await start();
    const archive = await openReference(app, "small");
    expect(archive).toMatchObject({
      name: "small",
      readOnly: true,
      canWrite: true,
      extended: false,
      journalMode: "delete",
    });
    expect(archive.counts).toEqual({ sessions: 8, requests: 59, responses: 65 });
    expect((await app.call("archives.open", { path: join(archive.path, "dataio.sqlite") })).id).toBe(archive.id);
    expect((await app.call("archives.open", { path: `${archive.path}/.` })).id).toBe(archive.id);
    await app.call("archives.close", { archiveId: archive.id });
    expect(await app.refused("rows.list", rowsOf(archive.id, null))).toMatchObject({ code: "ARCHIVE_NOT_OPEN" });
  });

  it("says what is wrong with anything else", async () => {
    const app = await start();
    const folder = temporaryFolder();
    const open = (path: string) => app.refused("archives.open", { path });
    expect((await open(join(folder, "nowhere"))).code).toBe("NOT_AN_ARCHIVE");
    expect((await open(folder)).code).toBe("NOT_AN_ARCHIVE");
    writeFileSync(join(folder, "dataio.sqlite"), "no database at all, but quite some text to read".repeat(20));
    expect((await open(folder)).code).toBe("NOT_A_DATABASE");
    writeFileSync(join(folder, "dataio.sqlite"), "");
    expect((await open(folder)).code).toBe("SCHEMA_UNKNOWN");
  });

  it("is remembered, newest first, until it is forgotten, also by the next start", async () => {
    const dataDirectory = temporaryFolder();
    const app = await start({ dataDirectory });
    const [small, edge] = [await openReference(app, "small"), await openReference(app, "edge")];
    // With what one looked at in it, which others do not have.
    const view = { filter: "kind:search", row: { type: "response", id: "r" } } as const;
    await app.call("archives.keepView", { archiveId: edge.id, view });
    await openReference(app, "small");
    const later = await start({ dataDirectory });
    const paths = async () => (await later.call("archives.recent", {})).map((recent) => recent.path);
    expect((await paths()).slice(1)).toEqual([edge.path, small.path]);
    expect((await later.call("archives.open", { path: edge.path })).lastView).toEqual(view);
    expect((await later.call("archives.open", { path: small.path })).lastView).toBeNull();
    await later.call("archives.forget", { path: edge.path });
    expect(await paths()).not.toContain(edge.path);
    await later.call("archives.keepView", {
      archiveId: (await later.call("archives.open", { path: small.path })).id,
      view,
    });
    expect((await later.call("archives.open", { path: edge.path })).lastView).toBeNull();
  });

  it("survives settings that cannot be read, and keeps them aside", async () => {
    const dataDirectory = temporaryFolder();
    writeFileSync(join(dataDirectory, "settings.json"), '{"theme": "purple"');
    const app = await start({ dataDirectory });
    expect((await app.call("app.info", {})).settings.theme).toBe("system");
    expect(existsSync(join(dataDirectory, "settings.json.unreadable"))).toBe(true);
    await app.call("settings.update", { theme: "dark", panes: { main: { rail: 20 } } });
    await app.call("settings.update", { panes: { inspector: { right: 30 } } });
    const { settings } = await (await start({ dataDirectory })).call("app.info", {});
    expect(settings).toMatchObject({ theme: "dark", panes: { main: { rail: 20 }, inspector: { right: 30 } } });
  });
});

describe("fetching", () => {
  it("runs composed requests as a job, archives them, and says how each ended", async () => {
    const origin = await serveLoopback((request, response) => {
      if (request.url === "/missing") response.writeHead(404).end("no such thing");
      else response.writeHead(200, { "content-type": "application/json" }).end('{"price":1.10}');
    });
    const app = await start();
    const { id: archiveId } = await app.call("archives.create", { path: join(temporaryFolder(), "mine") });
    const request = (kind: string, url: string) =>
      ({ kind, method: "GET", paramsJson: JSON.stringify({ url }), bodyJson: null }) as const;
    const started = await app.call("fetch.start", {
      archiveId,
      source: "demo",
      adapter: "http",
      cache: "default",
      requests: [
        request("price", `${origin}/price`),
        request("missing", `${origin}/missing`),
        request("refused", "http://127.0.0.1:9/"),
      ],
    });
    expect(started.state.status).toBe("queued");
    const job = await app.ended(started);
    expect(job.state.status).toBe("succeeded");
    const [first, second, third] = await app.states(job);
    expect(first).toMatchObject({ status: "acquired", change: "new", sizeBytes: 14 });
    expect(second).toMatchObject({ status: "failed", row: { type: "response" }, attempts: 1 });
    expect(third).toMatchObject({
      status: "failed",
      error: { code: "NETWORK_FAILED" },
      row: { type: "resolution" },
    });
    const page = await app.call("rows.list", rowsOf(archiveId, sessionOf(job)));
    expect(page.items.map((row) => [row.kind, row.status]).sort()).toEqual([
      ["missing", "error"],
      ["price", "ok"],
      ["refused", "failed"],
    ]);
    const refused = page.items.find((row) => row.kind === "refused");
    expect(refused?.failure?.message).toContain("127.0.0.1:9");
    await expect.poll(() => app.events.filter((event) => event.name === "archive.changed").length).toBeGreaterThan(0);

    const again = await app.ended(
      await app.call("fetch.start", {
        archiveId,
        source: "demo",
        adapter: "http",
        cache: "default",
        requests: [request("price", `${origin}/price`)],
      }),
    );
    expect((await app.states(again))[0]).toMatchObject({ status: "reused", row: { type: "resolution" } });
  });

  it("fetches archived rows again, and tells changed from unchanged", async () => {
    let answer = "one";
    const origin = await serveLoopback((_request, response) => response.end(answer));
    const app = await start();
    const { id: archiveId } = await app.call("archives.create", { path: join(temporaryFolder(), "mine") });
    const first = await app.ended(
      await app.call("fetch.start", {
        archiveId,
        source: "demo",
        adapter: "http",
        cache: "bypass",
        requests: [{ kind: "k", method: "GET", paramsJson: `{"url":"${origin}/","timeout":30.0}`, bodyJson: null }],
      }),
    );
    const [state] = await app.states(first);
    if (state?.status !== "acquired") throw new Error("the first fetch has a row");
    const unchanged = await app.ended(await app.call("fetch.again", { archiveId, rows: [state.row] }));
    expect((await app.states(unchanged))[0]).toMatchObject({ status: "acquired", change: "unchanged" });
    answer = "two";
    const changed = await app.ended(await app.call("fetch.again", { archiveId, rows: [state.row, state.row] }));
    expect(changed.detail).toMatchObject({ only: { state: { status: "acquired", change: "changed" } } });
    const { total } = await app.call("rows.list", rowsOf(archiveId, null));
    expect(total).toBe(3);
    expect((await app.call("archives.get", { archiveId })).counts.requests).toBe(1);
  });

  it("is cancelled, and says so of what was running and what had not begun", async () => {
    const origin = await serveLoopback((_request, response) => response.write("and then nothing"));
    const app = await start();
    const { id: archiveId } = await app.call("archives.create", { path: join(temporaryFolder(), "mine") });
    const requests = Array.from({ length: 6 }, (_, number) => ({
      kind: `k${number}`,
      method: "GET" as const,
      paramsJson: JSON.stringify({ url: `${origin}/${number}` }),
      bodyJson: null,
    }));
    const job = await app.call("fetch.start", { archiveId, source: "s", adapter: "http", cache: "default", requests });
    await expect
      .poll(async () => (await app.call("jobs.list", {}))[0]?.detail)
      .toMatchObject({ counts: { running: 4, queued: 2 }, only: null });
    await app.call("jobs.cancel", { jobId: job.id });
    const ended = await app.ended(job);
    expect(ended.state.status).toBe("cancelled");
    expect((await app.states(ended)).map(({ status }) => status)).toEqual(Array(6).fill("cancelled"));
    const rows = await app.call("rows.list", rowsOf(archiveId, sessionOf(ended)));
    expect(rows.items.map((row) => row.failure?.code)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED", "CANCELLED"]);
    const [session] = (await app.call("sessions.list", { archiveId, cursor: null, limit: 1 })).items;
    expect(session?.endedAt).not.toBeNull();
  });

  it("is refused while the archive is read-only, where no adapter fits, and for what is no JSON object", async () => {
    const app = await start();
    const { id: archiveId, path } = await openReference(app, "small");
    const before = folderFingerprint(path);
    const rows = (await app.call("rows.list", rowsOf(archiveId, null))).items;
    const order = (kind: string) =>
      rows
        .filter((row) => row.kind === kind)
        .slice(0, 1)
        .map((row) => row.ref);
    const compose = (paramsJson: string) => ({
      archiveId,
      source: "s",
      adapter: "http" as const,
      cache: "default" as const,
      requests: [{ kind: "k", method: "GET" as const, paramsJson, bodyJson: null }],
    });
    expect((await app.refused("fetch.again", { archiveId, rows: order("sitemap") })).code).toBe("READ_ONLY");
    expect((await app.refused("fetch.start", compose('{"url":"http://127.0.0.1:9"}'))).code).toBe("READ_ONLY");
    expect(folderFingerprint(path)).toEqual(before);
    await app.call("archives.setReadOnly", { archiveId, readOnly: false });
    expect((await app.refused("fetch.again", { archiveId, rows: order("search") })).code).toBe("ADAPTER_UNKNOWN");
    expect((await app.refused("fetch.again", { archiveId, rows: order("place_order") })).code).toBe("ADAPTER_UNKNOWN");
    expect((await app.refused("fetch.again", { archiveId, rows: order("cancel_order") })).code).toBe(
      "CAPABILITY_MISSING",
    );
    expect((await app.refused("fetch.again", { archiveId, rows: [...order("sitemap"), ...order("ping")] })).code).toBe(
      "PARAMS_INVALID",
    );
    expect((await app.refused("fetch.start", compose("[1]"))).code).toBe("PARAMS_INVALID");
    expect((await app.refused("fetch.start", compose("{"))).code).toBe("JSON_INVALID");
    expect(folderFingerprint(path)).toEqual(before);
  });

  it("into Python's archive leaves Python's rows as they are", async () => {
    const app = await start();
    const { id: archiveId, path } = await openReference(app, "small");
    const tables = () => {
      const db = new Database(join(path, "dataio.sqlite"), { readonly: true });
      const rows = ["sessions", "requests", "responses"].map((table) =>
        db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all(),
      );
      db.close();
      return rows;
    };
    const before = tables();
    await app.call("archives.setReadOnly", { archiveId, readOnly: false });
    const file = join(temporaryFolder(), "positions.csv");
    writeFileSync(file, "a,b\n1,2\n");
    const job = await app.ended(
      await app.call("fetch.start", {
        archiveId,
        source: "house",
        adapter: "local-file",
        cache: "default",
        requests: [{ kind: "positions", method: "GET", paramsJson: JSON.stringify({ path: file }), bodyJson: null }],
      }),
    );
    expect((await app.states(job))[0]).toMatchObject({ status: "acquired" });
    for (const [table, rows] of tables().entries()) expect(rows.slice(0, before[table]?.length)).toEqual(before[table]);
    await expect.poll(async () => (await app.call("archives.get", { archiveId })).extended).toBe(true);
  });
});

it("makes the sample once, by real sessions, and serves it for fetching again", async () => {
  const app = await start();
  const job = await app.ended(await app.call("archives.createSample", {}));
  expect(job.state.status).toBe("succeeded");
  const path = job.detail.kind === "sample" ? job.detail.path : null;
  const archive = await app.call("archives.open", { path: path ?? "" });
  const sessions = (await app.call("sessions.list", { archiveId: archive.id, cursor: null, limit: 50 })).items;
  expect(sessions).toHaveLength(6);
  expect(new Set(sessions.map((session) => session.day)).size).toBe(3);
  expect(new Set(sessions.map((session) => session.source))).toEqual(
    new Set(["demo-market", "demo-news", "house-files"]),
  );
  const rows: BrowseRow[] = [];
  for (const session of sessions) rows.push(...(await app.call("rows.list", rowsOf(archive.id, session.id))).items);
  const types = new Set(rows.map((row) => row.mediaType));
  for (const type of ["application/json", "text/csv", "text/html", "image/png", "text/plain", "application/gzip"]) {
    expect(types).toContain(type);
  }
  expect(new Set(rows.map((row) => row.status))).toEqual(new Set(["ok", "error", "failed", "reused"]));
  const again = async (kind: string) => {
    const row = rows.find((candidate) => candidate.kind === kind && candidate.status === "ok");
    if (row === undefined) throw new Error(`the sample has ${kind}`);
    const job = await app.ended(await app.call("fetch.again", { archiveId: archive.id, rows: [row.ref] }));
    return (await app.states(job))[0];
  };
  expect(await again("instruments")).toMatchObject({ status: "acquired", change: "unchanged" });
  expect(await again("quote")).toMatchObject({ status: "acquired", change: "changed" });
  const second = await app.ended(await app.call("archives.createSample", {}));
  expect(second.detail).toMatchObject({ path });
});

it("tells of rows that another process writes, without being asked", async () => {
  const app = await start();
  const { id, path } = await openReference(app, "small");
  const writer = spawn(process.execPath, [join(ROOT, "packages/dataio/test/pipeline-writer.ts"), path, "5"], {
    stdio: "ignore",
  });
  await new Promise((resolve) => writer.once("exit", resolve));
  await expect
    .poll(() => app.events.filter((event) => event.name === "archive.changed").at(-1)?.payload, { timeout: 5_000 })
    .toMatchObject({ archive: { id, extended: false, counts: { sessions: 9, responses: 70 } } });
});

it("reads the file that took the place of a database, and writes into it", async ({ skip }) => {
  skip(process.platform === "win32", "Windows keeps a file in its place as long as it is open");
  const app = await start();
  const archive = await app.call("archives.create", { path: join(temporaryFolder(), "archive") });
  const { id: archiveId } = archive;
  expect(archive.readOnly).toBe(false);
  const url = await serveLoopback((_request, response) => response.end("{}"));
  const request = { kind: "k", method: "GET", paramsJson: JSON.stringify({ url }), bodyJson: null } as const;
  const fetchOne = async () => {
    const order = { archiveId, source: "demo", adapter: "http", cache: "default" } as const;
    const job = await app.ended(await app.call("fetch.start", { ...order, requests: [request] }));
    expect((await app.states(job))[0]).toMatchObject({ status: "acquired" });
  };
  await fetchOne();
  extractReference("small", archive.path);
  // As a copy that was restored, or that another machine sends: written aside, then renamed.
  for (const suffix of ["-wal", "-shm"]) rmSync(join(archive.path, `dataio.sqlite${suffix}`), { force: true });
  renameSync(join(archive.path, "small/dataio.sqlite"), join(archive.path, "dataio.sqlite"));
  await expect
    .poll(async () => (await app.call("archives.get", { archiveId })).counts, { timeout: 5_000 })
    .toMatchObject({ sessions: 8 });
  const { items } = await app.call("sessions.list", { archiveId, cursor: null, limit: 20 });
  expect(items).toHaveLength(8);
  expect(await app.call("archives.get", { archiveId })).toMatchObject({ readOnly: true, extended: false });
  await app.call("archives.setReadOnly", { archiveId, readOnly: false });
  await fetchOne();
  expect((await app.call("archives.get", { archiveId })).counts.sessions).toBe(9);
});

it("lists folders, marks archives, and says when it may not look", async () => {
  const app = await start();
  const folder = temporaryFolder();
  extractReference("small", folder);
  mkdirSync(join(folder, "plain"));
  writeFileSync(join(folder, "file.txt"), "");
  const listing = await app.call("folders.list", { path: folder });
  expect(listing.folders.map((entry) => [entry.name, entry.isArchive])).toEqual([
    ["plain", false],
    ["small", true],
  ]);
  expect((await app.call("folders.list", { path: join(folder, "small") })).isArchive).toBe(true);
  expect((await app.call("folders.list", { path: "/" })).parent).toBeNull();
  expect((await app.refused("folders.list", { path: join(folder, "none") })).code).toBe("NOT_FOUND");
  chmodSync(join(folder, "plain"), 0o755);
});

describe("saving", () => {
  it("copies a verified payload to where the person says, and nothing when the dialog is dismissed", async () => {
    const target = join(temporaryFolder(), "saved.json");
    let answer: string | null = target;
    const host: HostAbilities = { kind: "desktop", chooseFolder: async () => null, chooseSaveFile: async () => answer };
    const app = await start({ host });
    expect((await app.call("app.info", {})).nativeDialogs).toBe(true);
    const text = { suggestedName: "order.py", text: "import requests\n" };
    expect(await app.call("host.saveText", text)).toEqual({ path: target, sizeBytes: 16 });
    expect(readFileSync(target, "utf8")).toBe(text.text);
    const { id: archiveId } = await openReference(app, "small");
    const row = (await app.call("rows.list", rowsOf(archiveId, null))).items.find(
      (item) => item.mediaType === "application/json",
    );
    const { payload } = await app.call("rows.get", { archiveId, ref: row?.ref ?? { type: "response", id: "" } });
    const { checksum = "", suggestedName = "", sizeBytes = 0 } = payload ?? {};
    const saved = await app.call("host.savePayload", { archiveId, checksum, suggestedName });
    expect(saved).toEqual({ path: target, sizeBytes });
    expect(readFileSync(target).length).toBe(sizeBytes);
    answer = null;
    expect(await app.call("host.savePayload", { archiveId, checksum, suggestedName })).toBeNull();
  });

  it("refuses damaged bytes unless they are asked for, and hosts without dialogs refuse", async () => {
    const target = join(temporaryFolder(), "saved.bin");
    const revealed: string[] = [];
    const host: HostAbilities = {
      kind: "desktop",
      chooseFolder: async () => null,
      chooseSaveFile: async () => target,
      revealFile: (shown) => void revealed.push(shown),
    };
    const app = await start({ host });
    const { id: archiveId, path } = await openReference(app, "edge");
    const checksum = "3e75fb680c226d24a6e292f52357f2b94bd9447cd5ce5c0f7adbc0fc6825fd1f";
    const order = { archiveId, checksum, suggestedName: "x.bin" };
    expect((await app.refused("host.savePayload", order)).code).toBe("PAYLOAD_CORRUPT");
    expect(existsSync(target)).toBe(false);
    expect(await app.call("host.savePayload", { ...order, evenIfDamaged: true })).toMatchObject({ path: target });
    expect(await app.call("payloads.check", { archiveId, checksum })).toMatchObject({ state: "corrupt" });
    expect(revealed).toEqual([]);
    expect(await app.call("host.revealPayload", { archiveId, checksum })).toBeNull();
    expect(revealed).toEqual([join(path, "responses", `${checksum}.bin`)]);
    const missing = await app.refused("host.revealPayload", { archiveId, checksum: "0".repeat(64) });
    expect(missing.code).toBe("PAYLOAD_MISSING");
    expect((await (await start()).refused("host.revealPayload", { archiveId, checksum })).code).toBe(
      "HOST_LACKS_DIALOGS",
    );
    expect((await (await start()).refused("host.chooseFolder", { purpose: "open" })).code).toBe("HOST_LACKS_DIALOGS");
  });
});

it("started read-only changes nothing and creates nothing", async () => {
  const app = await start({ readOnly: true });
  const { id: archiveId, canWrite } = await openReference(app, "small");
  expect(canWrite).toBe(false);
  expect((await app.refused("archives.setReadOnly", { archiveId, readOnly: false })).code).toBe("READ_ONLY");
  expect((await app.refused("archives.create", { path: join(temporaryFolder(), "new") })).code).toBe("READ_ONLY");
  expect((await app.refused("archives.createSample", {})).code).toBe("READ_ONLY");
});
