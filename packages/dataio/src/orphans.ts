/**
 * What can be concluded about an orphan response, whose request row Python left out: the session from the time window,
 * the request from another response with the same bytes. Conclusions, not records: whoever shows them says so. The session
 * is concluded as well where a request row is there and its session's is not.
 */
import { epochMicrosOf } from "./browse-index/moments.ts";
import type { ReadConnection } from "./database.ts";
import { isChecksum } from "./identity.ts";
import { asKnownText, asText } from "./rows.ts";

const DAY_MICROS = 86_400_000_000;

/** An orphan response, as far as inference needs it. */
export interface Orphan {
  readonly id: string;
  readonly time: string;
  readonly checksum: string | null;
}

/** One that was found in its table; only its place there tells it from others whose id is no text, or no UTF-8. */
export interface FoundOrphan extends Orphan {
  readonly rowid: number;
}

export interface InferredSession {
  readonly id: string;
  readonly source: string;
}

interface Window extends InferredSession {
  readonly start: number;
  readonly end: number;
}

/** Infers for one archive. Call {@link refresh} when its rows may have changed. */
export class OrphanInference {
  readonly #db: Pick<ReadConnection, "prepare">;
  #windows: readonly Window[] | null = null;
  /** Latest end among the windows up to and including the same index. */
  #latestEnd: readonly number[] = [];

  constructor(db: Pick<ReadConnection, "prepare">) {
    this.#db = db;
  }

  /** Forgets what was derived from the rows. */
  refresh(): void {
    this.#windows = null;
  }

  /**
   * The session that an orphan came in: one whose window holds its time. Where windows of several sources do, the
   * source of the same bytes decides; where that says nothing, there is no conclusion.
   */
  sessionOf(orphan: Orphan): InferredSession | null {
    const time = epochMicrosOf(orphan.time);
    if (time === null) return null;
    const candidates = this.sessionsAt(time);
    const [newest] = candidates;
    if (newest === undefined) return null;
    if (candidates.every((candidate) => candidate.source === newest.source)) return newest;
    const sources = this.#sourcesOf(orphan.checksum);
    const matching = candidates.filter((candidate) => sources.has(candidate.source));
    const [best] = matching;
    return best !== undefined && matching.every((candidate) => candidate.source === best.source) ? best : null;
  }

  /** Sessions whose windows hold a moment, in microseconds since the epoch; the one that began last comes first. */
  sessionsAt(time: number): InferredSession[] {
    const windows = this.#load();
    const sessions: Window[] = [];
    for (let at = lastStartingBy(windows, time); at >= 0; at -= 1) {
      if ((this.#latestEnd[at] ?? 0) < time) break;
      const window = windows[at];
      if (window !== undefined && window.end >= time) sessions.push(window);
    }
    return sessions;
  }

  /** The id of a request row that got the same bytes, of the given source where one is known; null when none did. */
  requestOf(orphan: Orphan, source: string | null): string | null {
    if (!isChecksum(orphan.checksum)) return null;
    // Without the plus signs SQLite plans anew for every value, which takes longer than the search.
    const id = this.#db
      .prepare<[object], unknown>(
        `SELECT q.id FROM responses r CROSS JOIN requests q ON q.id = r.request_id LEFT JOIN sessions s ON s.id = q.session_id
         WHERE r.checksum = +@checksum ${source === null ? "" : "AND s.source = +@source"}
         ORDER BY r.created_at <= +@time DESC, r.created_at DESC, r.id LIMIT 1`,
      )
      .pluck()
      .get({ checksum: orphan.checksum, time: orphan.time, ...(source === null ? {} : { source }) });
    return typeof id === "string" ? id : null;
  }

  /** The responses without a session on record that came in during this one. */
  orphansOf(sessionId: string): FoundOrphan[] {
    return this.orphansBySession([sessionId]).get(sessionId) ?? [];
  }

  /** True where more responses than that came in the time that these sessions span: one pass would be long. */
  isLong(sessionIds: readonly string[], most: number): boolean {
    const span = this.#spanOf(new Set(sessionIds));
    if (span === null) return false;
    const rows = this.#db
      .prepare<[Record<string, string | number>], number>(
        "SELECT COUNT(*) FROM (SELECT 1 FROM responses WHERE created_at BETWEEN @from AND @to LIMIT @most)",
      )
      .pluck()
      .get({ from: span.from, to: span.to, most: most + 1 });
    return Number(rows) > most;
  }

  /** {@link orphansOf} several sessions, in one pass over the time that they span. */
  orphansBySession(sessionIds: readonly string[]): Map<string, FoundOrphan[]> {
    const wanted = new Map<string, FoundOrphan[]>(sessionIds.map((id) => [id, []]));
    const span = this.#spanOf(wanted);
    if (span === null) return wanted;
    const orphans = this.#db
      .prepare<[Record<string, string>], FoundOrphan>(
        // Text of another shape or offset may stand up to a day away from where its moment belongs.
        `SELECT r.rowid, ${asKnownText("r.id")} AS id, ${asKnownText("r.created_at")} AS time, ${asText("r.checksum")} AS checksum
         FROM responses r
         WHERE r.created_at >= @fromDay AND r.created_at < @toDay
           AND (r.created_at BETWEEN @from AND @to OR r.created_at NOT GLOB '????-??-??T??:??:??*+00:00')
           AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = ${this.#sessionOnRecord()})`,
      )
      .all(span);
    for (const orphan of orphans) {
      const session = this.sessionOf(orphan);
      if (session !== null) wanted.get(session.id)?.push(orphan);
    }
    return wanted;
  }

  /** Texts between which the times of these sessions lie; null where none is known. */
  #spanOf(ids: { has(id: string): boolean }): Record<"fromDay" | "toDay" | "from" | "to", string> | null {
    let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const window of this.#load()) {
      if (!ids.has(window.id)) continue;
      start = Math.min(start, window.start);
      end = Math.max(end, window.end);
    }
    if (start > end) return null;
    return {
      fromDay: isoText(start - DAY_MICROS, 10),
      toDay: isoText(end + 2 * DAY_MICROS, 10),
      from: isoText(start, 19),
      // Whatever fraction the last second has.
      to: `${isoText(end, 19)}~`,
    };
  }

  /** As lists have it: the session that asked for the response `r`, else that of its request. */
  #sessionOnRecord(): string {
    const ofRequest = "(SELECT q.session_id FROM requests q WHERE q.id = r.request_id)";
    const isExtended = this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'resolutions'");
    if (isExtended.get() === undefined) return ofRequest;
    const ofAsk = "(SELECT a.session_id FROM resolutions a WHERE a.response_id = r.id AND a.kind <> 'reused' LIMIT 1)";
    return `COALESCE(${ofAsk}, ${ofRequest})`;
  }

  #sourcesOf(checksum: string | null): Set<unknown> {
    if (!isChecksum(checksum)) return new Set();
    return new Set(
      this.#db
        .prepare<[string], unknown>(
          `SELECT DISTINCT s.source FROM responses r CROSS JOIN requests q ON q.id = r.request_id
           CROSS JOIN sessions s ON s.id = q.session_id WHERE r.checksum = ?`,
        )
        .pluck()
        .all(checksum),
    );
  }

  /** Session windows by start. A session that never ended reaches up to the next one of its source. */
  #load(): readonly Window[] {
    if (this.#windows !== null) return this.#windows;
    const rows = this.#db
      .prepare<[], { rowid: number; id: string; source: string; startedAt: string; endedAt: string | null }>(
        `SELECT rowid, ${asKnownText("id")} AS id, ${asKnownText("source")} AS source,
           ${asKnownText("started_at")} AS startedAt, ${asText("ended_at")} AS endedAt FROM sessions`,
      )
      .all();
    const started = rows
      .map((row) => ({
        ...row,
        start: epochMicrosOf(row.startedAt),
        end: row.endedAt === null ? null : epochMicrosOf(row.endedAt),
      }))
      .flatMap((row) => (row.start === null ? [] : [{ ...row, start: row.start }]))
      // As changedRanges has them: of those that began at once, the one that was written last is the last.
      .sort((a, b) => a.start - b.start || a.rowid - b.rowid);
    const nextStart = new Map<string, number>();
    const windows: Window[] = [];
    for (const row of started.toReversed()) {
      const end = row.end ?? nextStart.get(row.source) ?? Number.MAX_SAFE_INTEGER;
      nextStart.set(row.source, row.start);
      windows.push({ id: row.id, source: row.source, start: row.start, end });
    }
    windows.reverse();
    let latest = 0;
    this.#latestEnd = windows.map((window) => {
      latest = Math.max(latest, window.end);
      return latest;
    });
    this.#windows = windows;
    return windows;
  }
}

/** The first characters of a moment's UTC text: 10 for the day, 19 for the second. */
function isoText(epochMicros: number, length: 10 | 19): string {
  const date = new Date(Math.min(Math.max(epochMicros / 1000, -62_135_596_800_000), 253_402_300_799_999));
  return date.toISOString().slice(0, length);
}

/** Index of the last window that starts at or before `time`; -1 when none does. */
function lastStartingBy(windows: readonly Window[], time: number): number {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle]?.start ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
