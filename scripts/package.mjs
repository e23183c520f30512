/**
 * `npm run package`: installers for this system. Electron's runtime and the tools that make installers are fetched when they
 * are needed; what cannot be had is said in one sentence, with what is ready without it, and ends it with 1.
 *
 * usage: package.mjs [--prepare] [--output DIR]
 * `--prepare` fetches nothing and makes no installer: it packs the app around a stand-in for Electron, to look at.
 */
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildIfNeeded } from "./build-if-needed.mjs";
import { bundleCommand } from "./bundle-command.mjs";
import { downloadElectron, findElectron, reasonOf } from "./electron-runtime.mjs";
import { requireNode } from "./require-node.mjs";
import { writeStandInRuntime } from "./stand-in-runtime.mjs";

requireNode();
const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { prepare: { type: "boolean" }, output: { type: "string" } } });
const output = resolve(values.output ?? join(root, "dist"));
// What a workflow has no secret for is an empty variable; electron-builder would take that for an identity.
for (const name of Object.keys(process.env)) {
  if (/^(CSC_|APPLE_)/.test(name) && process.env[name] === "") delete process.env[name];
}
process.exitCode = (await main()) ? 0 : 1;

async function main() {
  if (!buildIfNeeded(root)) return false;
  await bundleCommand(root, join(root, "out/dataio"));
  const isMissing = !values.prepare && findElectron(root) === null;
  const problem = isMissing ? await downloadElectron(root) : null;
  // Loaded late: electron-builder takes a second.
  const packing = await import("./pack-app.mjs");
  await rm(output, { recursive: true, force: true });
  if (!values.prepare && problem === null) return packageApp(packing);
  const prepared = await prepareApp(packing);
  const what = `The app as an installer would hold it, around a stand-in for Electron, is in ${prepared}`;
  if (problem === null) console.log(what);
  else console.error(`Prepared, not packaged: Electron's runtime could not be downloaded (${problem}). ${what}`);
  return problem === null;
}

/** Packs the app around a stand-in. */
async function prepareApp({ packApp, packedFolder }) {
  const { Platform } = await import("electron-builder");
  const scratch = await mkdtemp(join(tmpdir(), "dataio-package-"));
  try {
    const electronDist = join(scratch, "electron");
    await writeStandInRuntime(electronDist);
    await packApp({ root, electronDist, output: scratch, platform: Platform.LINUX });
    const prepared = join(output, "prepared");
    await cp(join(scratch, packedFolder(Platform.LINUX)), prepared, { recursive: true });
    return prepared;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Packs the app, then makes every kind of installer that can be made: one that cannot does not keep the others away. */
async function packageApp({ packApp, makeInstaller, installerTargets, packedFolder }) {
  const electronDist = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(root, "node_modules/electron/dist");
  await packApp({ root, electronDist, output });
  const packed = appOf(join(output, packedFolder()));
  const made = [];
  const failed = [];
  for (const target of await installerTargets()) {
    try {
      made.push(...(await makeInstaller({ root, packed, target, output })));
    } catch (error) {
      failed.push(`${target} (${reasonOf(error instanceof Error ? error.message : String(error))})`);
    }
  }
  for (const file of made) console.log(`Made ${file}`);
  if (failed.length === 0) return true;
  console.error(`Could not make ${failed.join(", ")}. The app itself is packed, and can be run from ${packed}`);
  return false;
}

/** On macOS electron-builder takes the app and not its folder for what is packed. */
function appOf(folder) {
  const app = join(folder, "MXM DataIO Browser.app");
  return existsSync(app) ? app : folder;
}
