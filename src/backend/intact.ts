/**
 * The check before bytes leave the archive: missing and damaged payloads are refused, with what is known about them.
 */
import { DataioError, type PayloadStore } from "@mxm/dataio";

/** @throws PAYLOAD_MISSING, PAYLOAD_CORRUPT, CANCELLED */
export async function requireIntact(
  payloads: Pick<PayloadStore, "verify">,
  checksum: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await payloads.verify(checksum, { signal });
  if (found.state === "missing") throw payloadMissing(checksum);
  if (found.state === "ok") return;
  const { actual, sizeBytes } = found;
  throw new DataioError("PAYLOAD_CORRUPT", "The bytes on disk do not match their checksum, so they are not saved.", {
    details: { checksum, actual, sizeBytes },
  });
}

export function payloadMissing(checksum: string): DataioError {
  return new DataioError("PAYLOAD_MISSING", "The payload has no file in this archive.", { details: { checksum } });
}
