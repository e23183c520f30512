/**
 * A folder that electron-builder takes for an Electron for Linux, where there is none: what it packs is then all of the app
 * and nothing of Electron. Its executable runs Node, and carries the bytes in which Electron keeps its fuses.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Electron's: before the version, the number of fuses and their states. */
const SENTINEL = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
const FUSES = 9;

/** Writes it into `folder`, which is made. */
export async function writeStandInRuntime(folder) {
  await mkdir(join(folder, "resources"), { recursive: true });
  const script = `#!/bin/sh\nexec "${process.execPath}" "$@"\nexit\n: ${SENTINEL}`;
  const wire = Buffer.from([1, FUSES, ...Array(FUSES).fill("0".charCodeAt(0)), "\n".charCodeAt(0)]);
  await writeFile(join(folder, "electron"), Buffer.concat([Buffer.from(script), wire]), { mode: 0o755 });
}
