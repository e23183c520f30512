/**
 * Restores payloads that are missing or damaged. What is written is hashed while it is written, and takes the payload's
 * name only when it is that payload: a damaged file is replaced by right bytes or not at all.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { ArchivePlace } from "../archive-place.ts";
import { PendingFile } from "../atomic-file.ts";
import { throwIfCancelled } from "../cancellation.ts";
import { contentPath } from "../content-files.ts";
import { DataioError, fromSystemError, isDataioError } from "../errors.ts";
import type { ArchiveLocation } from "../location.ts";
import { ArchiveRows } from "../verify/archive-rows.ts";
import { FileHasher } from "../verify/file-hasher.ts";
import { Findings } from "../verify/findings.ts";
import { hashedPayloads } from "../verify/payloads.ts";
import { Progress } from "../verify/run.ts";
import { type Found, findPayloads } from "./payload-search.ts";
import type { PayloadRepair, RepairOptions, RepairProgress } from "./report.ts";

const CHUNK_BYTES = 1024 * 1024;

type Damage = PayloadRepair["damage"];

/** @throws what opening the archive throws, CANCELLED; that a payload cannot be restored is part of the report */
export async function repairPayloads(
  location: ArchiveLocation,
  options: Pick<RepairOptions, "payloads" | "dryRun" | "signal" | "onProgress">,
): Promise<PayloadRepair[]> {
  const { payloads: sources, dryRun = false, signal, onProgress } = options;
  if (sources === undefined) return [];
  const place = new ArchivePlace(location);
  let stage: RepairProgress["stage"] = "damage";
  const progress = new Progress(({ done, total, bytes }) => onProgress?.({ stage, done, total, bytes }));
  await using hasher = new FileHasher();
  const damaged = await findDamage(location, hasher, progress, signal);
  stage = "search";
  // Of a file that cannot be read nobody knows that it is damaged.
  const wanted = new Set([...damaged].flatMap(([checksum, damage]) => (damage === "unreadable" ? [] : [checksum])));
  const found = await findPayloads(wanted, sources, hasher, {
    signal,
    onFiles: (files, bytes) => {
      progress.addBytes(bytes);
      progress.report("payloads", files, null);
    },
  });
  stage = "restore";
  const repairs: PayloadRepair[] = [];
  for (const [checksum, damage] of damaged) {
    throwIfCancelled(signal);
    repairs.push(await repaired(place, location, checksum, damage, found.get(checksum), dryRun, signal));
    progress.report("payloads", repairs.length, damaged.size);
  }
  return repairs;
}

async function findDamage(
  location: ArchiveLocation,
  hasher: FileHasher,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Map<string, Damage>> {
  using rows = await ArchiveRows.open(location, signal);
  const damaged = new Map<string, Damage>();
  const run = { location, rows, hasher, progress, signal, findings: new Findings(0), fullIntegrityCheck: false };
  for await (const { payload, file, bad } of hashedPayloads(run)) {
    if (bad) damaged.set(payload.checksum, file.state === "hashed" ? "corrupt" : file.state);
  }
  return damaged;
}

async function repaired(
  place: ArchivePlace,
  location: ArchiveLocation,
  checksum: string,
  damage: Damage,
  found: Found | undefined,
  dryRun: boolean,
  signal: AbortSignal | undefined,
): Promise<PayloadRepair> {
  if (found === undefined) {
    const reason =
      damage === "unreadable" ? "Its file cannot be read, and may be whole." : "No source has a file with these bytes.";
    return { checksum, damage, outcome: "left", source: null, sizeBytes: null, reason };
  }
  const origin =
    "bytes" in found
      ? { source: "bytes", sizeBytes: found.bytes.byteLength }
      : { source: found.path, sizeBytes: found.sizeBytes };
  const repair = { checksum, damage, ...origin, reason: null };
  if (dryRun) return { ...repair, outcome: "planned" };
  try {
    await restore(place, contentPath(location.responsesDirectory, checksum, ".bin"), checksum, found, signal);
    return { ...repair, outcome: "done" };
  } catch (error) {
    if (!isDataioError(error) || error.code === "CANCELLED") throw error;
    return { ...repair, outcome: "left", reason: error.message };
  }
}

async function restore(
  place: ArchivePlace,
  target: string,
  checksum: string,
  found: Found,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await PendingFile.create(dirname(target), { label: `${checksum}.bin`, make: place.makeFolder });
  try {
    const hash = createHash("sha256");
    for await (const chunk of "bytes" in found ? [found.bytes] : chunksOf(found.path)) {
      throwIfCancelled(signal);
      hash.update(chunk);
      await file.write(chunk);
    }
    if (hash.digest("hex") !== checksum) {
      throw new DataioError("PAYLOAD_CORRUPT", "The source has changed since it was looked at.");
    }
    await file.replace(target);
  } finally {
    file.discard();
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const handle = await open(path, "r");
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromSystemError(error, `Cannot read ${path}`);
  }
}
