/** Builds the app when `out/` is missing or older than anything that it is made of. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const OUTPUTS = [
  "out/main/index.js",
  "out/main/serve.js",
  "out/main/reader-worker.js",
  "out/preload/index.cjs",
  "out/renderer/index.html",
];
const SOURCE_FOLDERS = ["src", "packages"];
const SOURCE_FILES = ["package.json", "package-lock.json", "electron.vite.config.ts"];

/** True when an output is missing, or anything that the build reads was changed after the oldest output. */
export function isBuildStale(root) {
  const outputs = OUTPUTS.map((path) => join(root, path));
  if (!outputs.every((path) => existsSync(path))) return true;
  const builtAt = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  return newestSource(root) > builtAt;
}

function newestSource(root) {
  const files = SOURCE_FILES.map((name) => join(root, name)).filter((path) => existsSync(path));
  const folders = SOURCE_FOLDERS.map((name) => join(root, name)).filter((path) => existsSync(path));
  return Math.max(0, ...files.map((path) => statSync(path).mtimeMs), ...folders.map(newestWithin));
}

/** Folders count as well: removing or renaming a file only changes those. */
function newestWithin(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name === "test") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestWithin(path));
    else if (entry.isFile()) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Builds when that is due. Says so in one line; the builder's own output is shown only when it fails. False then. */
export function buildIfNeeded(root) {
  if (!isBuildStale(root)) return true;
  const builder = join(root, "node_modules/electron-vite/bin/electron-vite.js");
  if (!existsSync(builder)) {
    console.error("The app is not built, and what builds it is not installed: run npm ci first.");
    return false;
  }
  console.log("Building…");
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [builder, "build"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return true;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  console.error(error ? `The build failed: ${error.message}` : "The build failed; what went wrong is above.");
  return false;
}
