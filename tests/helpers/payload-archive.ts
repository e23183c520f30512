/** An archive around a few payloads, for specs about how they are shown. */
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";

export type Payload = string | Uint8Array;

/**
 * An archive with one response for each payload, in the order given, newest last: `r0`, `r1`, … A payload that comes
 * with a type of its own was declared as that.
 */
export async function payloadArchive(
  name: string,
  contentType: string,
  payloads: readonly (Payload | readonly [contentType: string, payload: Payload])[],
): Promise<string> {
  const folder = join(temporaryFolder(), name);
  using store = Store.create(folder, { durable: false });
  const at = (number: number) => `2025-10-01T00:00:${String(number).padStart(2, "0")}.000000+00:00`;
  await store.insertSession({ id: "s", source: "feed", mode: "sync", asOf: at(0), startedAt: at(0), endedAt: at(59) });
  const request = { sessionId: "s", kind: "payload", method: "GET", paramsJson: "{}", bodyJson: null, hash: null };
  await store.insertRequest({ ...request, id: "q", createdAt: at(0) });
  for (const [number, given] of payloads.entries()) {
    const [type, payload] = typeof given === "string" || given instanceof Uint8Array ? [contentType, given] : given;
    const { checksum, path, sizeBytes } = await store.payloads.put(Buffer.from(payload));
    await store.writeMetadata(checksum, { content_type: type });
    const response = { requestId: "q", status: "ok", sequence: number, checksum, path, sizeBytes };
    await store.insertResponse({ ...response, id: `r${number}`, createdAt: at(number) });
  }
  return folder;
}
