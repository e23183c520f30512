/**
 * Verifies an archive: named steps, each of which only reads. Nothing is deleted, repaired or created, and another
 * process may go on writing. What a person or a program does about the findings is another verb: `repair`.
 *
 * Rows are read on the caller's thread in pieces of milliseconds, except for SQLite's own check of the file, which takes
 * about a second for 2 GB; files are hashed in threads. Memory stays flat however large the archive is.
 */
import { DataioError, isDataioError } from "../errors.ts";
import { type ArchiveLocation, archiveLocation } from "../location.ts";
import { createClock } from "../timestamps.ts";
import { ArchiveRows } from "./archive-rows.ts";
import { verifyDangling } from "./dangling.ts";
import { FileHasher } from "./file-hasher.ts";
import { Findings } from "./findings.ts";
import { verifyHashes } from "./hashes.ts";
import { verifyIntegrity } from "./integrity.ts";
import { verifyOrphans } from "./orphans.ts";
import { verifyPayloads } from "./payloads.ts";
import {
  type FindingCode,
  VERIFY_STEPS,
  type VerifyCounts,
  type VerifyProgress,
  type VerifyReport,
  type VerifyScope,
  type VerifyStep,
  type VerifyStepReport,
} from "./report.ts";
import { verifyRows } from "./rows.ts";
import { Progress, type VerifyRun } from "./run.ts";
import { verifySchema } from "./schema.ts";
import { narrow, stepsOf } from "./scope.ts";
import { verifySidecars } from "./sidecars.ts";
import { verifySizes } from "./sizes.ts";
import { verifyStrays } from "./strays.ts";
import { verifyUnfinished } from "./unfinished.ts";

/** How an archive is verified. */
export interface VerifyArchiveOptions {
  /** Default: everything. */
  readonly scope?: VerifyScope;
  readonly signal?: AbortSignal | undefined;
  /** Called at most ten times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Threads that hash files, at least 1. Default: one for each core, 8 at most. */
  readonly concurrency?: number;
  /**
   * `quick` (default) looks at the database's pages and rows; `full` also compares every index with its table, which takes
   * some 20 times as long. In a large archive that is not in WAL mode a writer may have to wait for it.
   */
  readonly integrity?: "quick" | "full";
  /** How many findings of one code are listed; their counts are always exact. Default 1000. */
  readonly maxFindings?: number;
}

const MAX_FINDINGS = 1000;

/** What keeps the database from being opened and says something about the archive, by the finding that it becomes. */
const UNREADABLE: Readonly<Record<string, FindingCode>> = {
  NOT_A_DATABASE: "database_unreadable",
  IO_FAILED: "database_unreadable",
  SCHEMA_UNKNOWN: "schema_unknown",
  SCHEMA_TOO_NEW: "schema_too_new",
};

/**
 * Verifies an archive, or a part of it, and reports what was found. Damage is a finding, not an error.
 * @throws NOT_AN_ARCHIVE, ACCESS_DENIED; DATABASE_LOCKED after 15 seconds; CANCELLED; PARAMS_INVALID, CHECKSUM_INVALID and
 *   NOT_FOUND for a scope that makes no sense
 */
export async function verify(
  where: string | ArchiveLocation,
  options: VerifyArchiveOptions = {},
): Promise<VerifyReport> {
  const { scope = {}, maxFindings = MAX_FINDINGS, concurrency } = options;
  if (concurrency !== undefined && !(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    throw new DataioError("PARAMS_INVALID", `The number of threads is at least 1, not ${concurrency}.`);
  }
  const asked = stepsOf(scope);
  const location = typeof where === "string" ? archiveLocation(where) : where;
  const clock = createClock();
  const startedAt = clock();
  const findings = new Findings(maxFindings);
  const done = await runSteps(location, asked, findings, options);
  const steps = VERIFY_STEPS.map((step): VerifyStepReport => {
    const reason = asked.includes(step) ? "" : scope.steps === undefined ? "about the whole archive" : "not asked for";
    return done.steps.get(step) ?? { step, state: "skipped", reason, elapsedMs: 0 };
  });
  const reported = findings.report();
  return {
    version: 1,
    archive: location,
    scope,
    startedAt,
    endedAt: clock(),
    intact: reported.severities.error === 0 && asked.every((step) => done.steps.get(step)?.state === "done"),
    steps,
    counts: done.counts,
    ...reported,
  };
}

/** Each step gives the counts that it made. */
const STEPS: Readonly<Record<VerifyStep, (run: VerifyRun) => Promise<Partial<VerifyCounts>>>> = {
  schema: async (run) => {
    await verifySchema(run);
    return {};
  },
  integrity: async (run) => {
    await verifyIntegrity(run);
    return {};
  },
  rows: async (run) => ({ rows: await verifyRows(run) }),
  payloads: async (run) => ({ payloads: await verifyPayloads(run) }),
  sizes: async (run) => ({ sizes: await verifySizes(run) }),
  sidecars: async (run) => ({ sidecars: await verifySidecars(run) }),
  hashes: async (run) => ({ hashes: await verifyHashes(run) }),
  orphans: async (run) => ({ orphans: await verifyOrphans(run) }),
  dangling: async (run) => ({ dangling: await verifyDangling(run) }),
  strays: async (run) => ({ strays: await verifyStrays(run) }),
  unfinished: async (run) => ({ unfinished: await verifyUnfinished(run) }),
};

interface Done {
  readonly steps: ReadonlyMap<VerifyStep, VerifyStepReport>;
  readonly counts: VerifyCounts;
}

async function runSteps(
  location: ArchiveLocation,
  asked: readonly VerifyStep[],
  findings: Findings,
  options: VerifyArchiveOptions,
): Promise<Done> {
  const { scope = {}, signal, concurrency, onProgress, integrity } = options;
  const steps = new Map<VerifyStep, VerifyStepReport>();
  let counts: VerifyCounts = {
    rows: null,
    payloads: null,
    sizes: null,
    sidecars: null,
    hashes: null,
    orphans: null,
    dangling: null,
    strays: null,
    unfinished: null,
  };
  const opened = await openOrFinding(location, findings, signal);
  if (opened instanceof DataioError) {
    for (const step of asked) steps.set(step, { step, state: "failed", reason: opened.message, elapsedMs: 0 });
    return { steps, counts };
  }
  using rows = opened;
  await narrow(rows, scope);
  await using hasher = new FileHasher(concurrency);
  const run: VerifyRun = {
    location,
    rows,
    findings,
    hasher,
    progress: new Progress(onProgress),
    signal,
    fullIntegrityCheck: integrity === "full",
  };
  for (const step of asked) {
    const began = performance.now();
    const end = (state: "done" | "failed", reason: string | null) =>
      steps.set(step, { step, state, reason, elapsedMs: Math.round(performance.now() - began) });
    try {
      counts = { ...counts, ...(await STEPS[step](run)) };
      end("done", null);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const files = [location.databasePath];
      findings.add({ code: "database_damaged", step, message: error.message, files, details: error.details });
      end("failed", error.message);
    }
  }
  return { steps, counts };
}

async function openOrFinding(
  location: ArchiveLocation,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<ArchiveRows | DataioError> {
  try {
    return await ArchiveRows.open(location, signal);
  } catch (error) {
    const code = isDataioError(error) ? UNREADABLE[error.code] : undefined;
    if (!isDataioError(error) || code === undefined) throw error;
    const { message, details } = error;
    findings.add({ code, step: "schema", message, files: [location.databasePath], details });
    return error;
  }
}

/** What SQLite says of a file that it cannot make sense of, or not read. */
function isDamage(error: unknown): error is DataioError {
  if (!isDataioError(error)) return false;
  return error.code === "NOT_A_DATABASE" || (error.code === "IO_FAILED" && error.details.sqlite !== undefined);
}
