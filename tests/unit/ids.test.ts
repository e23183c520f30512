import { ArchiveListing } from "@mxm/dataio";
import { describe, expect, it } from "vitest";
import { referenceArchive } from "../../packages/dataio/test/archives.ts";
import { idHandlers } from "../../src/backend/handlers/ids.ts";

describe("ids.find", () => {
  const find = async (folder: string, text: string) => {
    const handlers = idHandlers({ archives: { get: () => ({ path: folder }) } });
    return handlers["ids.find"]({ archiveId: "a", text }, { signal: new AbortController().signal });
  };

  it("leads from every kind of id to its row", async () => {
    const folder = referenceArchive("small");
    using listing = new ArchiveListing(folder);
    const [newest] = listing.responses();
    if (newest === undefined || newest.checksum === null) throw new Error("The archive has no response");
    const row = { type: "response", id: newest.id };
    expect(await find(folder, newest.id)).toEqual([{ type: "response", id: newest.id, row }]);
    expect(await find(folder, newest.id.slice(0, 10))).toEqual([{ type: "response", id: newest.id, row }]);
    expect(await find(folder, newest.sessionId ?? "")).toEqual([{ type: "session", id: newest.sessionId, row: null }]);
    const [request] = listing.requests();
    if (request?.hash == null) throw new Error("The archive has no request with a hash");
    const latest = { type: "response", id: request.latestResponseId };
    expect(await find(folder, request.id)).toEqual([{ type: "request", id: request.id, row: latest }]);
    expect(await find(folder, request.hash)).toEqual([{ type: "request", id: request.id, row: latest }]);
    const [found] = await find(folder, newest.checksum);
    expect(found).toMatchObject({ type: "payload", id: newest.checksum, row: { type: "response" } });
    expect(await find(folder, "ffffffffffff")).toEqual([]);
  });
});
