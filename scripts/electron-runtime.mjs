/**
 * Electron's runtime. npm installs only its downloader (install scripts are off), so the runtime itself is fetched at the
 * first start, by that downloader, which checks it against checksums that came with the package.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A download that brings nothing for this long is given up. */
const STALLED_MS = 60_000;

/** The runtime's executable, or null when it is not installed. */
export function findElectron(root) {
  const home = join(root, "node_modules/electron");
  try {
    const name = readFileSync(join(home, "path.txt"), "utf8");
    const executable = join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(home, "dist"), name);
    return existsSync(executable) ? executable : null;
  } catch {
    return null;
  }
}

/** What Chromium's sandbox would find on this Linux. */
export function sandboxFacts(root) {
  const setting = (path) => {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      return null;
    }
  };
  const helper = statSync(join(root, "node_modules/electron/dist/chrome-sandbox"), { throwIfNoEntry: false });
  return {
    isRoot: process.getuid?.() === 0,
    hasNamespaces:
      setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") !== "1" &&
      setting("/proc/sys/kernel/unprivileged_userns_clone") !== "0" &&
      setting("/proc/sys/user/max_user_namespaces") !== "0",
    hasHelper: helper?.uid === 0 && (helper.mode & 0o4000) !== 0,
  };
}

/** Tries to fetch the runtime, once. Null when it worked, else why not, in a few words. */
export async function downloadElectron(root) {
  const installer = join(root, "node_modules/electron/install.js");
  if (!existsSync(installer)) return "the electron package is not installed";
  console.log("Downloading Electron's runtime (once, about 120 MB)…");
  // A temporary folder of our own shows whether the download moves, and leaves nothing behind when it is given up.
  const scratch = mkdtempSync(join(tmpdir(), "electron-download-"));
  try {
    return await runInstaller(installer, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runInstaller(installer, scratch) {
  const env = { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch, NODE_USE_ENV_PROXY: "1" };
  const child = spawn(process.execPath, [installer], { env, stdio: ["ignore", "inherit", "pipe"] });
  let problem = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    problem += text;
  });

  let bytes = 0;
  let movedAt = Date.now();
  const watch = setInterval(() => {
    const now = folderBytes(scratch);
    if (now !== bytes) movedAt = Date.now();
    bytes = now;
    if (Date.now() - movedAt < STALLED_MS) return;
    problem = `nothing arrived for ${STALLED_MS / 1000} s`;
    child.kill("SIGKILL");
  }, 1000);

  return new Promise((resolve) => {
    child.once("error", (error) => {
      clearInterval(watch);
      resolve(error.message);
    });
    child.once("close", (code) => {
      clearInterval(watch);
      resolve(code === 0 ? null : reasonOf(problem) || `its installer ended with code ${code}`);
    });
  });
}

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** The most telling line of an error that Node printed: the innermost cause, without the stack. */
export function reasonOf(output) {
  const lines = output.split("\n").map((line) => line.trim());
  const cause = lines.findLast((line) => line.startsWith("[cause]:"))?.replace("[cause]:", "");
  const message = cause ?? lines.find((line) => line !== "") ?? "";
  return message.replace(/^\s*(?:\w*Error:\s*)+/, "").replace(/[\s{.]+$/, "");
}
