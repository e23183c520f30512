/** A folder as a stored zip: what an export wrote into one, for someone who can take only a file. */
import { createReadStream } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSystemError } from "../errors.ts";
import { ZipTree } from "./zip-file.ts";

/**
 * Packs a folder with all regular files below it, under its own name; no link is followed.
 * @param target a file that is not there yet; it appears when it is whole, or not at all
 * @throws NOT_FOUND, ALREADY_EXISTS, CANCELLED, NO_SPACE, ACCESS_DENIED, IO_FAILED
 */
export async function zipFolder(
  folder: string,
  target: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { signal } = options;
  try {
    const { mtime } = await stat(folder);
    const zip = new ZipTree(target, { existing: "refuse", compression: "store", modified: mtime });
    try {
      for await (const name of filesBelow(folder, "")) {
        throwIfCancelled(signal);
        const path = join(folder, name);
        await zip.addChunks(
          `${basename(folder)}/${name}`,
          createReadStream(path, { highWaterMark: 1024 * 1024 }),
          (await stat(path)).size,
        );
      }
      await zip.finish();
    } finally {
      await zip.discard();
    }
  } catch (error) {
    throw fromSystemError(error, `Cannot pack ${folder}`);
  }
}

/** Their names, with `/` between the parts. */
async function* filesBelow(folder: string, prefix: string): AsyncGenerator<string, void, undefined> {
  for await (const entry of await opendir(join(folder, prefix))) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, `${name}/`);
    else if (entry.isFile()) yield name;
  }
}
