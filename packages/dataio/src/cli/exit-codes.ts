/**
 * The exit codes of the command, which never change meaning: 0 done, 1 failed, 2 usage, 3 not found, 4 integrity,
 * 130 interrupted.
 */
import type { DataioErrorCode } from "../errors.ts";

export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, integrity: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** As `--help` says it. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  failed
  2  the command was not used as it is meant to be
  3  what was asked for is not there
  4  integrity: bytes or rows are not what they should be
  130  interrupted (Ctrl-C); the archive is left clean`;

/** The codes that are no plain failure. */
const BY_ERROR: Readonly<Partial<Record<DataioErrorCode, ExitCode>>> = {
  PARAMS_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  CAPABILITY_MISSING: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  NOT_AN_ARCHIVE: EXIT.notFound,
  CACHE_MISS: EXIT.notFound,
  NOT_A_DATABASE: EXIT.integrity,
  PAYLOAD_MISSING: EXIT.integrity,
  PAYLOAD_CORRUPT: EXIT.integrity,
  CHECKSUM_INVALID: EXIT.integrity,
  SIDECAR_INVALID: EXIT.integrity,
  CANCELLED: EXIT.interrupted,
};

/** The exit code for an error of the library. */
export function exitCodeOf(code: DataioErrorCode): ExitCode {
  return BY_ERROR[code] ?? EXIT.failed;
}

/** For one row or item of many, which is no mistake of whoever gave the command. */
export function exitCodeOfItem(code: DataioErrorCode): ExitCode {
  const exit = exitCodeOf(code);
  return exit === EXIT.usage ? EXIT.failed : exit;
}

/** The one that says more of two: integrity before failed before done. */
export function worse(a: ExitCode, b: ExitCode): ExitCode {
  return Math.max(a, b) as ExitCode;
}
