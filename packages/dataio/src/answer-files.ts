/**
 * The two files of one answer, durable together: their bytes are brought to disk side by side, then the payload gets its
 * name, then the sidecar, then both names are brought to disk at once. A crash in between leaves a payload without its
 * sidecar at worst, and no row that speaks of either.
 */
import { type PendingFile, syncDirectory } from "./atomic-file.ts";
import type { JsonObject } from "./canonical-json.ts";
import type { TransportMetadata } from "./model.ts";
import type { PayloadStore, StoredPayload } from "./payloads.ts";
import type { SidecarStore } from "./sidecars.ts";

/**
 * Stores a payload and, unless there is one, its sidecar.
 * @param durable whether to sync; as the two stores were made
 * @throws JSON_INVALID for metadata without a JSON form, NO_SPACE, ACCESS_DENIED, IO_FAILED; nothing is left behind then
 */
export async function writeAnswerFiles(
  files: { readonly payloads: PayloadStore; readonly sidecars: SidecarStore; readonly durable: boolean },
  data: Uint8Array,
  metadata: TransportMetadata | JsonObject,
): Promise<StoredPayload> {
  const { payloads, sidecars, durable } = files;
  const { stored, file: payload } = await payloads.prepare(data);
  let sidecar: PendingFile | undefined;
  try {
    sidecar = await sidecars.prepare(stored.checksum, metadata, stored.outcome === "written");
    if (payload === undefined && sidecar === undefined) return stored;
    const sidecarPath = sidecars.pathOf(stored.checksum);
    const flushed = await Promise.allSettled([payload?.flush(stored.path), sidecar?.flush(sidecarPath)]);
    for (const one of flushed) if (one.status === "rejected") throw one.reason;
    payload?.rename(stored.path);
    sidecar?.link(sidecarPath);
    if (durable) await syncDirectory(payloads.directory);
    return stored;
  } finally {
    payload?.discard();
    sidecar?.discard();
  }
}
