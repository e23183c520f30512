/** Narrows a run to a part of an archive: fills the temporary tables that name the part's rows. */
import { DataioError } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveRows } from "./archive-rows.ts";
import { VERIFY_STEPS, type VerifyScope, type VerifyStep } from "./report.ts";

/** Steps about the archive as a whole; for a part they run only when they are asked for. */
const WHOLE: ReadonlySet<VerifyStep> = new Set(["schema", "integrity", "dangling", "strays"]);

/** True when a scope is about some rows only. */
export function isPart(scope: VerifyScope): boolean {
  return scope.sessionIds !== undefined || scope.sources !== undefined || scope.checksums !== undefined;
}

/** The steps of a scope, in the order in which they run. @throws PARAMS_INVALID for a word that is no step */
export function stepsOf(scope: VerifyScope): VerifyStep[] {
  const known = new Set<string>(VERIFY_STEPS);
  for (const step of scope.steps ?? []) {
    if (!known.has(step)) {
      throw new DataioError("PARAMS_INVALID", `There is no step "${step}"; there are ${VERIFY_STEPS.join(", ")}.`);
    }
  }
  const asked = new Set<string>(scope.steps ?? VERIFY_STEPS);
  return VERIFY_STEPS.filter(
    (step) => asked.has(step) && (scope.steps !== undefined || !isPart(scope) || !WHOLE.has(step)),
  );
}

/**
 * Lets `rows` yield the scope's rows only. A session's responses are those to its requests and those that it was given
 * for requests of others.
 * @throws CHECKSUM_INVALID; NOT_FOUND for a session, source or checksum of which the archive has nothing
 */
export async function narrow(rows: ArchiveRows, scope: VerifyScope): Promise<void> {
  if (!isPart(scope)) return;
  const { sessionIds, sources, checksums } = scope;
  for (const checksum of checksums ?? []) {
    if (!isChecksum(checksum)) {
      throw new DataioError("CHECKSUM_INVALID", "A checksum is 64 lower-case hex digits", { details: { checksum } });
    }
  }
  await assertPresent(rows, "session", "sessions", "id", sessionIds);
  await assertPresent(rows, "session of the source", "sessions", "source", sources);
  await assertPresent(rows, "response with the checksum", "responses", "checksum", checksums);

  const lists = {
    ids: JSON.stringify(sessionIds ?? []),
    sources: JSON.stringify(sources ?? []),
    checksums: JSON.stringify(checksums ?? []),
  };
  const bySession = sessionIds !== undefined || sources !== undefined;
  const oneOf = (column: string, list: string) => `${column} IN (SELECT value FROM json_each(@${list}))`;
  await rows.scratch("CREATE TABLE temp.scope_sessions (row INTEGER PRIMARY KEY)");
  await rows.scratch("CREATE TABLE temp.scope_requests (row INTEGER PRIMARY KEY)");
  await rows.scratch("CREATE TABLE temp.scope_responses (row INTEGER PRIMARY KEY, checksum)");
  await rows.scratch("CREATE INDEX temp.scope_checksums ON scope_responses(checksum)");

  const add = (sql: string) => rows.scratch(`INSERT OR IGNORE INTO temp.${sql}`, [lists]);
  if (bySession) {
    await add(
      `scope_sessions SELECT s.rowid FROM sessions s WHERE ${[
        ...(sessionIds === undefined ? [] : [oneOf("s.id", "ids")]),
        ...(sources === undefined ? [] : [oneOf("s.source", "sources")]),
      ].join(" AND ")}`,
    );
    await add(`scope_requests SELECT q.rowid FROM temp.scope_sessions x CROSS JOIN sessions s ON s.rowid = x.row
      CROSS JOIN requests q ON q.session_id = s.id`);
    const wanted = checksums === undefined ? "" : `WHERE ${oneOf("r.checksum", "checksums")}`;
    await add(`scope_responses SELECT r.rowid, r.checksum FROM temp.scope_requests x
      CROSS JOIN requests q ON q.rowid = x.row CROSS JOIN responses r ON r.request_id = q.id ${wanted}`);
    if (rows.extended) {
      await add(`scope_responses SELECT r.rowid, r.checksum FROM temp.scope_sessions x
        CROSS JOIN sessions s ON s.rowid = x.row CROSS JOIN resolutions o ON o.session_id = s.id
        CROSS JOIN responses r ON r.id = o.response_id ${wanted}`);
    }
  } else {
    await add(`scope_responses SELECT r.rowid, r.checksum FROM responses r WHERE ${oneOf("r.checksum", "checksums")}`);
    await add(`scope_requests SELECT q.rowid FROM temp.scope_responses x CROSS JOIN responses r ON r.rowid = x.row
      CROSS JOIN requests q ON q.id = r.request_id`);
    await add(`scope_sessions SELECT s.rowid FROM temp.scope_requests x CROSS JOIN requests q ON q.rowid = x.row
      CROSS JOIN sessions s ON s.id = q.session_id`);
  }
  rows.narrowed = true;
}

/** A part that is not there would be found intact. */
async function assertPresent(
  rows: ArchiveRows,
  what: string,
  table: "sessions" | "responses",
  column: "id" | "source" | "checksum",
  values: readonly string[] | undefined,
): Promise<void> {
  const [absent] = await rows.all<{ value: string }>(
    `SELECT v.value FROM json_each(@values) v WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE ${column} = v.value) LIMIT 1`,
    { values: JSON.stringify(values ?? []) },
  );
  if (absent !== undefined) throw new DataioError("NOT_FOUND", `The archive has no ${what} ${absent.value}.`);
}
