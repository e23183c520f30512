/**
 * Repairs what can be repaired without guessing, and only what is asked for: payloads of which someone has the bytes,
 * sessions whose process is dead, files that interrupted writes left. Nothing that is archived and whole is touched.
 */
import { DataioError } from "../errors.ts";
import { type ArchiveLocation, archiveLocation } from "../location.ts";
import { createClock } from "../timestamps.ts";
import { repairPayloads } from "./payloads.ts";
import type { RepairOptions, RepairReport } from "./report.ts";
import { closeSessions } from "./sessions.ts";
import { removeTemporaryFiles } from "./temporary-files.ts";

/**
 * Does what the options ask for, and reports each thing that was done or left; with `dryRun` it changes nothing and
 * reports what it would do.
 * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED; PARAMS_INVALID for an
 *   age that is none; NOT_FOUND for a source folder that does not exist; CANCELLED
 */
export async function repair(where: string | ArchiveLocation, options: RepairOptions): Promise<RepairReport> {
  const location = typeof where === "string" ? archiveLocation(where) : where;
  const { closeSessions: toClose, removeTemporaryFiles: toRemove } = options;
  if (toClose !== undefined && "idleMs" in toClose) assertAge(toClose.idleMs);
  if (toRemove !== undefined) assertAge(toRemove.olderThanMs);
  const clock = createClock();
  const startedAt = clock();
  const payloads = await repairPayloads(location, options);
  const sessions = await closeSessions(location, options);
  const temporaryFiles = await removeTemporaryFiles(location, options);
  const all = [...payloads, ...sessions, ...temporaryFiles];
  return {
    version: 1,
    archive: location,
    dryRun: options.dryRun ?? false,
    startedAt,
    endedAt: clock(),
    payloads,
    sessions,
    temporaryFiles,
    complete: all.every((one) => one.outcome !== "left"),
  };
}

function assertAge(ms: number): void {
  if (Number.isFinite(ms) && ms >= 0) return;
  throw new DataioError("PARAMS_INVALID", `An age is a number of milliseconds, not ${ms}.`);
}
