/**
 * Closes sessions that never ended because their process died. The end is the last thing that a session is known to have
 * done, so that nothing is made up; that it was closed afterwards is recorded in `archive_meta`.
 */
import { fromSqliteError, openForReading, openForWriting, type ReadConnection, writeTransaction } from "../database.ts";
import type { ArchiveLocation } from "../location.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "../migrations.ts";
import { OrphanInference } from "../orphans.ts";
import { createClock, formatTimestamp, parseTimestamp } from "../timestamps.ts";
import type { RepairOptions, SessionRepair, SessionsToClose } from "./report.ts";

const CREATED_BY = "@mxm/dataio";

type Statements = Pick<ReadConnection, "prepare">;

/** The key of `archive_meta` under which it is recorded that a session was closed by a repair. */
export const closedSessionKey = (sessionId: string) => `closed_session:${sessionId}`;

/** @throws what opening the archive throws, DATABASE_LOCKED */
export async function closeSessions(
  location: ArchiveLocation,
  options: Pick<RepairOptions, "closeSessions" | "dryRun">,
): Promise<SessionRepair[]> {
  const { closeSessions: asked, dryRun = false } = options;
  if (asked === undefined) return [];
  const planned = planFor(location, asked);
  if (dryRun || !planned.some((repair) => repair.outcome === "planned")) return planned;

  const db = openForWriting(location);
  try {
    const clock = createClock();
    return await writeTransaction(db, () => {
      if (schemaVersion(db) !== SCHEMA_VERSION) migrate(db, CREATED_BY, clock());
      const update = db.prepare("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL");
      const record = db.prepare("INSERT OR REPLACE INTO archive_meta (key, value) VALUES (?, ?)");
      return planned.map((repair) => {
        if (repair.outcome !== "planned" || repair.endedAt === null) return repair;
        const { sessionId, endedAt } = repair;
        // Looked at again under the lock: a session that has gone on is alive.
        if (lastActivity(db, sessionId, new OrphanInference(db)) !== endedAt) return left(sessionId, "It goes on.");
        if (update.run(endedAt, sessionId).changes === 0) return left(sessionId, "It has ended meanwhile.");
        record.run(closedSessionKey(sessionId), JSON.stringify({ ended_at: endedAt, closed_at: clock() }));
        return { ...repair, outcome: "done" };
      });
    });
  } finally {
    db.close();
  }
}

function planFor(location: ArchiveLocation, asked: SessionsToClose): SessionRepair[] {
  const connection = openForReading(location);
  try {
    const inference = new OrphanInference(connection);
    const activityOf = (id: string) => lastActivity(connection, id, inference);
    if ("sessionIds" in asked) return asked.sessionIds.map((id) => planForOne(connection, id, activityOf));
    const open = connection
      .prepare<[], { id: string }>("SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY started_at, id")
      .all();
    const latest = BigInt(Date.now() - asked.idleMs) * 1000n;
    return open.map(({ id }) => {
      const plan = planForOne(connection, id, activityOf);
      const moment = parseTimestamp(plan.endedAt ?? "")?.epochMicros;
      return moment !== undefined && moment > latest ? left(id, `It was active at ${plan.endedAt}.`) : plan;
    });
  } catch (error) {
    throw fromSqliteError(error, location.databasePath);
  } finally {
    connection.close();
  }
}

function planForOne(db: Statements, sessionId: string, activityOf: (id: string) => string | null): SessionRepair {
  const row = db
    .prepare<[string], { endedAt: unknown }>("SELECT ended_at AS endedAt FROM sessions WHERE id = ?")
    .get(sessionId);
  if (row === undefined) return left(sessionId, "There is no such session.");
  if (row.endedAt !== null) return left(sessionId, "It has ended.");
  const endedAt = activityOf(sessionId);
  if (endedAt === null) return left(sessionId, "None of its times can be read.");
  return { sessionId, outcome: "planned", endedAt, reason: null };
}

function left(sessionId: string, reason: string): SessionRepair {
  return { sessionId, outcome: "left", endedAt: null, reason };
}

/**
 * The last moment at which a session did something: it started, asked, got an answer of its own, or an orphan response
 * came in that is concluded to be its. Null when no time can be read.
 */
function lastActivity(db: Statements, sessionId: string, inference: OrphanInference): string | null {
  const extended =
    db.prepare<[], unknown>("SELECT 1 FROM sqlite_schema WHERE name = 'resolutions'").get() !== undefined;
  const ofAnother = extended
    ? `AND NOT EXISTS (SELECT 1 FROM resolutions o WHERE o.response_id = r.id AND o.kind = 'acquired' AND o.session_id <> @id)`
    : "";
  const times = db
    .prepare<[object], { time: unknown }>(
      `SELECT started_at AS time FROM sessions WHERE id = @id
       UNION ALL SELECT q.created_at FROM requests q WHERE q.session_id = @id
       UNION ALL SELECT r.created_at FROM requests q CROSS JOIN responses r ON r.request_id = q.id
         WHERE q.session_id = @id ${ofAnother}
       ${extended ? "UNION ALL SELECT o.ended_at FROM resolutions o WHERE o.session_id = @id" : ""}`,
    )
    .all({ id: sessionId })
    .map(({ time }) => time);
  const orphans = inference.orphansOf(sessionId).map((orphan) => orphan.time);
  let latest: bigint | undefined;
  for (const time of [...times, ...orphans]) {
    const moment = typeof time === "string" ? parseTimestamp(time)?.epochMicros : undefined;
    if (moment !== undefined && (latest === undefined || moment > latest)) latest = moment;
  }
  return latest === undefined ? null : formatTimestamp(latest);
}
