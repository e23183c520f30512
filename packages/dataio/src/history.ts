/**
 * The responses of one request over time, and those with the same bytes. Reads keys and compares what was recorded; the
 * bytes themselves are not looked at. What is only concluded (orphan responses) is part of it, and its rows say so.
 *
 * A request is one to its source: its row, the rows without a hash that ask exactly the same (error answers, sends), and
 * never another source's. A subscription is one row.
 */
import type { BrowseRow, HistoryChange, HistoryItem, HistoryPage, HistoryPoint } from "./browse-model.ts";
import type { ReadConnection } from "./database.ts";
import { DataioError } from "./errors.ts";
import { checkRequestHash, isChecksum } from "./identity.ts";
import type { Request } from "./model.ts";
import type { OrphanInference } from "./orphans.ts";
import { inOrder } from "./query.ts";
import { asKnownText, asNumber, asText } from "./rows.ts";
import { parseTimestamp } from "./timestamps.ts";

/** Responses of one request that are kept at hand, the newest; some 300 bytes of memory each. */
const MAX_KEYS = 100_000;
const MAX_POINTS = 400;

/** A response, as far as a history needs it, and how it stands to the one before. */
export interface HistoryKey {
  /** Its place in the table. */
  readonly rowid: number;
  readonly id: string;
  readonly time: string;
  readonly sequence: number | null;
  readonly status: string;
  readonly checksum: string | null;
  readonly sizeBytes: number | null;
  readonly change: HistoryChange;
  /** The newest earlier response with this status: what `change` compares with. */
  readonly previousId: string | null;
  /** The newest earlier response of this status with other bytes. */
  readonly differsFromId: string | null;
  /** Time of the first of the responses with this status that have had these bytes without a break. */
  readonly sameSince: string;
}

/** A whole history, newest first. */
export interface History {
  readonly keys: readonly HistoryKey[];
  /** More than `keys` has where only the newest are kept. */
  readonly total: number;
  /** Different payloads among `keys`. */
  readonly versions: number;
}

type FoundKey = Omit<HistoryKey, "change" | "previousId" | "differsFromId" | "sameSince">;

/** Reads the histories of one archive. Call {@link forget} when its rows may have changed. */
export class HistoryReader {
  readonly #db: Pick<ReadConnection, "prepare">;
  readonly #inference: OrphanInference;
  #last: { readonly requestId: string; readonly source: string | null; readonly history: History } | null = null;

  constructor(db: Pick<ReadConnection, "prepare">, inference: OrphanInference) {
    this.#db = db;
    this.#inference = inference;
  }

  /** Forgets what was read. */
  forget(): void {
    this.#last = null;
  }

  /** The history of a request row as its source sees it. The last one is remembered, for its further parts. */
  of(request: Request, source: string | null): History {
    const last = this.#last;
    if (last?.requestId === request.id && last.source === source) return last.history;
    const requestIds = this.#rowsOf(request, source);
    const own = this.#keys("r.request_id IN (SELECT value FROM json_each(@requestIds))", requestIds);
    const orphans = this.#keys(
      `r.checksum IN (SELECT checksum FROM responses WHERE request_id IN (SELECT value FROM json_each(@requestIds)))
       AND NOT EXISTS (SELECT 1 FROM requests q WHERE q.id = r.request_id)`,
      requestIds,
    ).filter((orphan) => {
      const theirs = this.#inference.sessionOf(orphan)?.source ?? null;
      const concluded = this.#inference.requestOf(orphan, theirs);
      return concluded !== null && requestIds.includes(concluded);
    });
    const found = [...own, ...orphans];
    const total = found.length < MAX_KEYS ? found.length : Math.max(found.length, this.#count(requestIds));
    const keys = compared(byMoment(found)).reverse().slice(0, MAX_KEYS);
    const history = { keys, total, versions: new Set(keys.flatMap((key) => key.checksum ?? [])).size };
    this.#last = { requestId: request.id, source, history };
    return history;
  }

  /** Ids of the responses with these bytes, newest first: one page, and one more that tells whether there is a next. */
  sameBytes(checksum: string, cursor: string | null, limit: number): { keys: SamePlace[]; total: number } {
    const after = cursor === null ? null : decodePlace(cursor);
    const keys = this.#db
      .prepare<[object], SamePlace>(
        `SELECT r.rowid, r.id, r.created_at AS time, COALESCE(r.sequence, -1) AS sequence,
           ${inOrder("r.created_at", "r.id")} AS inOrder FROM responses r
         WHERE r.checksum = @checksum
         ${after === null ? "" : "AND (r.created_at, COALESCE(r.sequence, -1), r.id) < (@time, @sequence, @id)"}
         ORDER BY r.created_at DESC, COALESCE(r.sequence, -1) DESC, r.id DESC LIMIT @limit`,
      )
      .all({ checksum, limit: limit + 1, ...after });
    const total = this.#db
      .prepare<[object], unknown>("SELECT COUNT(*) FROM responses r WHERE r.checksum = @checksum")
      .pluck()
      .get({ checksum });
    return { keys, total: Number(total) };
  }

  /** The rows that stand for this request, itself first. */
  #rowsOf(request: Request, source: string | null): string[] {
    if (source === null || request.method === "SUBSCRIBE") return [request.id];
    const check = request.hash === null ? checkRequestHash(request) : null;
    const hash = check?.state === "absent" ? check.expected : null;
    const { kind, method, paramsJson, bodyJson } = request;
    const others = this.#db
      .prepare<[object], unknown>(
        `SELECT q.id FROM requests q CROSS JOIN sessions s ON s.id = q.session_id
         WHERE q.hash IS NULL AND q.kind = @kind AND q.method = @method AND q.params_json IS @paramsJson
           AND q.body_json IS @bodyJson AND s.source = @source
         UNION
         SELECT q.id FROM requests q CROSS JOIN sessions s ON s.id = q.session_id
         WHERE q.hash = @hash AND s.source = @source`,
      )
      .pluck()
      .all({ kind, method, paramsJson, bodyJson, source, hash });
    return [...new Set([request.id, ...others.map(String)])];
  }

  #keys(where: string, requestIds: readonly string[]): FoundKey[] {
    return this.#db
      .prepare<[object], FoundKey>(
        `SELECT r.rowid, ${asKnownText("r.id")} AS id, ${asKnownText("r.created_at")} AS time,
           ${asNumber("r.sequence")} AS sequence, ${asKnownText("r.status")} AS status,
           ${asText("r.checksum")} AS checksum, ${asNumber("r.size_bytes")} AS sizeBytes
         FROM responses r WHERE ${where} ORDER BY r.created_at DESC LIMIT ${MAX_KEYS}`,
      )
      .all({ requestIds: JSON.stringify(requestIds) });
  }

  #count(requestIds: readonly string[]): number {
    return Number(
      this.#db
        .prepare<[object], unknown>(
          "SELECT COUNT(*) FROM responses r WHERE r.request_id IN (SELECT value FROM json_each(@requestIds))",
        )
        .pluck()
        .get({ requestIds: JSON.stringify(requestIds) }),
    );
  }
}

/** Where a response stands in a list of equal bytes. */
interface Place {
  readonly id: string;
  readonly time: string;
  readonly sequence: number;
}
export interface SamePlace extends Place {
  readonly rowid: number;
  readonly inOrder: 0 | 1;
}

/**
 * A part of a history, seen from a row of it. Without a history, for nobody knows what was asked, it is the row's own
 * response alone.
 */
export async function historyPage(
  history: History | null,
  row: BrowseRow,
  part: { readonly start: number; readonly limit: number },
  rowsAt: (rowids: readonly number[]) => Promise<readonly BrowseRow[]>,
): Promise<HistoryPage> {
  const { start } = part;
  if (history === null) {
    const compared = { change: "unknown", previousId: null, differsFromId: null, sameSince: row.time } as const;
    const alone = row.ref.type === "response";
    const count = alone ? 1 : 0;
    return {
      requestKnown: false,
      items: alone && start === 0 ? [{ row, ...compared }] : [],
      total: count,
      listed: count,
      versions: count,
      own: alone ? { ...compared, place: 0 } : null,
      points: [],
    };
  }
  const { keys, total, versions } = history;
  const shown = keys.slice(start, start + part.limit);
  // Rows of an archive are only added, so all of them are there.
  const rows = await rowsAt(shown.map((key) => key.rowid));
  const items = shown.flatMap((key, at): HistoryItem[] => {
    const found = rows[at];
    return found === undefined ? [] : [{ row: found, ...standing(key) }];
  });
  const place = keys.findIndex((key) => key.id === row.responseId);
  const own = keys[place];
  return {
    requestKnown: true,
    items,
    total,
    listed: keys.length,
    versions,
    own: own === undefined ? null : { ...standing(own), place },
    points: start === 0 ? historyPoints(history) : [],
  };
}

function standing({ change, previousId, differsFromId, sameSince }: HistoryKey): Omit<HistoryItem, "row"> {
  return { change, previousId, differsFromId, sameSince };
}

/** The whole history in few points, oldest first, for a chart: where there are too many, neighbours share one. */
function historyPoints(history: History): HistoryPoint[] {
  const keys = history.keys.toReversed();
  const size = Math.max(1, Math.ceil(keys.length / MAX_POINTS));
  const points: HistoryPoint[] = [];
  for (let start = 0; start < keys.length; start += size) {
    const group = keys.slice(start, start + size);
    const shown = group.findLast((key) => key.change === "changed" || key.change === "first") ?? group.at(-1);
    if (shown === undefined) continue;
    const sizes = group.flatMap((key) => key.sizeBytes ?? []);
    points.push({
      responseId: shown.id,
      time: shown.time,
      status: shown.status,
      change: shown.change,
      sizeBytes: shown.sizeBytes,
      minBytes: sizes.length === 0 ? null : Math.min(...sizes),
      maxBytes: sizes.length === 0 ? null : Math.max(...sizes),
      count: group.length,
    });
  }
  return points;
}

/** Oldest first by moment; what has no readable time comes before all, so that it ends up last when turned around. */
function byMoment(found: readonly FoundKey[]): FoundKey[] {
  const placed = found.map((key) => {
    const moment = parseTimestamp(key.time)?.epochMicros;
    // Exact until the year 2255.
    return { key, moment: moment === undefined ? Number.NEGATIVE_INFINITY : Number(moment) };
  });
  placed.sort((a, b) => {
    if (a.moment !== b.moment) return a.moment - b.moment;
    if (a.key.time !== b.key.time && a.moment === Number.NEGATIVE_INFINITY) return a.key.time < b.key.time ? -1 : 1;
    return (a.key.sequence ?? -1) - (b.key.sequence ?? -1) || (a.key.id < b.key.id ? -1 : 1);
  });
  return placed.map(({ key }) => key);
}

/**
 * How each stands to the one before it of the same status: an error between two good answers changes neither. One
 * without a checksum can be compared with nothing.
 */
function compared(oldestFirst: readonly FoundKey[]): HistoryKey[] {
  const newest = new Map<string, HistoryKey>();
  return oldestFirst.map((found) => {
    const before = newest.get(found.status);
    const known = isChecksum(found.checksum);
    const change = !known
      ? "unknown"
      : before === undefined
        ? "first"
        : before.checksum === found.checksum
          ? "unchanged"
          : "changed";
    const sameSince = change === "unchanged" && before !== undefined ? before.sameSince : found.time;
    const previousId = before?.id ?? null;
    const differsFromId =
      change === "changed" ? previousId : change === "unchanged" ? (before?.differsFromId ?? null) : null;
    const key = { ...found, change, previousId, differsFromId, sameSince } as const;
    if (known) newest.set(found.status, key);
    return key;
  });
}

/** The cursor that continues after a response. */
export function encodePlace(place: {
  readonly id: string;
  readonly time: string;
  readonly sequence: number | null;
}): string {
  return JSON.stringify([place.time, place.sequence ?? -1, place.id]);
}

function decodePlace(cursor: string): Place {
  try {
    const [time, sequence, id]: unknown[] = JSON.parse(cursor);
    if (typeof time === "string" && typeof sequence === "number" && typeof id === "string") {
      return { time, sequence, id };
    }
  } catch {
    // Falls through: a cursor that is no JSON array was not made here either.
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}
