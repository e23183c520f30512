/** What `repair` is asked for and what it reports: plain data that survives JSON. */
import type { ArchiveLocation } from "../location.ts";

/** Where the bytes of lost or damaged payloads may be found. Only bytes that match a payload's checksum are taken. */
export type PayloadSource =
  /** These bytes. */
  | { readonly bytes: Uint8Array }
  /** The files of a folder and of the folders in it, whatever their names. Links to folders are not followed. */
  | { readonly folder: string }
  /** Another archive; only its payload folder is read. */
  | { readonly archive: string | ArchiveLocation };

/** Which sessions that never ended are closed. Nothing tells for certain that a session's process is dead. */
export type SessionsToClose =
  /** These, however young. */
  | { readonly sessionIds: readonly string[] }
  /** Those that did nothing for so long, in milliseconds. */
  | { readonly idleMs: number };

/** What is to be repaired, and how. Nothing is, unless it is named here. */
export interface RepairOptions {
  /** Restores payloads that are missing or damaged, from these sources in turn. */
  readonly payloads?: readonly PayloadSource[];
  /** Gives sessions an end: the time of the last thing that they are known to have done. */
  readonly closeSessions?: SessionsToClose;
  /** Removes what interrupted writes left in the payload folder, when it was not touched for so long, in milliseconds. */
  readonly removeTemporaryFiles?: { readonly olderThanMs: number };
  /** True changes nothing and reports what would be done. Default false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called at most ten times a second. */
  readonly onProgress?: ((progress: RepairProgress) => void) | undefined;
}

/** How far a repair has come. */
export interface RepairProgress {
  /** `damage`: payloads are verified, `search`: sources are read, `restore`: payloads are written. */
  readonly stage: "damage" | "search" | "restore";
  /** Responses, files or payloads that are done, and how many there are; null where that is not known. */
  readonly done: number;
  readonly total: number | null;
  /** Bytes hashed so far. */
  readonly bytes: number;
}

/** `left`: not done, and `reason` says why. `planned`: would be done, were it not a dry run. */
export type RepairOutcome = "done" | "planned" | "left";

/** What became of a payload that was missing or damaged. */
export interface PayloadRepair {
  readonly checksum: string;
  readonly damage: "missing" | "corrupt" | "unreadable";
  readonly outcome: RepairOutcome;
  /** The file that has the bytes, or `bytes` for those that were given; null when none has them. */
  readonly source: string | null;
  readonly sizeBytes: number | null;
  readonly reason: string | null;
}

/** What became of a session that never ended. */
export interface SessionRepair {
  readonly sessionId: string;
  readonly outcome: RepairOutcome;
  /** The end that it was given or would be given: its last known activity. Timestamp text. */
  readonly endedAt: string | null;
  readonly reason: string | null;
}

/** What became of an unfinished file. */
export interface TemporaryFileRepair {
  /** Absolute path. */
  readonly file: string;
  readonly outcome: RepairOutcome;
  readonly sizeBytes: number;
  readonly reason: string | null;
}

/** The outcome of `repair`. What was not asked for is an empty list. */
export interface RepairReport {
  /** Version of this shape. */
  readonly version: 1;
  readonly archive: ArchiveLocation;
  readonly dryRun: boolean;
  /** Timestamp texts. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly payloads: readonly PayloadRepair[];
  readonly sessions: readonly SessionRepair[];
  readonly temporaryFiles: readonly TemporaryFileRepair[];
  /** True when nothing that was asked for is left. */
  readonly complete: boolean;
}
