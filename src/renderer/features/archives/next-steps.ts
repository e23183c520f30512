/** What a person can do about a refusal, by its stable code. Complements the host's message, which says what happened. */

/** One or two sentences; null when there is nothing sensible to advise. */
export function nextStep(code: string): string | null {
  switch (code) {
    case "NOT_AN_ARCHIVE":
      return "An archive is the folder that holds dataio.sqlite. Choose that folder, or create a new archive.";
    case "NOT_A_DATABASE":
      return "Nothing was changed. Restore dataio.sqlite from a backup; the payloads in responses/ are not touched by this.";
    case "SCHEMA_UNKNOWN":
      return "Nothing was changed. The database belongs to another program; choose the folder of a DataIO archive.";
    case "SCHEMA_TOO_NEW":
      return "Nothing was changed. Update this app, then open the archive again.";
    case "DATABASE_LOCKED":
      return "Nothing was changed. Another process is writing; wait until it is done, then try again.";
    case "ACCESS_DENIED":
      return "Nothing was changed. Ask for permission to read this folder, or open a copy that you may read.";
    case "NOT_FOUND":
      return "The folder may have been moved, or its disk is not mounted. Choose where it is now.";
    case "ARCHIVE_GONE":
      return "What was archived before is where the folder is now. Open it there; nothing is written to its old place.";
    case "ALREADY_EXISTS":
      return "Nothing was overwritten. Choose another name, or open what is already there.";
    case "READ_ONLY":
      return "Allow writing for this archive, or work with a copy that may be written.";
    case "NO_SPACE":
      return "What was archived before is safe. Free some space, then try again.";
    case "READER_ENDED":
      return "Nothing was changed. Another thread is started when it is tried again.";
    case "IO_FAILED":
      return "Nothing that was archived is lost by this. Check the disk, then try again.";
    default:
      return null;
  }
}

/** True when trying the same again may help. */
export function mayPass(code: string): boolean {
  return ["DATABASE_LOCKED", "IO_FAILED", "NOT_FOUND", "ACCESS_DENIED", "READER_ENDED"].includes(code);
}

/** Why an archive can not be written now, in a sentence; null when it can. */
export function writeObstacle(
  archive: { readonly canWrite: boolean },
  host: { readonly readOnly: boolean },
): string | null {
  if (archive.canWrite) return null;
  return host.readOnly
    ? "The host was started read-only, so no archive can be written."
    : "The archive's folder cannot be written by this user.";
}
