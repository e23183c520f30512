/** Temporary archives for tests: empty ones, and copies of the two that the Python package wrote. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dataio-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
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
  execFileSync("tar", ["-xzf", join(import.meta.dirname, "fixtures", `${name}.tar.gz`), "-C", folder]);
}

/** A fixture's JSON. */
export function fixtureJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8"));
}

/** Every file and folder below `root` with its kind, size and content hash: equal before and after means untouched. */
export function folderFingerprint(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(root, name);
    const stat = statSync(path);
    found[name] = stat.isFile()
      ? `${stat.size} ${stat.mtimeMs} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`
      : "folder";
  }
  return found;
}
