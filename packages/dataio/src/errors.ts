/**
 * The one error type of the library. Callers match on `code`, which is stable; the message is for people.
 */

/** Every way in which the library refuses or fails. The codes are part of the public API and never change meaning. */
export type DataioErrorCode =
  /** The folder holds no archive (no `dataio.sqlite`). */
  | "NOT_AN_ARCHIVE"
  /** `dataio.sqlite` is not an SQLite database, or is damaged beyond reading. */
  | "NOT_A_DATABASE"
  /** The database is SQLite, but its tables are not those of a DataIO archive. */
  | "SCHEMA_UNKNOWN"
  /** The archive was written by a newer version of this library. */
  | "SCHEMA_TOO_NEW"
  /** Another process held the database for longer than the busy timeout. */
  | "DATABASE_LOCKED"
  /** The file system refused access. */
  | "ACCESS_DENIED"
  /** There is already something where a new archive should be created. */
  | "ALREADY_EXISTS"
  /** The archive was moved, replaced or deleted while it was open; nothing is written any more. */
  | "ARCHIVE_GONE"
  /** A write was asked of something opened for reading. */
  | "READ_ONLY"
  /** The disk is full or the quota is used up. */
  | "NO_SPACE"
  /** The store or session was used after it was closed. */
  | "CLOSED"
  /** A row, payload or file that was asked for does not exist. */
  | "NOT_FOUND"
  /** A payload file is absent although a row points to it. */
  | "PAYLOAD_MISSING"
  /** The bytes on disk do not match their checksum. */
  | "PAYLOAD_CORRUPT"
  /** Bytes do not decode as what they were said to be. */
  | "PAYLOAD_UNDECODABLE"
  /** A checksum is not 64 lower-case hex digits. */
  | "CHECKSUM_INVALID"
  /** A sidecar file is not a JSON object. */
  | "SIDECAR_INVALID"
  /** A text that should be JSON is not, or a value has no JSON form. */
  | "JSON_INVALID"
  /** A timestamp could not be read. */
  | "TIMESTAMP_INVALID"
  /** No adapter is registered under this name. */
  | "ADAPTER_UNKNOWN"
  /** An adapter of this name is registered already. */
  | "ADAPTER_DUPLICATE"
  /** The adapter cannot do what was asked (for example `send` on a fetch-only adapter). */
  | "CAPABILITY_MISSING"
  /** The request's params do not fit the adapter. */
  | "PARAMS_INVALID"
  /** The adapter failed for a reason of its own; see `cause`. */
  | "ADAPTER_FAILED"
  /** The remote side could not be reached. */
  | "NETWORK_FAILED"
  /** The adapter took longer than its timeout. */
  | "TIMEOUT"
  /** A redirect could not be followed. */
  | "REDIRECT_FAILED"
  /** The payload is larger than the configured limit. */
  | "TOO_LARGE"
  /** Only the archive was to answer, and it holds nothing that fits. */
  | "CACHE_MISS"
  /** A configuration file cannot be read, or says something that makes no sense. */
  | "CONFIG_INVALID"
  /** The operation was cancelled through its signal. */
  | "CANCELLED"
  /** An operating-system or SQLite failure with no more precise code; see `cause`. */
  | "IO_FAILED";

/** Facts about an error that a program or a person may need; JSON-safe. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** A failure with a stable `code`, JSON-safe `details`, and the original error as `cause`. */
export class DataioError extends Error {
  override readonly name = "DataioError";
  readonly code: DataioErrorCode;
  readonly details: ErrorDetails;

  constructor(code: DataioErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True when `error` is a {@link DataioError}, optionally with the given code. */
export function isDataioError(error: unknown, code?: DataioErrorCode): error is DataioError {
  return error instanceof DataioError && (code === undefined || error.code === code);
}

/** The string `code` that Node and SQLite put on their errors (`ENOENT`, `SQLITE_BUSY`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const SYSTEM_CODES: Readonly<Record<string, DataioErrorCode>> = {
  ENOENT: "NOT_FOUND",
  EACCES: "ACCESS_DENIED",
  EPERM: "ACCESS_DENIED",
  EROFS: "ACCESS_DENIED",
  ENOSPC: "NO_SPACE",
  EDQUOT: "NO_SPACE",
  EEXIST: "ALREADY_EXISTS",
};

/** Wraps a file-system error, keeping it as `cause`; an error that is a {@link DataioError} already is returned as it is. */
export function fromSystemError(error: unknown, doing: string): DataioError {
  if (error instanceof DataioError) return error;
  const code = SYSTEM_CODES[systemCode(error) ?? ""];
  const reason = error instanceof Error ? error.message : String(error);
  // Where no code of ours says what it was, the system's name for it is all that there is to look it up by.
  const said = code === undefined ? reason : spokenReason(reason);
  return new DataioError(code ?? "IO_FAILED", `${doing}: ${said}`, { cause: error });
}

/** Of `ENOENT: no such file or directory, open '/a'` what a person reads; the rest is said by the code and by `doing`. */
function spokenReason(message: string): string {
  return /^E[A-Z0-9]+: (.+?), [a-z]+(?: '.*)?$/s.exec(message)?.[1] ?? message;
}
