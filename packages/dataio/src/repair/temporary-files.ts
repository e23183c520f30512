/** Removes what interrupted writes left in the payload folder: files under a temporary name of this library, and no others. */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isTemporaryName } from "../atomic-file.ts";
import { fromSystemError, systemCode } from "../errors.ts";
import type { ArchiveLocation } from "../location.ts";
import type { RepairOptions, TemporaryFileRepair } from "./report.ts";

/** @throws ACCESS_DENIED when the folder cannot be listed */
export async function removeTemporaryFiles(
  location: ArchiveLocation,
  options: Pick<RepairOptions, "removeTemporaryFiles" | "dryRun">,
): Promise<TemporaryFileRepair[]> {
  const { removeTemporaryFiles: asked, dryRun = false } = options;
  if (asked === undefined) return [];
  const { olderThanMs } = asked;
  const repairs: TemporaryFileRepair[] = [];
  for (const name of await namesIn(location.responsesDirectory)) {
    if (!isTemporaryName(name)) continue;
    const repair = await removed(join(location.responsesDirectory, name), olderThanMs, dryRun);
    if (repair !== null) repairs.push(repair);
  }
  return repairs;
}

/** Null for what is gone by now or is no file. */
async function removed(file: string, olderThanMs: number, dryRun: boolean): Promise<TemporaryFileRepair | null> {
  try {
    const stat = await lstat(file);
    if (!stat.isFile()) return null;
    const { size: sizeBytes } = stat;
    if (Date.now() - stat.mtimeMs < olderThanMs) {
      return { file, outcome: "left", sizeBytes, reason: "It may be part of a write under way." };
    }
    if (!dryRun) await rm(file);
    return { file, outcome: dryRun ? "planned" : "done", sizeBytes, reason: null };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    const { message } = fromSystemError(error, "Cannot remove it");
    return { file, outcome: "left", sizeBytes: 0, reason: message };
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw fromSystemError(error, `Cannot list ${directory}`);
  }
}
