/** A text that a person saves where the native dialog says. */
import { writeFile } from "node:fs/promises";
import { fromSystemError } from "@mxm/dataio";
import type { SavedPayload } from "../shared/contract.ts";
import { coded } from "./coded-error.ts";
import type { HostAbilities } from "./host.ts";

/** Null when the dialog is dismissed. @throws HOST_LACKS_DIALOGS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
export async function saveText(host: HostAbilities, suggestedName: string, text: string): Promise<SavedPayload | null> {
  if (host.chooseSaveFile === undefined) throw coded("HOST_LACKS_DIALOGS", "This host has no native dialogs.");
  const path = await host.chooseSaveFile(suggestedName);
  if (path === null) return null;
  try {
    await writeFile(path, text);
  } catch (error) {
    throw fromSystemError(error, `Cannot write ${path}`);
  }
  return { path, sizeBytes: Buffer.byteLength(text) };
}
