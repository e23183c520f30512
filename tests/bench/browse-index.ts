/**
 * What the browse index costs and gives, beside the three-table queries that it replaces, in one run on one machine: trust
 * the ratios rather than the times.
 *
 * Run: node tests/bench/browse-index.ts [responses] [responses with payload files]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { BrowseIndex, type IndexQuery } from "../../packages/dataio/src/browse-index/browse-index.ts";
import { buildIndex } from "../../packages/dataio/src/browse-index/builder.ts";
import { FilePass } from "../../packages/dataio/src/browse-index/file-pass.ts";
import type { RowFilter } from "../../packages/dataio/src/browse-index/filter.ts";
import {
  IDENTITY_SORT_COLUMNS,
  type IdentitySortColumn,
} from "../../packages/dataio/src/browse-index/identity-list.ts";
import { IndexedReader } from "../../packages/dataio/src/browse-index/indexed-reader.ts";
import { divideAt, readBoundaries, SCATTERED_COLUMNS } from "../../packages/dataio/src/browse-index/scattered.ts";
import {
  checkpointAtRest,
  configureIndexWriter,
  FILE_INDEXES,
  STATE_INDEX,
} from "../../packages/dataio/src/browse-index/schema.ts";
import { SESSION_SORT_COLUMNS, type SessionSortColumn } from "../../packages/dataio/src/browse-index/session-list.ts";
import { TextPass } from "../../packages/dataio/src/browse-index/text-pass.ts";
import { openTextFile, TEXT_TABLES } from "../../packages/dataio/src/browse-index/text-schema.ts";
import { IndexUpdater } from "../../packages/dataio/src/browse-index/updater.ts";
import { openForReading, type ReadConnection } from "../../packages/dataio/src/database.ts";
import { FileFactsReader } from "../../packages/dataio/src/file-facts.ts";
import { ArchiveReader, archiveLocation, PayloadStore, SidecarStore } from "../../packages/dataio/src/index.ts";
import { parseFilter } from "../../src/shared/filter-text.ts";
import { BIG, bigArchive } from "./big-archive.ts";

const [responses = BIG.responses, payloads = 40_000] = process.argv.slice(2).map(Number);
const NEW_ROWS = 1_000;
const ROUNDS = 15;
const NEWEST = { column: "time", direction: "desc" } as const;

const work = mkdtempSync(join(tmpdir(), "dataio-bench-index-"));
try {
  const root = bigArchive({ responses });
  const index = join(work, "index.sqlite");
  console.log(`archive: ${responses} responses, ${mib(join(root, "dataio.sqlite"))} MiB`);
  await benchBuild(root, index);
  await benchQueries(root, index);
  benchTexts(root, index);
  benchUpdate(root, index);
  await benchFiles(bigArchive({ responses: payloads, payloadFiles: payloads, sessions: 50, orphans: 0 }));
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function benchBuild(root: string, path: string): Promise<void> {
  const archive = openForReading(archiveLocation(root));
  const reading = timed(() => {
    // What no build can be faster than: the columns that it needs, read once.
    for (const sql of [
      "SELECT rowid, id, kind, method, session_id FROM requests",
      "SELECT rowid, id, request_id, status, checksum, size_bytes, created_at FROM responses",
    ]) {
      for (const _row of archive.db.prepare(sql).raw().iterate());
    }
  });
  const started = performance.now();
  const busy = process.cpuUsage();
  await buildIndex(archive, archive.db.name, path);
  const ms = performance.now() - started;
  const cpu = cpuMs(busy);
  const rows = rowsOf(path);
  console.log(
    `build: ${(ms / 1000).toFixed(1)} s, ${Math.round((rows * 1000) / ms)} rows/s; ${Math.round((rows * 1000) / cpu)} rows for each second of processor time, ${(ms / reading).toFixed(1)} x a bare read of the tables`,
  );
  console.log(`size: ${(statSync(path).size / rows).toFixed(0)} bytes a row, before files were looked at`);
  archive.close();
}

async function benchQueries(root: string, path: string): Promise<void> {
  const archive = openForReading(archiveLocation(root));
  using reader = new ArchiveReader(root);
  using indexed = new IndexedReader(reader, path);
  const index = new BrowseIndex(path, { session: () => undefined, request: () => undefined, pasted: nothing });
  console.log("\nfirst page of 100          rows found      index      facets   three tables   ratio   (ms)");
  const newest = "ORDER BY r.created_at DESC, r.id DESC LIMIT 100";
  const cases: [text: string, where: string, order?: string][] = [
    ["kind:kind-7", "q.kind = 'kind-7'"],
    ["kind:rare", "q.kind = 'rare'"],
    ["source:source-3", "s.source = 'source-3'"],
    ["status:error", "r.status = 'error'"],
    ["method:POST source:source-3", "q.method = 'POST' AND s.source = 'source-3'"],
    ["-source:source-3 status:error", "s.source <> 'source-3' AND r.status = 'error'"],
    ["kind:kind-7 kind:kind-8", "q.kind IN ('kind-7', 'kind-8')"],
    ["is:orphan", "q.id IS NULL"],
    ["size:>199900b", "r.size_bytes > 199900"],
    ["time:2024-06-01..2024-06-07", "r.created_at >= '2024-06-01' AND r.created_at < '2024-06-08'"],
    ["kind:kind-7 time:..2024-03", "q.kind = 'kind-7' AND r.created_at < '2024-04-01'"],
    ["", "1", "ORDER BY q.kind, r.created_at, r.id LIMIT 100"],
    ["source:source-3", "s.source = 'source-3'", "ORDER BY r.size_bytes, r.id LIMIT 100"],
  ];
  for (const [text, where, order = newest] of cases) {
    const sort =
      order === newest
        ? ({ column: "time", direction: "desc" } as const)
        : ({ column: order.includes("kind") ? "kind" : "size", direction: "asc" } as const);
    const filter: RowFilter = parseFilter(text).filter;
    const query: IndexQuery = { sessionId: null, filter, sort, cursor: null, limit: 100 };
    const page = index.page(query);
    const ours = median(30, () => index.page(query));
    const facets = median(5, () => index.facets({ sessionId: null, filter }));
    const tables = median(3, () => naivePage(archive, where, order));
    const label = `${text || "everything"}${order === newest ? "" : `, by ${sort.column}`}`;
    console.log(
      `${label.padEnd(38)} ${`${page.more ? ">" : ""}${page.total}`.padStart(8)} ${ms(ours)} ${ms(facets)} ${ms(tables)} ${(tables / ours).toFixed(0).padStart(8)}`,
    );
  }
  const deep = index.page({
    sessionId: null,
    filter: [],
    sort: { column: "kind", direction: "asc" },
    cursor: null,
    limit: 500,
  });
  let cursor = deep.nextCursor;
  const filter = parseFilter("kind:kind-7").filter;
  cursor = null;
  for (let n = 0; n < 50; n += 1) {
    cursor = index.page({
      sessionId: null,
      filter,
      sort: { column: "time", direction: "desc" },
      cursor,
      limit: 500,
    }).nextCursor;
  }
  const at = cursor;
  console.log(
    `the page after 25,000 rows of kind:kind-7: ${median(30, () => index.page({ sessionId: null, filter, sort: { column: "time", direction: "desc" }, cursor: at, limit: 100 })).toFixed(2)} ms`,
  );
  const query = {
    sessionId: null,
    filter,
    sort: { column: "time", direction: "desc" },
    cursor: null,
    limit: 100,
  } as const;
  const started = performance.now();
  for (let n = 0; n < 10; n += 1) await indexed.rows(query);
  console.log(
    `the same page with its rows read from the archive: ${((performance.now() - started) / 10).toFixed(1)} ms`,
  );
  const sums = (column: IdentitySortColumn, text = "") => {
    const list = { sessionId: null, filter: parseFilter(text).filter, cursor: null, limit: 100 };
    return index.identities({ ...list, sort: { column, direction: "desc" } });
  };
  const identities = IDENTITY_SORT_COLUMNS.map((column) => `${column} ${median(5, () => sums(column)).toFixed(1)}`);
  console.log(
    `identities: ${sums("last").total}; first page of 100 by ${identities.join(", ")} ms; under kind:kind-7 by responses ${timed(() => sums("responses", "kind:kind-7")).toFixed(0)} ms`,
  );
  const sessions = (column: SessionSortColumn) =>
    index.sessions({ sort: { column, direction: "desc" }, cursor: null, limit: 100 });
  console.log(
    `sessions: first page of 100 by ${SESSION_SORT_COLUMNS.map((column) => `${column} ${median(5, () => sessions(column)).toFixed(1)}`).join(", ")} ms`,
  );
  const asOf = "2024-06-01T00:00:00Z";
  const then = ["started", "bytes"] as const;
  const sumsOf = then.map((column) => {
    // Of a moment nothing is known to a new connection.
    const fresh = new BrowseIndex(path, { session: () => undefined, request: () => undefined, pasted: nothing });
    const list = { sort: { column, direction: "desc" }, cursor: null, limit: 100 } as const;
    let [longest, all] = [0, 0];
    for (let done = false; !done; ) {
      const step = timed(() => {
        done = fresh.sumSessions(list, asOf, 20);
      });
      longest = Math.max(longest, step);
      all += step;
    }
    const page = timed(() => fresh.sessionsAsOf(list, asOf));
    fresh.close();
    return `by ${column} summed in ${all.toFixed(0)}, ${longest.toFixed(0)} at once, then ${page.toFixed(1)}`;
  });
  console.log(`sessions as of ${asOf}: ${sumsOf.join("; ")} ms`);
  index.close();
  archive.close();
}

function benchTexts(root: string, path: string): void {
  const location = archiveLocation(root);
  const archive = openForReading(location);
  const text = join(work, "index.text");
  const db = openTextFile(text, TEXT_TABLES);
  const pass = new TextPass(archive, db, new SidecarStore(location.responsesDirectory));
  const pending = pass.pending();
  const busy = process.cpuUsage();
  let longest = 0;
  const seconds =
    timed(() => {
      for (let more = true; more; ) {
        const step = timed(() => {
          more = pass.step();
        });
        longest = Math.max(longest, step);
      }
    }) / 1000;
  const cpu = cpuMs(busy);
  db.pragma("wal_checkpoint(TRUNCATE)");
  console.log(
    `\ntexts: ${pending} rows in ${seconds.toFixed(1)} s, ${Math.round(pending / seconds)}/s; ${Math.round((pending * 1000) / cpu)} for each second of processor time; the longest step ${longest.toFixed(0)} ms; ${mib(text)} MiB`,
  );
  db.close();
  const lookups = { session: () => undefined, request: () => undefined, pasted: nothing };
  console.log("text                                   rows found  first page   next page      facets   (ms)");
  for (const filter of ["v1/rare/", '"page\\":1234,"', "/kind-7/0", "example.test", "-kind-7/0", "rare status:error"]) {
    const query = { sessionId: null, filter: parseFilter(filter).filter, sort: NEWEST, cursor: null, limit: 100 };
    // Nothing of it is known to a new connection.
    const first = medianOf(5, () => {
      const index = new BrowseIndex(path, lookups, { text, payloads: null });
      index.page({ ...query, filter: [] });
      const taken = timed(() => index.page(query));
      index.close();
      return taken;
    });
    const index = new BrowseIndex(path, lookups, { text, payloads: null });
    const page = index.page(query);
    const next = timed(() => index.page({ ...query, cursor: page.nextCursor }));
    const facets = timed(() => index.facets(query));
    index.close();
    console.log(
      `${filter.padEnd(38)} ${`${page.more ? ">" : ""}${page.total}`.padStart(10)}  ${ms(first)}  ${ms(next)}  ${ms(facets)}`,
    );
  }
  archive.close();
}

function naivePage(archive: ReadConnection, where: string, order: string): void {
  archive
    .prepare(
      `SELECT r.id FROM responses r LEFT JOIN requests q ON q.id = r.request_id LEFT JOIN sessions s ON s.id = q.session_id
       WHERE ${where} ${order}`,
    )
    .all();
}

function benchUpdate(root: string, path: string): void {
  const location = archiveLocation(root);
  const archive = openForReading(location);
  const db = new Database(path);
  configureIndexWriter(db);
  // As it is at rest, once files were looked at.
  db.exec(STATE_INDEX);
  db.exec(FILE_INDEXES);
  const updater = new IndexUpdater(archive, location.databasePath, db);
  updater.step();
  const writer = new Database(location.databasePath);
  writer.pragma("foreign_keys = OFF");
  const mark = "bench-";
  try {
    const times: number[] = [];
    const writes: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // Each row asks again what another one asked, at a moment of its own, as pipelines do.
      const insert = writer.prepare(
        `INSERT INTO responses SELECT '${mark}${round}-' || last, request_id, status, sequence, checksum, path,
             strftime('%Y-%m-%dT%H:%M:%S', 'now') || printf('.%03d%03d', ${round}, last % 1000) || '+00:00', size_bytes
           FROM (SELECT rowid AS last, * FROM responses WHERE rowid <= ${responses - round * NEW_ROWS}
             ORDER BY rowid DESC LIMIT ${NEW_ROWS})`,
      );
      writes.push(timed(() => insert.run()));
      const busy = process.cpuUsage();
      times.push(
        timed(() => {
          while (updater.step(false).state === "behind");
        }),
      );
      cpu.push(cpuMs(busy));
      checkpointAtRest(db);
    }
    const behind = readBoundaries(db).size + ROUNDS * NEW_ROWS * 4;
    const joined = SCATTERED_COLUMNS.map((column) => timed(db.transaction(() => divideAt(db, column, behind))));
    const nothing = median(5, () => updater.step(false));
    const thorough = median(5, () => updater.step());
    console.log(
      `\nupdate: ${NEW_ROWS} new rows in ${middle(times).toFixed(0)} ms (${middle(cpu).toFixed(0)} ms of processor time), ${(middle(times) / middle(writes)).toFixed(1)} x their writing into the archive; joined with the settled ones at rest in ${joined.map((each) => each.toFixed(0)).join(" and ")} ms; a look without news ${nothing.toFixed(1)} ms (${thorough.toFixed(0)} ms with a count of all rows)`,
    );
  } finally {
    writer.exec(`DELETE FROM responses WHERE id LIKE '${mark}%'`);
    writer.close();
    db.close();
    archive.close();
  }
}

async function benchFiles(root: string): Promise<void> {
  const location = archiveLocation(root);
  const archive = openForReading(location);
  const path = join(work, "files.sqlite");
  await buildIndex(archive, location.databasePath, path);
  const db = new Database(path);
  configureIndexWriter(db);
  const files = new FileFactsReader(
    new PayloadStore(location.responsesDirectory),
    new SidecarStore(location.responsesDirectory),
  );
  const pass = new FilePass(archive, db, files);
  const bare = timed(() => {
    for (const name of readdirSync(location.responsesDirectory)) readFileSync(join(location.responsesDirectory, name));
  });
  const started = performance.now();
  const busy = process.cpuUsage();
  while (await pass.step());
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuMs(busy);
  db.pragma("wal_checkpoint(TRUNCATE)");
  console.log(
    `\nfiles: ${payloads} distinct payloads of 2 KiB with sidecars in ${seconds.toFixed(1)} s, ${Math.round(payloads / seconds)}/s; ${Math.round((payloads * 1000) / cpu)} for each second of processor time, ${((seconds * 1000) / bare).toFixed(1)} x a bare read of the files`,
  );
  console.log(`size: ${(statSync(path).size / payloads).toFixed(0)} bytes a row with all indexes`);
  db.close();
  archive.close();
}

function rowsOf(path: string): number {
  const db = new Database(path, { readonly: true });
  const rows = Number(db.prepare("SELECT COUNT(*) FROM rows").pluck().get());
  db.close();
  return rows;
}

function nothing() {
  return { ids: [], sessions: [], requests: [], sum: null };
}

/** Processor time since; what a rate is on a machine that does nothing else. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function timed(action: () => unknown): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

/** The middle of what `measure` gives. */
function medianOf(times: number, measure: () => number): number {
  return middle(Array.from({ length: times }, measure));
}

function median(times: number, action: () => unknown): number {
  return middle(Array.from({ length: times }, () => timed(action)));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0).padStart(10);
}

function mib(path: string): number {
  return Math.round(statSync(path).size / 2 ** 20);
}
