/**
 * What an archive answered, and when: the responses of a request, and the one that a session with its cache on would have
 * been served at a moment. Opens for reading only, changes nothing on disk, and never asks an adapter.
 *
 * Moments are compared as moments, for archives hold timestamps of several shapes. A response whose time cannot be read
 * was at no moment there.
 */
import { fromSqliteError, openForReading, type ReadConnection } from "./database.ts";
import { DataioError } from "./errors.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import type { Response } from "./model.ts";
import { OrphanInference } from "./orphans.ts";
import { PayloadStore } from "./payloads.ts";
import { ReplaySession, type ReplaySessionOptions } from "./replay-session.ts";
import { asKnownText, asNumber, asText, RESPONSE_COLUMNS } from "./rows.ts";
import { formatTimestamp, parseTimestamp } from "./timestamps.ts";

/** A request, by what a source asks or by its row. Other sources' responses to the same hash are none of it. */
export type ReplayIdentity = { readonly hash: string; readonly source: string } | { readonly requestId: string };

/** Which responses of a request. */
export interface ReplayFilter {
  /** Default `["ok"]`: those that a cache may answer with. */
  readonly statuses?: readonly string[] | "all";
  /**
   * Also those whose request row was never stored, where they have the bytes of a response to this request, and nothing
   * speaks against it. No cache finds them. Default false.
   */
  readonly inferred?: boolean;
}

/** A response of a request; `inferred` when it is only concluded that it was to this request. */
export interface ReplayResponse extends Response {
  readonly inferred: boolean;
}

/** An archive as it was at a moment. */
export interface ArchiveView {
  /** Timestamp text as we write it, UTC. */
  readonly asOf: string;
  /** The newest good response (`ok`) that a source had by then to a request hash; undefined when it had none. */
  response(hash: string, source: string): Response | undefined;
}

/** Timestamps whose texts sort as their moments do, with a fraction of six digits or none. */
const DIGITS = (count: number) => "[0-9]".repeat(count);
const SECOND = `${DIGITS(4)}-${DIGITS(2)}-${DIGITS(2)}T${DIGITS(2)}:${DIGITS(2)}:${DIGITS(2)}`;
const IS_USUAL = `(r.created_at GLOB '${SECOND}.${DIGITS(6)}+00:00' OR r.created_at GLOB '${SECOND}+00:00')`;
const ROWS_AT_ONCE = 500;

/** Reads one archive. Close it when done. */
export class Replay implements Disposable {
  /** Where the archive is. */
  readonly location: ArchiveLocation;
  /** The archive's payloads, to be read by the checksum of a response. */
  readonly payloads: PayloadStore;
  readonly #connection: ReadConnection;

  /** @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED */
  constructor(where: string | ArchiveLocation) {
    this.location = typeof where === "string" ? archiveLocation(where) : where;
    this.#connection = openForReading(this.location);
    this.payloads = new PayloadStore(this.location.responsesDirectory);
  }

  /** Gives the database back; payloads can still be read. Closing twice is no error. */
  close(): void {
    this.#connection.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * The responses of a request, oldest first; those whose time cannot be read come last. Rows that are written meanwhile
   * are left out.
   */
  *responses(identity: ReplayIdentity, filter: ReplayFilter = {}): Generator<ReplayResponse, void, undefined> {
    const requestId = "requestId" in identity ? identity.requestId : this.#identityRow(identity.hash, identity.source);
    if (requestId === undefined) return;
    const keys = this.#keys(requestId, filter);
    for (let start = 0; start < keys.length; start += ROWS_AT_ONCE) {
      const page = keys.slice(start, start + ROWS_AT_ONCE);
      // Not by their ids: one that is no text, or no UTF-8, is found by what it is shown as no more.
      const rows = this.#all<Response & { readonly rowid: number }>(
        `SELECT r.rowid, ${RESPONSE_COLUMNS("r")} FROM json_each(@rowids) i CROSS JOIN responses r ON r.rowid = i.value
         ORDER BY i.key`,
        { rowids: JSON.stringify(page.map((key) => key.rowid)) },
      );
      const inferred = new Set(page.filter((key) => key.inferred).map((key) => key.rowid));
      for (const { rowid, ...row } of rows) yield { ...row, inferred: inferred.has(rowid) };
    }
  }

  /**
   * The archive as it was at a moment, timestamp text.
   * @throws TIMESTAMP_INVALID
   */
  asOf(moment: string): ArchiveView {
    const limit = parseTimestamp(moment)?.epochMicros;
    if (limit === undefined) {
      throw new DataioError("TIMESTAMP_INVALID", `Not a timestamp: ${moment}`, { details: { moment } });
    }
    const asOf = formatTimestamp(limit);
    return {
      asOf,
      response: (hash, source) => {
        const requestId = this.#identityRow(hash, source);
        return requestId === undefined ? undefined : this.#newestBy(requestId, limit, asOf);
      },
    };
  }

  /**
   * A session that answers from the archive alone, as of a moment.
   * @throws TIMESTAMP_INVALID, PARAMS_INVALID (no source)
   */
  session(options: ReplaySessionOptions): ReplaySession {
    return new ReplaySession(this.asOf(options.asOf), this.payloads, options);
  }

  /** The row of a hash whose responses are those of `source`, as the store has it; see docs/archive-format.md. */
  #identityRow(hash: string, source: string): string | undefined {
    const direct = this.#all<{ id: string }>(
      `SELECT ${asKnownText("q.id")} AS id FROM requests q CROSS JOIN sessions s ON s.id = q.session_id
       WHERE q.hash = @hash AND s.source = @source`,
      { hash, source },
    );
    const [row] =
      direct.length > 0 || !this.#isExtended()
        ? direct
        : this.#all<{ id: string }>(
            `SELECT ${asKnownText("request_id")} AS id FROM request_identities WHERE source = @source AND hash = @hash`,
            { hash, source },
          );
    return row?.id;
  }

  /** Of equal moments the last text, then the last id, as the store has it. */
  #newestBy(requestId: string, limit: bigint, limitText: string): Response | undefined {
    const columns = `SELECT ${RESPONSE_COLUMNS("r")} FROM responses r WHERE r.request_id = @requestId AND r.status = 'ok'`;
    // Usual texts are compared by SQLite. One that looks usual and is none (a 13th month) is passed over.
    const usual = this.#read(() => {
      const rows = this.#connection
        .prepare<[object], Response>(
          `${columns} AND ${IS_USUAL} AND r.created_at <= @limitText ORDER BY r.created_at DESC, r.id DESC`,
        )
        .iterate({ requestId, limitText });
      for (const row of rows) if (parseTimestamp(row.createdAt) !== null) return row;
      return undefined;
    });
    const others = this.#all<Response>(`${columns} AND NOT ${IS_USUAL}`, { requestId });
    let newest: { readonly row: Response; readonly time: bigint; readonly key: string } | undefined;
    for (const row of usual === undefined ? others : [usual, ...others]) {
      const time = parseTimestamp(row.createdAt)?.epochMicros;
      if (time === undefined || time > limit) continue;
      const key = `${row.createdAt} ${row.id}`;
      const isNewer = newest === undefined || time > newest.time || (time === newest.time && key > newest.key);
      if (isNewer) newest = { row, time, key };
    }
    return newest?.row;
  }

  /** What `responses` gives, in its order. */
  #keys(requestId: string, filter: ReplayFilter): { readonly rowid: number; readonly inferred: boolean }[] {
    const { statuses = ["ok"], inferred = false } = filter;
    const ofStatus = statuses === "all" ? "" : "AND r.status IN (SELECT value FROM json_each(@statuses))";
    const params = { requestId, statuses: JSON.stringify(statuses) };
    const columns = `SELECT r.rowid, ${asKnownText("r.id")} AS id, ${asKnownText("r.created_at")} AS time,
      ${asNumber("r.sequence")} AS sequence, ${asText("r.checksum")} AS checksum FROM responses r WHERE`;
    const own = this.#all<ResponseKey>(`${columns} r.request_id = @requestId ${ofStatus}`, params);
    const orphans = inferred
      ? this.#all<ResponseKey>(
          `${columns} r.checksum IN (SELECT checksum FROM responses WHERE request_id = @requestId) ${ofStatus}
           AND NOT EXISTS (SELECT 1 FROM requests q WHERE q.id = r.request_id)`,
          params,
        )
      : [];
    const inference = new OrphanInference(this.#connection);
    const concluded = this.#read(() =>
      orphans.filter(
        (orphan) => inference.requestOf(orphan, inference.sessionOf(orphan)?.source ?? null) === requestId,
      ),
    );
    return [
      ...own.map((key) => ({ ...key, inferred: false, moment: parseTimestamp(key.time)?.epochMicros })),
      ...concluded.map((key) => ({ ...key, inferred: true, moment: parseTimestamp(key.time)?.epochMicros })),
    ].sort(inOrder);
  }

  #isExtended(): boolean {
    return this.#read(() => this.#connection.isExtended());
  }

  #all<T>(sql: string, params: Readonly<Record<string, string>>): T[] {
    return this.#read(() => this.#connection.prepare<[object], T>(sql).all(params));
  }

  #read<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw fromSqliteError(error, this.location.databasePath);
    }
  }
}

interface ResponseKey {
  readonly rowid: number;
  readonly id: string;
  readonly time: string;
  readonly sequence: number | null;
  readonly checksum: string | null;
}

interface PlacedKey extends ResponseKey {
  /** Undefined when the time cannot be read. */
  readonly moment: bigint | undefined;
}

/** By time; at equal times as a stream numbered them. */
function inOrder(a: PlacedKey, b: PlacedKey): number {
  if (a.moment !== b.moment) {
    if (a.moment === undefined || b.moment === undefined) return a.moment === undefined ? 1 : -1;
    return a.moment < b.moment ? -1 : 1;
  }
  if (a.moment === undefined && a.time !== b.time) return a.time < b.time ? -1 : 1;
  return (a.sequence ?? -1) - (b.sequence ?? -1) || (a.id < b.id ? -1 : 1);
}
