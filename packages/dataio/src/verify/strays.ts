/**
 * Step `strays`: files in the payload folder that no row refers to. A file that is not yet referred to because its row
 * is still on its way is no stray: what is young is looked at again at the end, and only mentioned if it is still alone.
 */
import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { isTemporaryName } from "../atomic-file.ts";
import { statIfPresentSync } from "../content-files.ts";
import { fromSystemError, systemCode } from "../errors.ts";
import type { ArchiveRows } from "./archive-rows.ts";
import type { FindingCode, StrayCounts } from "./report.ts";
import type { VerifyRun } from "./run.ts";
import { gatherSent } from "./sent.ts";

const NAMES_AT_ONCE = 500;
/** Python's writer may wait this long for the database before the row of a payload is there; in milliseconds. */
const YOUNG_MS = 60_000;

const CONTENT_NAME = /^([0-9a-f]{64})\.(bin|meta\.json)$/;

type Kind = "payload" | "sidecar" | "temporary" | "other";

interface Entry {
  readonly name: string;
  readonly kind: Kind;
  /** Of a payload or sidecar; "" otherwise. */
  readonly checksum: string;
}

const CODES: Readonly<Record<Kind, FindingCode>> = {
  payload: "stray_payload",
  sidecar: "stray_sidecar",
  temporary: "temporary_file",
  other: "other_entry",
};
const MESSAGES: Readonly<Record<Kind, string>> = {
  payload: "No row names this payload",
  sidecar: "No row names the payload of this sidecar",
  temporary: "An unfinished file",
  other: "Neither a payload nor a sidecar",
};

export async function verifyStrays(run: VerifyRun): Promise<StrayCounts> {
  const { rows } = run;
  const files: Record<Kind, number> = { payload: 0, sidecar: 0, temporary: 0, other: 0 };
  const strays: Record<Kind, number> = { payload: 0, sidecar: 0, temporary: 0, other: 0 };
  const young: Entry[] = [];
  const directory = run.location.responsesDirectory;

  const look = (entry: Entry, isLast: boolean) => {
    const path = join(directory, entry.name);
    const found = statIfPresentSync(path);
    // A temporary file that got its name, or was removed, since it was listed; a dangling link stays what it is.
    if (found === undefined && entry.kind !== "other") return;
    const isYoung = found !== undefined && Date.now() - found.mtimeMs < YOUNG_MS;
    if (isYoung && !isLast) {
      young.push(entry);
      return;
    }
    strays[entry.kind] += 1;
    run.findings.add({
      code: CODES[entry.kind],
      ...(isYoung ? { severity: "info" as const } : {}),
      step: "strays",
      message: `${MESSAGES[entry.kind]}: ${entry.name}${isYoung ? " (young; it may be part of a write under way)" : ""}.`,
      files: [path],
      details: { name: entry.name, sizeBytes: found?.isFile() === true ? found.size : null, young: isYoung },
    });
  };

  await gatherSent(rows);
  let done = 0;
  for await (const entries of entryPages(directory)) {
    for (const entry of entries) files[entry.kind] += 1;
    for (const entry of await unreferenced(rows, entries)) look(entry, false);
    done += entries.length;
    run.progress.report("strays", done, null);
  }
  for (let start = 0; start < young.length; start += NAMES_AT_ONCE) {
    const alone = await unreferenced(rows, young.slice(start, start + NAMES_AT_ONCE));
    for (const entry of await unsent(rows, alone)) look(entry, true);
  }
  return {
    payloadFiles: files.payload,
    payloadFilesUnreferenced: strays.payload,
    sidecarFiles: files.sidecar,
    sidecarFilesUnreferenced: strays.sidecar,
    temporaryFiles: strays.temporary,
    otherEntriesInResponsesDir: strays.other,
  };
}

/** What the folder holds, in no order. A folder that does not exist holds nothing. */
async function* entryPages(directory: string): AsyncGenerator<Entry[], void, undefined> {
  try {
    let page: Entry[] = [];
    for await (const entry of await opendir(directory, { bufferSize: NAMES_AT_ONCE })) {
      page.push(entryOf(directory, entry));
      if (page.length < NAMES_AT_ONCE) continue;
      yield page;
      page = [];
    }
    yield page;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw fromSystemError(error, `Cannot list ${directory}`);
  }
}

function entryOf(directory: string, entry: Dirent): Entry {
  const { name } = entry;
  const [, checksum = "", extension] = CONTENT_NAME.exec(name) ?? [];
  const isFile =
    entry.isFile() || (!entry.isDirectory() && statIfPresentSync(join(directory, name))?.isFile() === true);
  if (!isFile) return { name, kind: "other", checksum: "" };
  if (extension !== undefined) return { name, kind: extension === "bin" ? "payload" : "sidecar", checksum };
  return { name, kind: isTemporaryName(name) ? "temporary" : "other", checksum: "" };
}

/** Those that no row refers to. */
async function unreferenced(rows: ArchiveRows, entries: readonly Entry[]): Promise<Entry[]> {
  const found = await rows.all<{ checksum: string }>(
    `SELECT DISTINCT checksum FROM responses WHERE checksum IN (SELECT value FROM json_each(@checksums))
     UNION ALL SELECT checksum FROM temp.sent WHERE checksum IN (SELECT value FROM json_each(@checksums))`,
    { checksums: checksumsOf(entries) },
  );
  return without(entries, found);
}

/** Those that were not sent since the run began. */
async function unsent(rows: ArchiveRows, entries: readonly Entry[]): Promise<readonly Entry[]> {
  if (!rows.extended || entries.length === 0) return entries;
  const found = await rows.all<{ checksum: string }>(
    "SELECT DISTINCT sent_checksum AS checksum FROM resolutions WHERE sent_checksum IN (SELECT value FROM json_each(@checksums))",
    { checksums: checksumsOf(entries) },
  );
  return without(entries, found);
}

function checksumsOf(entries: readonly Entry[]): string {
  return JSON.stringify(entries.flatMap(({ checksum }) => (checksum === "" ? [] : [checksum])));
}

function without(entries: readonly Entry[], found: readonly { readonly checksum: string }[]): Entry[] {
  const referenced = new Set(found.map(({ checksum }) => checksum));
  return entries.filter(({ checksum }) => !referenced.has(checksum));
}
