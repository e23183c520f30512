/** An archive around a few payloads, for specs about how they are shown. */
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";

/** An archive with one response for each payload, in the order given, newest last: `r0`, `r1`, … */
export async function payloadArchive(name: string, contentType: string, payloads: readonly string[]): Promise<string> {
  const folder = join(temporaryFolder(), name);
  using store = Store.create(folder, { durable: false });
  const at = (number: number) => `2025-10-01T00:00:0${number}.000000+00:00`;
  await store.insertSession({ id: "s", source: "feed", mode: "sync", asOf: at(0), startedAt: at(0), endedAt: at(9) });
  const request = { sessionId: "s", kind: "payload", method: "GET", paramsJson: "{}", bodyJson: null, hash: null };
  await store.insertRequest({ ...request, id: "q", createdAt: at(0) });
  for (const [number, text] of payloads.entries()) {
    const { checksum, path, sizeBytes } = await store.payloads.put(Buffer.from(text));
    await store.writeMetadata(checksum, { content_type: contentType });
    const response = { requestId: "q", status: "ok", sequence: number, checksum, path, sizeBytes };
    await store.insertResponse({ ...response, id: `r${number}`, createdAt: at(number) });
  }
  return folder;
}
