/** What an archive holds, counted without an index: each row of its tables is looked at, one by one. */
import type { ReadConnection } from "../../src/database.ts";
import {
  type ArchiveReader,
  type BrowseRow,
  INTEGRITIES,
  type OverviewFigures,
  type PayloadSizes,
  parseTimestamp,
} from "../../src/index.ts";
import { formatTimestamp } from "../../src/timestamps.ts";
import { identitiesOf } from "./index-helpers.ts";

/** One row, with what has to be known of it to say when it was there. */
export interface LookedAt extends BrowseRow {
  /** In the order in which rows were written. */
  readonly place: number;
  /** What was asked; undefined where that is not known. */
  readonly identity: number | undefined;
  /** A cache would answer with it. */
  readonly isServable: boolean;
  /** It counts as a failure. */
  readonly failed: boolean;
  /** Microseconds; null where its time cannot be read. */
  readonly micros: number | null;
}

const isResponse = (row: BrowseRow) => row.ref.type === "response";
const hasPayload = (row: BrowseRow) => /^[0-9a-f]{64}$/.test(row.checksum ?? "");
const microsOf = (text: string) => {
  const moment = parseTimestamp(text);
  return moment === null ? null : Number(moment.epochMicros);
};

/** Responses, requests without one, and asks that failed or were answered from the archive. */
export async function everyRow(reader: ArchiveReader, archive: ReadConnection): Promise<LookedAt[]> {
  const extended = archive.isExtended();
  const asked = identitiesOf(archive);
  const holders = new Set(
    archive
      .prepare<[], string>(
        `SELECT id FROM requests WHERE hash IS NOT NULL ${extended ? "UNION SELECT request_id FROM request_identities" : ""}`,
      )
      .pluck()
      .all(),
  );
  const ids = (type: BrowseRow["ref"]["type"], sql: string) =>
    archive
      .prepare<[], number>(sql)
      .pluck()
      .all()
      .map((rowid) => ({ type, rowid }));
  const noAsk = extended
    ? `AND NOT EXISTS (SELECT 1 FROM resolutions a WHERE a.request_id = q.id AND a.session_id = q.session_id)`
    : "";
  const byOthers = extended
    ? `AND NOT EXISTS (SELECT 1 FROM resolutions a WHERE a.response_id = r.id AND a.kind <> 'reused' AND a.session_id <> q.session_id)`
    : "";
  const places = [
    ...ids("response", "SELECT rowid FROM responses"),
    ...ids(
      "request",
      `SELECT q.rowid FROM requests q
       WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.request_id = q.id ${byOthers}) ${noAsk}`,
    ),
    ...(extended
      ? ids("resolution", "SELECT rowid FROM resolutions WHERE kind = 'reused' OR response_id IS NULL")
      : []),
  ];
  const rows = await reader.rowsByPlace(places);
  const answersOfFailed = new Set(
    !extended
      ? []
      : archive
          .prepare<[], { id: string; error: string | null }>(
            "SELECT response_id AS id, error_json AS error FROM resolutions WHERE kind = 'failed' AND response_id IS NOT NULL",
          )
          .all()
          .flatMap(({ id, error }) => (error?.includes("CANCELLED") ? [] : [id])),
  );
  const open = new Set(archive.prepare<[], string>("SELECT id FROM sessions WHERE ended_at IS NULL").pluck().all());
  const hasFailed = ({ ref, status, sessionId, sessionInferred }: BrowseRow) => {
    if (ref.type === "response") return status === "error" || status === "nack" || answersOfFailed.has(ref.id);
    if (ref.type === "resolution") return status === "failed";
    return sessionInferred || sessionId === null || !open.has(sessionId);
  };
  return rows.flatMap((row, at): LookedAt[] => {
    if (row === undefined) return [];
    const micros = microsOf(row.time);
    const isServable =
      isResponse(row) && row.status === "ok" && !row.orphan && holders.has(row.requestId ?? "") && micros !== null;
    const identity = asked.get(row.requestId ?? "");
    return [{ ...row, place: places[at]?.rowid ?? 0, micros, identity, isServable, failed: hasFailed(row) }];
  });
}

/** Those that were there at a moment: they had come, and nothing was served in their place. */
export function rowsAsOf(rows: readonly LookedAt[], asOf: string): LookedAt[] {
  const moment = microsOf(asOf) ?? 0;
  const hadCome = rows.filter(({ micros }) => micros !== null && micros <= moment);
  const order = (row: LookedAt) => [row.micros ?? 0, `${row.time} ${row.ref.id}`] as const;
  return hadCome.filter((row) => {
    if (row.identity === undefined) return true;
    return !hadCome.some((other) => {
      if (other === row || !other.isServable || other.identity !== row.identity) return false;
      const [[itsTime, its], [time, own]] = [order(other), order(row)];
      return itsTime > time || (row.isServable && itsTime === time && its > own);
    });
  });
}

/** Against the good response before it to the same request, by looking at all of them. */
function changeOf(row: LookedAt, rows: readonly LookedAt[]): "first" | "changed" | "unchanged" | null {
  const isContent = (each: LookedAt) =>
    isResponse(each) && each.identity !== undefined && hasPayload(each) && !/^(error|stream_.*)$/.test(each.status);
  if (!isContent(row)) return null;
  const isBefore = (a: LookedAt, b: LookedAt) => {
    const [x, y] = [a.micros ?? Number.NEGATIVE_INFINITY, b.micros ?? Number.NEGATIVE_INFINITY];
    return x < y || (x === y && a.place < b.place);
  };
  const earlier = rows.filter((each) => isContent(each) && each.identity === row.identity && isBefore(each, row));
  const [first, ...others] = earlier;
  if (first === undefined) return "first";
  const last = others.reduce((a, b) => (isBefore(a, b) ? b : a), first);
  return last.checksum === row.checksum ? "unchanged" : "changed";
}

/**
 * The figures of these rows.
 * @param all of the archive, for what changed
 * @param sessions that had begun
 * @param isNow false as of a moment, of which nobody knows how files were
 */
export function countedFigures(
  rows: readonly LookedAt[],
  all: readonly LookedAt[],
  sessions: number,
  isNow: boolean,
): OverviewFigures {
  const responses = rows.filter(isResponse);
  const changes = new Map(responses.map((row) => [row, changeOf(row, all)]));
  const countChanges = (own: readonly LookedAt[]) => {
    const of = (change: string) => own.filter((row) => changes.get(row) === change).length;
    return { first: of("first"), changed: of("changed"), unchanged: of("unchanged") };
  };
  const span = (own: readonly LookedAt[]) => {
    const moments = own.flatMap(({ micros }) => micros ?? []).sort((a, b) => a - b);
    const text = (moment: number | undefined) => (moment === undefined ? null : formatTimestamp(BigInt(moment)));
    return { first: text(moments[0]), last: text(moments.at(-1)) };
  };
  const failed = rows.filter((row) => row.failed);
  return {
    responses: responses.length,
    ...span(responses),
    undated: responses.filter(({ micros }) => micros === null).length,
    changes: countChanges(responses),
    failures: [...Map.groupBy(failed, ({ status }) => status)]
      .map(([value, own]) => ({ value, count: own.length }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
    orphans: responses.filter((row) => row.orphan).length,
    integrity: isNow
      ? (Object.fromEntries(
          INTEGRITIES.map((state) => [state, responses.filter((row) => row.payload === state).length]),
        ) as OverviewFigures["integrity"])
      : null,
    sessions,
    sources: [...new Set(rows.filter((row) => isResponse(row) || row.failed).map((row) => row.source))]
      .map((source) => {
        const own = responses.filter((row) => row.source === source);
        return {
          source,
          responses: own.length,
          ...span(own),
          changes: countChanges(own),
          failures: failed.filter((row) => row.source === source).length,
          orphans: own.filter((row) => row.orphan).length,
        };
      })
      .sort((a, b) => b.responses - a.responses || ((a.source ?? "") < (b.source ?? "") ? -1 : 1)),
  };
}

/** What the payloads of these rows weigh. @param isNow as above */
export function countedSizes(rows: readonly LookedAt[], isNow: boolean): PayloadSizes {
  const responses = rows.filter(isResponse);
  const stored = [...Map.groupBy(responses.filter(hasPayload), (row) => row.checksum).values()];
  const identities = new Set(responses.flatMap(({ identity }) => identity ?? []));
  return {
    payloads: stored.length,
    storedBytes: isNow
      ? stored.reduce((sum, [row]) => sum + (row?.payload === "missing" ? 0 : (row?.sizeBytes ?? 0)), 0)
      : null,
    requests: isNow ? null : identities.size,
    bySource: [...Map.groupBy(responses, ({ source }) => source)]
      .map(([source, own]) => ({ source, bytes: own.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0) }))
      .filter(({ bytes }) => bytes > 0),
  };
}

/** The responses of these that came between neighbouring edges, in milliseconds. */
export function countedBuckets(rows: readonly LookedAt[], edges: readonly number[]): number[] {
  return edges.slice(1).map((to, at) => {
    const from = edges[at] ?? to;
    return rows.filter(
      (row) => isResponse(row) && row.micros !== null && row.micros / 1000 >= from && row.micros / 1000 < to,
    ).length;
  });
}

/** The rows that an overview names, by what they are named for. */
export function countedOutstanding(rows: readonly LookedAt[]) {
  const responses = rows.filter(isResponse);
  const first = (values: readonly number[]) => values.toSorted((a, b) => b - a).slice(0, 10);
  const bySum = Map.groupBy(responses, (row) => row.checksum);
  return {
    durations: first(responses.flatMap((row) => (row.sharedMetadata ? [] : (row.durationMs ?? [])))),
    sizes: first([...bySum.values()].flatMap(([row]) => row?.sizeBytes ?? [])),
    failures: first(rows.filter((row) => row.failed).map(({ micros }) => micros ?? -1)),
  };
}
