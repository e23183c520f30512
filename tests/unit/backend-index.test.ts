/** Filters and facets as a renderer asks for them: through the dispatcher, with a worker that keeps the index. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { Replay } from "../../packages/dataio/src/index.ts";
import { extractReference, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { isWindows, NO_REPLACING } from "../../packages/dataio/test/platform.ts";
import { createBackend } from "../../src/backend/backend.ts";
import type { BrowseRow, CallParams, Events, IndexState, MethodName, Result } from "../../src/shared/contract.ts";
import { parseFilter } from "../../src/shared/filter-text.ts";
import { makeRowArchive } from "../bench/row-archive.ts";
import { ROOT } from "../helpers/root.ts";

async function start(cacheDirectory: string) {
  const backend = await createBackend({
    host: { kind: "web" },
    dataDirectory: temporaryFolder(),
    trustFile: join(temporaryFolder(), "trusted.json"),
    cacheDirectory,
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(ROOT, "out/main/reader-worker.js")),
    readOnly: false,
    initialArchive: null,
    version: "1.2.3",
    log: () => {},
  });
  onTestFinished(() => backend.close());
  const events: Events["index.changed"][] = [];
  const changes: string[] = [];
  backend.onEvent((name, payload) => {
    if (name === "index.changed") events.push(payload as Events["index.changed"]);
    if (name === "archive.changed") changes.push(name);
  });
  const outcome = (method: string, params: unknown, signal = new AbortController().signal) =>
    backend.dispatch(method, params, signal);
  async function call<M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>> {
    const result = await outcome(method, params);
    if (!result.ok) throw new Error(`${method}: ${result.error.code} ${result.error.message}`);
    return result.value as Result<M>;
  }
  const folder = temporaryFolder();
  extractReference("small", folder);
  const path = join(folder, "small");
  const archive = await call("archives.open", { path });
  const rowsOf = (text: string, column: CallParams<"rows.list">["sort"]["column"] = "time") => ({
    archiveId: archive.id,
    sessionId: null,
    filter: parseFilter(text).filter,
    sort: { column, direction: "desc" as const },
    cursor: null,
    limit: 500,
  });
  return { archiveId: archive.id, path, events, changes, outcome, call, rowsOf };
}

describe("a filter", () => {
  it("waits for the index right after opening, then lists and counts what fulfils it", async () => {
    const app = await start(join(temporaryFolder(), "cache"));
    const [page, facets] = await Promise.all([
      app.call("rows.list", app.rowsOf("source:justetf -status:error integrity:ok")),
      app.call("facets.list", {
        archiveId: app.archiveId,
        sessionId: null,
        filter: parseFilter("source:justetf").filter,
      }),
    ]);
    const all = (await app.call("rows.list", app.rowsOf(""))).items;
    const matches = (row: BrowseRow) => row.source === "justetf" && row.status !== "error" && row.payload === "ok";
    expect(page.items).toEqual(all.filter(matches));
    expect(page).toMatchObject({ total: all.filter(matches).length, nextCursor: null });
    expect(facets.exact).toBe(true);
    const kinds = Object.fromEntries(facets.facets.kind.map(({ value, count }) => [value, count]));
    for (const kind of new Set(all.map((row) => row.kind))) {
      const count = all.filter((row) => row.source === "justetf" && row.kind === kind).length;
      expect(kinds[String(kind)] ?? 0, String(kind)).toBe(kind === null ? (kinds.null ?? 0) : count);
    }
    const ready = {
      state: "ready",
      pending: 0,
      searchesText: true,
      searchPending: 0,
      payloadText: { state: "off" },
    };
    await expect.poll(() => app.events.at(-1)).toEqual({ archiveId: app.archiveId, index: ready });
    expect(await app.call("index.get", { archiveId: app.archiveId })).toEqual(ready);
  });

  it("stands beside a moment, which leaves one good response to each request", async () => {
    const app = await start(temporaryFolder());
    const all = (await app.call("rows.list", app.rowsOf("status:ok"))).items;
    const moment = all[Math.floor(all.length / 2)]?.time ?? "";
    const then = await app.call("rows.list", { ...app.rowsOf("status:ok"), asOf: moment });
    expect(then.total).toBe(then.items.length);
    using replay = new Replay(app.path);
    const view = replay.asOf(moment);
    const hashed = new Database(join(app.path, "dataio.sqlite"), { readonly: true });
    const identities = hashed
      .prepare<[], { id: string; hash: string; source: string }>(
        "SELECT q.id, q.hash, s.source FROM requests q JOIN sessions s ON s.id = q.session_id WHERE q.hash IS NOT NULL",
      )
      .all();
    hashed.close();
    const ofHash = new Set(identities.map(({ id }) => id));
    const served = identities.flatMap(({ hash, source }) => view.response(hash, source)?.id ?? []);
    expect(served.length).toBeGreaterThan(5);
    const listed = then.items.filter((row) => !row.orphan && ofHash.has(row.requestId ?? ""));
    expect(listed.map((row) => row.ref.id).toSorted()).toEqual(served.toSorted());
    const query = { archiveId: app.archiveId, sessionId: null, filter: [], asOf: moment };
    const { facets } = await app.call("facets.list", query);
    expect(facets.status.find(({ value }) => value === "ok")?.count).toBe(then.total);
    const none = await app.outcome("rows.list", { ...app.rowsOf(""), asOf: "yesterday" });
    expect(none).toMatchObject({ ok: false, error: { code: "TIMESTAMP_INVALID" } });
  });

  it("has tables of requests and of sessions beside it", async () => {
    const app = await start(temporaryFolder());
    const { archiveId } = app;
    const all = (await app.call("rows.list", app.rowsOf("status:ok"))).items;
    const list = { archiveId, sessionId: null, filter: parseFilter("status:ok").filter, cursor: null, limit: 500 };
    const sort = { column: "responses", direction: "desc" } as const;
    const { items, total } = await app.call("identities.list", { ...list, sort });
    expect(total).toBe(items.length);
    const known = all.filter((row) => row.requestId !== null);
    expect(items.reduce((sum, item) => sum + item.responses, 0)).toBe(known.length);
    const [most] = items;
    const own = await app.call("rows.list", app.rowsOf(`request:${most?.requestId} status:ok`));
    expect(own.total).toBe(most?.responses);
    const first = await app.call("identities.list", { ...list, limit: 2, sort });
    const next = await app.call("identities.list", { ...list, limit: 2, sort, cursor: first.nextCursor });
    expect([...first.items, ...next.items]).toEqual(items.slice(0, 4));
    const placed = await app.call("identities.list", { ...list, limit: 2, sort, start: 3 });
    expect(placed).toMatchObject({ items: items.slice(3, 5), total });
    const on = await app.call("identities.list", { ...list, limit: 2, sort, start: 1, order: placed.order });
    expect(on).toMatchObject({ items: items.slice(1, 3), order: placed.order });
    const table = { archiveId, sort: { column: "bytes", direction: "desc" }, cursor: null, limit: 500 } as const;
    const sessions = await app.call("sessions.table", table);
    const newest = await app.call("sessions.list", { archiveId, cursor: null, limit: 500 });
    expect(sessions.total).toBe(newest.items.length);
    expect(sessions.items.map(({ bytes }) => bytes)).toEqual(
      sessions.items.map(({ bytes }) => bytes).toSorted((a, b) => b - a),
    );
    // As of a moment: what had begun, with what the list of each session holds then.
    const asOf = "2025-10-20T12:00:00Z";
    const then = await app.call("sessions.list", { archiveId, asOf, cursor: null, limit: 500 });
    expect(then.items.length).toBeGreaterThan(0);
    expect(then.items.length).toBeLessThan(newest.items.length);
    expect((await app.call("sessions.table", { ...table, asOf })).total).toBe(then.items.length);
    for (const session of then.items) {
      const rows = await app.call("rows.list", { ...app.rowsOf(""), sessionId: session.id, asOf });
      const responses = rows.items.filter(({ ref }) => ref.type === "response");
      expect(session.responseCount + session.inferredResponseCount).toBe(responses.length);
    }
    const overview = await app.call("overview.get", { archiveId, asOf });
    expect(overview).toMatchObject({ sessions: then.items.length, integrity: null });
    expect((await app.call("rows.list", { ...app.rowsOf(""), asOf })).total).toBe(overview.responses);
    const wrong = await app.outcome("sessions.table", { ...table, cursor: "[]" });
    expect(wrong).toMatchObject({ ok: false, error: { code: "PARAMS_INVALID" } });
  });

  it("serves others while all of a large archive is put in order", async () => {
    const app = await start(temporaryFolder());
    const { root } = makeRowArchive(join(temporaryFolder(), "many"), 40_000);
    const { id: archiveId } = await app.call("archives.open", { path: root });
    const query = { archiveId, sessionId: null, filter: [], cursor: null, limit: 60 };
    const sort = { column: "kind", direction: "asc" } as const;
    await app.call("identities.list", { ...query, sort });
    const done: string[] = [];
    const columns = ["kind", "source", "responses", "payloads", "changed", "last"] as const;
    const far = columns.map((column) =>
      app
        .call("identities.list", { ...query, sort: { column, direction: "asc" }, start: 39_000 })
        .then(() => done.push(column)),
    );
    const other = app.call("facets.list", { archiveId, sessionId: null, filter: [] }).then(() => done.push("other"));
    await Promise.all([...far, other]);
    expect(done).toHaveLength(7);
    expect(done.at(-1)).not.toBe("other");
    // It lets go with the archive.
    await app.call("archives.close", { archiveId });
    expect(await app.outcome("identities.list", { ...query, sort })).toMatchObject({
      ok: false,
      error: { code: "ARCHIVE_NOT_OPEN" },
    });
  });

  it("sees the rows that another process wrote, once the app tells of them", async () => {
    const app = await start(temporaryFolder());
    const before = await app.call("rows.list", app.rowsOf("kind:new-kind"));
    expect(before.total).toBe(0);
    const db = new Database(join(app.path, "dataio.sqlite"));
    db.exec(`INSERT INTO requests SELECT 'new', session_id, 'new-kind', method, params_json, body_json, 'h', created_at FROM requests LIMIT 1;
      INSERT INTO responses SELECT 'new', 'new', status, sequence, checksum, path, created_at, size_bytes FROM responses LIMIT 1`);
    db.close();
    // A list that begins this very moment shows it; one that is being looked at goes on in its own order until it is told.
    const everything = app.rowsOf("");
    const [goesOn, begins] = await Promise.all([
      app.call("rows.list", { ...everything, by: "index" }),
      app.call("rows.list", everything),
    ]);
    expect([goesOn.by, begins.total]).toEqual(["index", 66]);
    await expect.poll(() => app.changes.length).toBeGreaterThan(0);
    const now = await app.call("rows.list", { ...everything, by: "tables" });
    expect([now.by, now.total]).toEqual(["index", 66]);
    const after = await app.call("rows.list", app.rowsOf("kind:new-kind"));
    expect(after.items.map((row) => row.ref.id)).toEqual(["new"]);
  });

  it("lists and opens a row whose id a foreign writer made of bytes", async () => {
    const app = await start(temporaryFolder());
    const db = new Database(join(app.path, "dataio.sqlite"));
    db.exec(`INSERT INTO responses SELECT x'00ff', request_id, 'partial', sequence, checksum, path, created_at, size_bytes
      FROM responses LIMIT 1`);
    db.close();
    await expect.poll(async () => (await app.call("rows.list", app.rowsOf("status:partial"))).total).toBe(1);
    const [row] = (await app.call("rows.list", app.rowsOf("status:partial"))).items;
    expect(row?.ref).toEqual({ type: "response", id: "X'00FF'" });
    const ref = row?.ref ?? { type: "response", id: "" };
    const detail = await app.call("rows.get", { archiveId: app.archiveId, ref });
    expect(detail).toMatchObject({ row: { ref }, response: { id: "X'00FF'", status: "partial" } });
    const history = await app.call("rows.history", { archiveId: app.archiveId, ref, start: 0, limit: 10 });
    expect(history.items.map((item) => item.row.ref.id)).toContain("X'00FF'");
  });

  it("finds a text in requests and metadata, and in contents once that is switched on", async () => {
    const app = await start(temporaryFolder());
    const state = async () => app.call("index.get", { archiveId: app.archiveId });
    await expect
      .poll(async () => (await state()).state === "ready" && (await state()))
      .toMatchObject({ searchesText: true });
    const byUrl = await app.call("rows.list", app.rowsOf("justetf.com"));
    expect(byUrl.total).toBeGreaterThan(0);
    const refused = await app.outcome("rows.list", app.rowsOf("payload:isin"));
    expect(refused).toMatchObject({ ok: false, error: { code: "PAYLOAD_SEARCH_OFF" } });
    const settings = { maxBytes: 65_536, types: ["json"] };
    const begun = await app.call("index.payloadText", { archiveId: app.archiveId, settings });
    expect(begun).toMatchObject({ payloadText: { state: "on", ...settings } });
    await expect
      .poll(async () => {
        const { payloadText } = (await state()) as Extract<IndexState, { state: "ready" }>;
        return payloadText.state === "on" && payloadText.done === payloadText.total && payloadText.total;
      })
      .toBeGreaterThan(0);
    // Every row whose content has the text, and no other.
    const all = (await app.call("rows.list", app.rowsOf(""))).items;
    const contains = (row: BrowseRow) => {
      try {
        const bytes = readFileSync(join(app.path, "responses", `${row.checksum}.bin`), "utf8");
        return row.mediaType === "application/json" && bytes.toLowerCase().includes('"date"');
      } catch {
        return false;
      }
    };
    const found = await app.call("rows.list", app.rowsOf('payload:"\\"Date\\""'));
    expect(found.items).toEqual(all.filter(contains));
    const off = await app.call("index.payloadText", { archiveId: app.archiveId, settings: null });
    expect(off).toMatchObject({ payloadText: { state: "off" } });
  });

  it("is true of integrity after a check of one payload and after a run over all", async () => {
    const app = await start(temporaryFolder());
    const row = (await app.call("rows.list", app.rowsOf("integrity:ok"))).items[0];
    const checksum = row?.checksum ?? "";
    const damaged = async () =>
      (await app.call("rows.list", app.rowsOf(`integrity:corrupt checksum:${checksum}`))).total;
    const path = join(app.path, "responses", `${checksum}.bin`);
    const bytes = readFileSync(path);
    expect(await damaged()).toBe(0);
    writeFileSync(path, "damaged");
    await app.call("payloads.check", { archiveId: app.archiveId, checksum });
    await expect.poll(damaged).toBeGreaterThan(0);
    writeFileSync(path, bytes);
    await app.call("verify.start", { archiveId: app.archiveId });
    await expect.poll(damaged, { timeout: 10_000 }).toBe(0);
  });

  it("is refused with the reason where no index can be kept, and everything else works", async () => {
    const cache = join(temporaryFolder(), "cache");
    writeFileSync(cache, "a file where the folder should be");
    const app = await start(cache);
    const refused = await app.outcome("rows.list", app.rowsOf("source:justetf"));
    expect(refused).toMatchObject({ ok: false, error: { code: "INDEX_UNAVAILABLE" } });
    expect(await app.call("index.get", { archiveId: app.archiveId })).toMatchObject({ state: "unavailable" });
    for (const column of ["time", "kind", "type", "size"] as const) {
      expect((await app.call("rows.list", app.rowsOf("", column))).total).toBe(65);
    }
  });

  it("works again after the cache was deleted", async ({ skip }) => {
    skip(isWindows, NO_REPLACING);
    const cache = join(temporaryFolder(), "cache");
    const app = await start(cache);
    await app.call("rows.list", app.rowsOf("integrity:ok"));
    rmSync(cache, { recursive: true });
    expect((await app.call("rows.list", app.rowsOf("status:ok"))).total).toBeGreaterThan(0);
    mkdirSync(cache, { recursive: true });
    const again = await app.call("archives.close", { archiveId: app.archiveId });
    expect(again).toBeNull();
    const reopened = await app.call("archives.open", { path: app.path });
    const query = { ...app.rowsOf("status:ok"), archiveId: reopened.id };
    expect((await app.call("rows.list", query)).total).toBeGreaterThan(0);
  });

  it("can be given up while it waits, and refuses what is none", async () => {
    const app = await start(temporaryFolder());
    const controller = new AbortController();
    const waiting = app.outcome("rows.list", app.rowsOf("integrity:ok"), controller.signal);
    controller.abort();
    // It may have been ready before.
    const outcome = await waiting;
    if (!outcome.ok) expect(outcome.error.code).toBe("CANCELLED");
    const wrong = { ...app.rowsOf(""), filter: [{ key: "kind", value: "a" }] };
    expect(await app.outcome("rows.list", wrong)).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
    const cursor = JSON.stringify(["x", "2025-10-22T21:30:00", -1, "id"]);
    const foreign = await app.outcome("rows.list", { ...app.rowsOf("status:ok"), cursor });
    expect(foreign).toMatchObject({ ok: false, error: { code: "PARAMS_INVALID" } });
  });
});

describe("an overview", () => {
  it("waits for the index, says what lists say, and takes up what another process writes", async () => {
    const app = await start(temporaryFolder());
    const { archiveId } = app;
    const edges = [0, Date.UTC(2100, 0, 1)];
    const [overview, activity, sizes] = await Promise.all([
      app.call("overview.get", { archiveId }),
      app.call("overview.activity", { archiveId, edges }),
      app.call("overview.sizes", { archiveId }),
    ]);
    const rows = (await app.call("rows.list", app.rowsOf(""))).items;
    expect(overview.responses).toBe(rows.length);
    for (const { source, responses } of overview.sources) {
      expect(rows.filter((row) => row.source === source)).toHaveLength(responses);
    }
    const shown = activity.series.reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0);
    expect(shown).toBe(rows.length - overview.undated);
    expect(sizes.payloads).toBe(new Set(rows.map((row) => row.checksum)).size);
    const db = new Database(join(app.path, "dataio.sqlite"));
    db.exec(
      "INSERT INTO responses SELECT 'new', request_id, status, sequence, checksum, path, '2099-01-01T00:00:00+00:00', size_bytes FROM responses LIMIT 1",
    );
    db.close();
    await expect.poll(() => app.changes.length).toBeGreaterThan(0);
    const after = await app.call("overview.get", { archiveId });
    expect(after).toMatchObject({ responses: rows.length + 1, last: "2099-01-01T00:00:00.000000+00:00" });
    const wrong = await app.outcome("overview.activity", { archiveId, edges: [0] });
    expect(wrong).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
    const controller = new AbortController();
    controller.abort();
    const cancelled = await app.outcome("overview.sizes", { archiveId }, controller.signal);
    expect(cancelled).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
  });
});
