/**
 * What a person allowed archives to run, and to whom they may give secrets. It stands in the file that the command line keeps
 * it in (the library's TrustFile), so that each knows what was allowed in the other.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TrustFile } from "@mxm/dataio";
import { z } from "zod";
import { JsonFile } from "./json-file.ts";

export { trustFilePath } from "@mxm/dataio";

/** Digests by the absolute folder of the archive. */
const schema = z.record(z.string(), z.array(z.string().regex(/^[0-9a-f]{64}$/)));

/**
 * Opens the person's file. What the app kept in a file of its own, before there was one for both, is moved into it once; where
 * that fails it is tried again at the next start, and asked for until then.
 * @param log hears why it could not be moved
 */
export async function openTrust(
  path: string,
  dataDirectory: string,
  log: (message: string, cause: unknown) => void,
): Promise<TrustFile> {
  const trust = new TrustFile(path);
  const own = join(dataDirectory, "trusted.json");
  try {
    const before = await new JsonFile(own, schema).read();
    if (before !== null) {
      await trust.grantAll(before);
      await rm(own, { force: true });
    }
  } catch (error) {
    log("What was trusted before could not be moved to the file of the command line", error);
  }
  return trust;
}
