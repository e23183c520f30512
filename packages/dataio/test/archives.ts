/** Temporary archives for tests: empty ones, and copies of the two that the Python package wrote. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

/** Those of the test that runs. */
const folders: string[] = [];

/** A folder that is removed when the test ends, after whatever was begun later than the test's first folder. */
export function temporaryFolder(): string {
  if (folders.length === 0) {
    onTestFinished(() => {
      for (const folder of folders.splice(0)) removeFolder(folder);
    });
  }
  // Under its real name, for that is what a process that is started in it, and a dialog that shows it, say.
  const folder = mkdtempSync(join(realpathSync.native(tmpdir()), "dataio-test-"));
  folders.push(folder);
  return folder;
}

/** Removes a folder with all that is in it. What Windows does not give up, for something has it open, stays behind. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, ...(process.platform === "win32" && { maxRetries: 3 }) });
  } catch (error) {
    if (process.platform !== "win32") throw error;
  }
}

/** A fresh copy of an archive that the Python package wrote; see EXPECTED.json and edge-cases.json. */
export function referenceArchive(name: "small" | "edge"): string {
  const folder = temporaryFolder();
  extractReference(name, folder);
  return join(folder, name);
}

/** Unpacks a reference archive as `<folder>/<name>`. */
export function extractReference(name: "small" | "edge", folder: string): void {
  mkdirSync(folder, { recursive: true });
  // No path is an argument: on Windows there are two programs of this name, and one takes a drive for a host.
  const input = gunzipSync(readFileSync(join(import.meta.dirname, "fixtures", `${name}.tar.gz`)));
  execFileSync("tar", ["-xf", "-"], { cwd: folder, input });
}

/** A fixture's JSON. */
export function fixtureJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8"));
}

/**
 * Every file and folder below `root`, named with slashes, with its kind, size and content hash: equal before and after means
 * untouched.
 */
export function folderFingerprint(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(root, name);
    const stat = statSync(path);
    found[name.replaceAll(sep, "/")] = stat.isFile()
      ? `${stat.size} ${stat.mtimeMs} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`
      : "folder";
  }
  return found;
}
