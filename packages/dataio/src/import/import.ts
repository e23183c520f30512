/**
 * Imports rows into an archive: merged by identity and checksum, so that importing twice adds nothing. Payloads are stored and
 * verified before any row speaks of them; rows are added in short transactions, so a cancelled import leaves whole rows,
 * and the next one goes on. Every row that is added says where it came from.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type Database from "better-sqlite3";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSqliteError, openForReading, openForWriting, writeTransaction } from "../database.ts";
import { isDataioError } from "../errors.ts";
import { Unexportable } from "../export/payload-content.ts";
import { type ArchiveLocation, archiveLocation } from "../location.ts";
import { migrate } from "../migrations.ts";
import { PayloadStore } from "../payloads.ts";
import { SidecarStore } from "../sidecars.ts";
import { createClock } from "../timestamps.ts";
import { archiveRows } from "./from-archive.ts";
import { folderRows } from "./from-folder.ts";
import { harRows } from "./from-har.ts";
import { warcRows } from "./from-warc.ts";
import { derivedId, Merge } from "./merge.ts";
import type { ImportedItem, ImportProblem, ImportProgress, ImportReport, ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";

/** How something is imported. */
export interface ImportOptions {
  readonly from: ImportSource;
  /** True changes nothing in the end, and reports what would be added. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called at most ten times a second. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** How many problems, and how many of the added responses, are listed. Default 1000. */
  readonly maxListed?: number;
}

const CREATED_BY = "@mxm/dataio";
const ROWS_AT_ONCE = 100;
const PROGRESS_MS = 100;
const MAX_LISTED = 1000;
/** Rows are merged without giving way; after so long, in milliseconds, others have their turn, such as who cancels. */
const TURN_MS = 15;
/** Of a database that is copied, between which others have their turn. */
const PAGES_AT_ONCE = 1_000;

/**
 * Imports another archive, a HAR, a WARC or the files of a folder.
 * @throws NOT_AN_ARCHIVE and the other failures of opening either; NOT_FOUND, JSON_INVALID for what is imported;
 *   DATABASE_LOCKED, CANCELLED, NO_SPACE, ACCESS_DENIED, IO_FAILED
 */
export async function importArchive(where: string | ArchiveLocation, options: ImportOptions): Promise<ImportReport> {
  const { from, dryRun = false, signal, onProgress, maxListed = MAX_LISTED } = options;
  const location = typeof where === "string" ? archiveLocation(where) : where;
  const clock = createClock();
  const startedAt = clock();
  const payloads = new PayloadStore(location.responsesDirectory);
  const sidecars = new SidecarStore(location.responsesDirectory);
  const added = { sessions: 0, requests: 0, responses: 0, resolutions: 0 };
  const items: ImportedItem[] = [];
  const problems: ImportProblem[] = [];
  let problemCount = 0;
  let present = 0;
  let bytes = 0;
  let done = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let turnAt = performance.now();
  const problem = (one: ImportProblem) => {
    problemCount += 1;
    if (problems.length < maxListed) problems.push(one);
  };
  const take: TakePayload = async (chunks) => {
    if (!dryRun) return await payloads.putStream(chunks, { signal });
    const sha256 = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      throwIfCancelled(signal);
      sha256.update(chunk);
      sizeBytes += chunk.length;
    }
    return { checksum: sha256.digest("hex"), sizeBytes };
  };
  const importId = derivedId("import", from.type, basename(from.path), startedAt);
  /** Ids of the source that are others here. */
  const ids = new Map<string, string>();
  const sources = new Map<string, string>();
  const mapped = (table: string, id: string) => ids.get(`${table} ${id}`) ?? id;

  const mergeRow = (merge: Merge, row: ImportedRow): void => {
    const remember = (table: string, id: string, merged: { readonly id: string }) => {
      if (merged.id !== id) ids.set(`${table} ${id}`, merged.id);
    };
    switch (row.type) {
      case "session": {
        const merged = merge.session(row.session);
        remember("sessions", row.session.id, merged);
        sources.set(row.session.id, row.session.source);
        if (merged.added) added.sessions += 1;
        return;
      }
      case "request": {
        const { request } = row;
        const own = { ...request, sessionId: mapped("sessions", request.sessionId) };
        const merged = merge.request(own, sources.get(request.sessionId) ?? "");
        remember("requests", request.id, merged);
        if (merged.added) added.requests += 1;
        return;
      }
      case "response": {
        const { response, metaJson } = row;
        const own = { ...response, path: null, requestId: mapped("requests", response.requestId) };
        const merged = merge.response(own);
        remember("responses", response.id, merged);
        if (!merged.added) {
          present += 1;
          return;
        }
        merge.addResponse({ ...own, id: merged.id }, response.id, metaJson);
        added.responses += 1;
        bytes += response.sizeBytes ?? 0;
        if (items.length >= maxListed) return;
        items.push({
          responseId: merged.id,
          originalId: response.id,
          source: row.source,
          kind: row.kind,
          label: merge.labelOf(own.requestId),
          time: response.createdAt,
          sizeBytes: response.sizeBytes,
        });
        return;
      }
      case "resolution": {
        const { resolution } = row;
        const merged = merge.resolution({
          ...resolution,
          sessionId: mapped("sessions", resolution.sessionId),
          requestId: mapped("requests", resolution.requestId),
          responseId: resolution.responseId === null ? null : mapped("responses", resolution.responseId),
        });
        if (merged.added) added.resolutions += 1;
        return;
      }
      case "problem":
        problem(row.problem);
    }
  };

  const total = () => Object.values(added).reduce((sum, count) => sum + count, 0);

  /** Stores the bytes of a response that is new. False when they cannot be had. */
  const storePayload = async (row: ImportedRow & { readonly type: "response" }): Promise<boolean> => {
    const { checksum } = row.response;
    try {
      if (row.chunks !== null) await take(row.chunks());
      if (checksum !== null && row.sidecar !== null && !dryRun) await sidecars.write(checksum, row.sidecar);
      return true;
    } catch (error) {
      if (!(error instanceof Unexportable)) throw error;
      problem({ item: row.response.id, code: error.code, message: error.message });
      return false;
    }
  };

  const rowsOf = (): AsyncIterable<ImportedRow> => {
    switch (from.type) {
      case "archive":
        return archiveRows(from.path, take, signal);
      case "har":
        return harRows(from, take);
      case "folder":
        return folderRows(from, take, signal);
      case "warc":
        return warcRows(from, take, signal);
    }
  };

  const tell = () => {
    done += 1;
    const now = performance.now();
    if (now - toldAt < PROGRESS_MS) return;
    toldAt = now;
    onProgress?.({ done, bytes });
  };

  const turn = async () => {
    if (performance.now() - turnAt < TURN_MS) return;
    await nextTurn();
    turnAt = performance.now();
  };

  const copy = dryRun ? await scratchCopy(location, signal) : null;
  let db: Database.Database | null = null;
  try {
    const own = openForWriting(copy?.location ?? location);
    db = own;
    // Orphans are normal: a response may name a request that is not there.
    own.pragma("foreign_keys = OFF");
    await writeTransaction(own, () => migrate(own, CREATED_BY, startedAt));
    const merge = new Merge(own, importId);
    let rows: ImportedRow[] = [];
    const commit = async () => {
      const before = {
        added: { ...added },
        present,
        bytes,
        items: items.length,
        problems: problems.length,
        problemCount,
      };
      await writeTransaction(own, () => {
        // A transaction that met a lock at its end is tried again.
        Object.assign(added, before.added);
        ({ present, bytes, problemCount } = before);
        items.length = before.items;
        problems.length = before.problems;
        const known = total();
        for (const row of rows) mergeRow(merge, row);
        // Noted with the first row, so that an import which adds nothing leaves nothing.
        if (total() > known) merge.noteImport(from.type, from.source ?? basename(from.path), startedAt);
      });
      rows = [];
    };
    throwIfCancelled(signal);
    try {
      for await (const row of rowsOf()) {
        await turn();
        tell();
        let isWhole = true;
        if (row.type === "response") {
          // What a response points to has to be merged before it can be found.
          if (rows.some(({ type }) => type !== "response")) await commit();
          const requestId = mapped("requests", row.response.requestId);
          const isNew = merge.response({ ...row.response, requestId }).added;
          isWhole = !isNew || (await storePayload(row));
        }
        if (isWhole) rows.push(row);
        // Only now: some sources store the payload of a row before they give it.
        throwIfCancelled(signal);
        if (rows.length >= ROWS_AT_ONCE) await commit();
      }
    } catch (error) {
      // Payloads of these rows are there already, and would be without them.
      if (isDataioError(error, "CANCELLED")) await commit();
      throw error;
    }
    await commit();
  } catch (error) {
    throw fromSqliteError(error, location.databasePath);
  } finally {
    db?.close();
    if (copy !== null) rmSync(copy.folder, { recursive: true, force: true });
  }
  return {
    version: 1,
    dryRun,
    startedAt,
    endedAt: clock(),
    added,
    present,
    bytes,
    items,
    problems,
    problemCount,
  };
}

/** The rows as they are now, in a folder of their own: what a dry run does with them nobody sees. */
async function scratchCopy(location: ArchiveLocation, signal: AbortSignal | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "dataio-import-"));
  try {
    const connection = openForReading(location);
    try {
      const copied = archiveLocation(folder);
      await connection.db.backup(copied.databasePath, {
        progress: () => {
          throwIfCancelled(signal);
          return PAGES_AT_ONCE;
        },
      });
      return { folder, location: copied };
    } finally {
      connection.close();
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw fromSqliteError(error, location.databasePath);
  }
}
