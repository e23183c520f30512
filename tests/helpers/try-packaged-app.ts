/**
 * `npm run package:try`: starts the app that `npm run package` has packed in dist/, with its real Electron, and sees that it
 * shows an archive which its own dataio command has made. Ends with 1 when it does not.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { chromium } from "playwright";
import { ROOT } from "./root.ts";

const DEADLINE_MS = 60_000;
const FUSE_ENABLED = "1".charCodeAt(0);
const NAME = "MXM DataIO Browser";

const { executable, resources } = findPackedApp();
const wire = await getCurrentFuseWire(executable);
if (wire[FuseV1Options.OnlyLoadAppFromAsar] !== FUSE_ENABLED)
  throw new Error("The fuses of the packed app are not set.");

const folder = mkdtempSync(join(tmpdir(), "packaged-app-"));
try {
  const archive = join(folder, "a sample");
  console.log(`dataio ${dataio("--version").trim()}`);
  dataio("sample", archive);
  console.log(dataio("--archive", archive, "verify").trim().split("\n").at(-1));
  await showArchive(archive);
  console.log("The window shows the archive.");
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function findPackedApp(): { readonly executable: string; readonly resources: string } {
  const dist = join(ROOT, "dist");
  const pattern = process.platform === "darwin" ? /^mac(-|$)/ : /-unpacked$/;
  const name = readdirSync(dist).find((entry) => pattern.test(entry));
  if (name === undefined) throw new Error("There is no packed app in dist/: npm run package makes it.");
  const home = join(dist, name);
  if (process.platform === "darwin") {
    const contents = join(home, `${NAME}.app/Contents`);
    return { executable: join(contents, "MacOS", NAME), resources: join(contents, "Resources") };
  }
  const file = process.platform === "win32" ? `${NAME}.exe` : "mxm-dataio-browser";
  return { executable: join(home, file), resources: join(home, "resources") };
}

/** Its standard output; throws when it fails. */
function dataio(...args: readonly string[]): string {
  if (process.platform !== "win32") return execFileSync(join(resources, "bin/dataio"), args, { encoding: "utf8" });
  const line = [join(resources, "bin/dataio.cmd"), ...args].map((word) => `"${word}"`).join(" ");
  return execFileSync(line, { encoding: "utf8", shell: true });
}

async function showArchive(archive: string): Promise<void> {
  const env = { ...process.env, MXM_DATAIO_BROWSER_HOME: join(folder, "home"), XDG_CACHE_HOME: join(folder, "cache") };
  const app = spawn(executable, ["--remote-debugging-port=0", archive], { env, stdio: ["ignore", "inherit", "pipe"] });
  const ended = new Promise<void>((resolve) => app.once("exit", () => resolve()));
  try {
    const endpoint = await debuggerOf(app.stderr);
    const browser = await chromium.connectOverCDP(endpoint);
    // Chromium can be driven before the app has opened its window.
    const [context] = browser.contexts();
    if (context === undefined) throw new Error("The app has no pages.");
    const page = context.pages()[0] ?? (await context.waitForEvent("page", { timeout: DEADLINE_MS }));
    await page.getByRole("row").nth(1).waitFor({ timeout: DEADLINE_MS });
    await browser.close();
  } finally {
    app.kill();
    await ended;
  }
}

/** The address that Chromium prints when it can be driven. */
function debuggerOf(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`The app did not start:\n${text}`)), DEADLINE_MS);
    stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const endpoint = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
  });
}
