import { ArchiveListing, archiveLocation } from "@mxm/dataio";
import { describe, expect, it } from "vitest";
import { referenceArchive } from "../../packages/dataio/test/archives.ts";
import { foundRows } from "../../src/backend/workers/found-rows.ts";

describe("what an id stands for", () => {
  const find = (folder: string, text: string) => foundRows(archiveLocation(folder), text);

  it("leads from every kind of id to its row", () => {
    const folder = referenceArchive("small");
    using listing = new ArchiveListing(folder);
    const [newest] = listing.responses();
    if (newest === undefined || newest.checksum === null) throw new Error("The archive has no response");
    const row = { type: "response", id: newest.id };
    expect(find(folder, newest.id)).toEqual([{ type: "response", id: newest.id, row }]);
    expect(find(folder, newest.id.slice(0, 10))).toEqual([{ type: "response", id: newest.id, row }]);
    expect(find(folder, newest.sessionId ?? "")).toEqual([{ type: "session", id: newest.sessionId, row: null }]);
    const [request] = listing.requests();
    if (request?.hash == null) throw new Error("The archive has no request with a hash");
    const latest = { type: "response", id: request.latestResponseId };
    expect(find(folder, request.id)).toEqual([{ type: "request", id: request.id, row: latest }]);
    expect(find(folder, request.hash)).toEqual([{ type: "request", id: request.id, row: latest }]);
    const [found] = find(folder, newest.checksum);
    expect(found).toMatchObject({ type: "payload", id: newest.checksum, row: { type: "response" } });
    expect(find(folder, "ffffffffffff")).toEqual([]);
  });
});
