/** Which rows a scope has, in small pages: memory does not grow with their number. */
import { type IndexedPage, IndexedReader } from "../browse-index/indexed-reader.ts";
import { TemporaryIndex } from "../browse-index/temporary-index.ts";
import type { RowRef } from "../browse-model.ts";
import { DataioError } from "../errors.ts";
import { ArchiveListing } from "../listing.ts";
import type { ListFilter } from "../listing-query.ts";
import { ArchiveReader } from "../reader.ts";
import { asNumber } from "../rows.ts";
import { type EntryReader, type ExportEntry, ONCE_CACHE_KIB } from "./entries.ts";
import type { ExportMeasure, ExportScope } from "./report.ts";

/** Whole batches of those who read ahead. */
const PAGE = 256;
const FILTER_PAGE = 384;
/** More rows than this are not read only to be counted. */
const MOST_MEASURED = 10_000;

type FilterScope = ExportScope & { readonly type: "filter" };

interface Sum {
  readonly n: number;
  readonly bytes: number | null;
}
const SUM_OF_SIZES = `SUM(${asNumber("r.size_bytes")})`;
/** Rows that stand for no response have no payload. */
const SIZES: readonly (readonly [RowRef["type"], string])[] = [
  [
    "response",
    `SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM json_each(@ids) i CROSS JOIN responses r ON r.id = i.value`,
  ],
  [
    "resolution",
    `SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM json_each(@ids) i CROSS JOIN resolutions a ON a.id = i.value
     JOIN responses r ON r.id = a.response_id`,
  ],
];

/** The scope with each session and each row named once, where it is named first: nothing is exported twice. */
export function distinctScope(scope: ExportScope): ExportScope {
  switch (scope.type) {
    case "sessions":
      return { ...scope, ids: [...new Set(scope.ids)] };
    case "rows":
      return { ...scope, rows: [...new Map(scope.rows.map((row) => [`${row.type} ${row.id}`, row])).values()] };
    default:
      return scope;
  }
}

/** The rows of a scope, in pages. @throws NOT_FOUND for a session or payload that is not there; a row that is not is left out */
export async function* scopePages(
  reader: EntryReader,
  scope: ExportScope,
): AsyncGenerator<readonly ExportEntry[], void, undefined> {
  switch (scope.type) {
    case "payload":
      yield [await reader.payload(scope.checksum)];
      return;
    case "rows":
      for (let at = 0; at < scope.rows.length; at += PAGE) yield await reader.load(scope.rows.slice(at, at + PAGE));
      return;
    case "filter":
      yield* filtered(reader, scope);
      return;
    case "archive":
      yield* listed(reader, [{}], Number.POSITIVE_INFINITY);
      return;
    case "list":
      yield* listed(reader, [scope.filter], scope.limit ?? Number.POSITIVE_INFINITY);
      return;
    case "sessions":
      await requireSessions(reader, scope.ids);
      yield* listed(
        reader,
        scope.ids.map((session) => ({ session })),
        Number.POSITIVE_INFINITY,
      );
  }
}

/** How many rows a scope has, where that is known without reading them; else null. */
export async function countScope(reader: EntryReader, scope: ExportScope): Promise<number | null> {
  if (scope.type === "payload") return 1;
  if (scope.type === "rows") return scope.rows.length;
  if (scope.type !== "archive") return null;
  const [row] = await reader.all<{ n: number }>("SELECT COUNT(*) AS n FROM responses", {});
  return row?.n ?? null;
}

/** How much a scope is. @throws NOT_FOUND for a session or payload that is not there; PARAMS_INVALID */
export async function measureScope(reader: EntryReader, scope: ExportScope): Promise<ExportMeasure> {
  switch (scope.type) {
    case "payload": {
      const { recordedSize } = await reader.payload(scope.checksum);
      return { rows: 1, more: false, bytes: recordedSize };
    }
    case "archive": {
      const [all] = await reader.all<Sum>(`SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM responses r`, {});
      return { rows: all?.n ?? 0, more: false, bytes: all?.bytes ?? 0 };
    }
    case "rows": {
      let bytes = 0;
      for (const [type, sql] of SIZES) {
        const ids = scope.rows.filter((row) => row.type === type).map(({ id }) => id);
        if (ids.length === 0 || (type === "resolution" && !reader.extended)) continue;
        const [sum] = await reader.all<Sum>(sql, { ids: JSON.stringify(ids) });
        bytes += sum?.bytes ?? 0;
      }
      return { rows: scope.rows.length, more: false, bytes };
    }
    case "sessions":
      await requireSessions(reader, scope.ids);
      return measured(
        reader,
        scope.ids.map((session) => ({ session })),
        Number.POSITIVE_INFINITY,
      );
    case "list":
      return measured(reader, [scope.filter], scope.limit ?? Number.POSITIVE_INFINITY);
    case "filter":
      return await measuredFilter(reader, scope);
  }
}

async function* listed(reader: EntryReader, filters: readonly ListFilter[], limit: number) {
  using listing = new ArchiveListing(reader.location, { cacheKib: ONCE_CACHE_KIB });
  let ids: RowRef[] = [];
  let left = limit;
  for (const filter of filters) {
    for (const id of listing.responseIds(filter)) {
      if (left <= 0) break;
      left -= 1;
      ids.push({ type: "response", id });
      if (ids.length < PAGE) continue;
      yield await reader.load(ids);
      ids = [];
    }
  }
  yield await reader.load(ids);
}

async function requireSessions(reader: EntryReader, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    if ((await reader.session(id)) !== null) continue;
    throw new DataioError("NOT_FOUND", `The archive has no session ${id}.`, { details: { session: id } });
  }
}

async function* filtered(
  reader: EntryReader,
  scope: FilterScope,
): AsyncGenerator<readonly ExportEntry[], void, undefined> {
  let left = scope.limit ?? Number.POSITIVE_INFINITY;
  for await (const { items } of indexedPages(reader, scope)) {
    yield await reader.load(items.slice(0, left).map(({ ref }) => ref));
    left -= items.length;
    if (left <= 0) return;
  }
}

async function* indexedPages(reader: EntryReader, scope: FilterScope): AsyncGenerator<IndexedPage, void, undefined> {
  const { location, signal } = reader;
  const own = scope.indexPath === undefined ? await TemporaryIndex.build(location, signal) : null;
  try {
    using archive = new ArchiveReader(location);
    using indexed = new IndexedReader(archive, scope.indexPath ?? own?.path ?? "", scope.texts);
    const query = {
      sessionId: scope.sessionId ?? null,
      filter: scope.filter,
      asOf: scope.asOf ?? null,
      sort: { column: "time", direction: "desc" },
      limit: FILTER_PAGE,
    } as const;
    if (!indexed.canAnswer({ ...query, cursor: null })) {
      throw new DataioError("PARAMS_INVALID", "The index does not know enough yet to answer this filter.");
    }
    for (let cursor: string | null = null; ; ) {
      const page: IndexedPage = await indexed.rows({ ...query, cursor });
      yield page;
      cursor = page.nextCursor;
      if (cursor === null) return;
    }
  } finally {
    own?.remove();
  }
}

function measured(reader: EntryReader, filters: readonly ListFilter[], limit: number): ExportMeasure {
  using listing = new ArchiveListing(reader.location, { cacheKib: ONCE_CACHE_KIB });
  let rows = 0;
  let bytes = 0;
  for (const filter of filters) {
    for (const { sizeBytes } of listing.responses(filter)) {
      if (rows >= limit) break;
      if (rows >= MOST_MEASURED) return { rows, more: true, bytes: null };
      rows += 1;
      bytes += sizeBytes ?? 0;
    }
  }
  return { rows, more: false, bytes };
}

async function measuredFilter(reader: EntryReader, scope: FilterScope): Promise<ExportMeasure> {
  let bytes = 0;
  let rows = 0;
  for await (const { items, total, more = false } of indexedPages(reader, scope)) {
    rows = total;
    if (more || total > MOST_MEASURED) return { rows, more, bytes: null };
    for (const { sizeBytes } of items) bytes += sizeBytes ?? 0;
  }
  return { rows, more: false, bytes };
}
