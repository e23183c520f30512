import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { fixtureJson, folderFingerprint, referenceArchive } from "../archives.ts";
import { dataio } from "./command.ts";
import { runHere } from "./in-process.ts";

interface EdgeCase {
  readonly name: string;
  readonly response_id: string;
  readonly request_id: string;
  readonly checksum: string;
}

const { cases } = fixtureJson<{ cases: EdgeCase[] }>("edge-cases.json");

function edgeCase(name: string): EdgeCase {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no edge case ${name}.`);
  return found;
}

describe("dataio show", () => {
  it("tells all of a response, by its id or the beginning of it, and whether it is intact", async () => {
    const archive = referenceArchive("edge");
    const before = folderFingerprint(archive);
    const good = edgeCase("healthy");
    const bad = edgeCase("payload_corrupt");
    const [text, json, corrupt] = await Promise.all([
      runHere(["show", good.response_id.slice(0, 8), "-a", archive]),
      runHere(["show", good.response_id, "-a", archive, "--json"]),
      runHere(["show", bad.response_id, "-a", archive]),
    ]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`Response ${good.response_id}`);
    expect(text.stdout).toMatch(/integrity +intact/);
    expect(text.stdout).toMatch(/hash check +matches, in the 0\.2 form/);
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: "response",
      id: good.response_id,
      payload: { state: "ok", checksum: good.checksum },
      request: { id: good.request_id },
      hashCheck: { state: "match" },
      metadata: { origin: "sidecar" },
    });
    expect(corrupt.stdout).toMatch(/integrity +CORRUPT: the bytes hash to [0-9a-f]{64}/);
    expect(corrupt.code).toBe(0);
    expect(folderFingerprint(archive)).toEqual(before);
  });

  it("tells of requests by their hash, payloads by their checksum, and sessions", async () => {
    const archive = referenceArchive("small");
    const request = "be0f27f34e9d030024643d6e3c95a817cbdb3a807912b9f6898443e1673c65a0";
    const db = new Database(join(archive, "dataio.sqlite"), { readonly: true });
    const payload = String(
      db.prepare("SELECT checksum FROM responses GROUP BY checksum HAVING COUNT(*) = 2 LIMIT 1").pluck().get(),
    );
    db.close();
    const [byHash, byChecksum, session, ambiguous] = await Promise.all([
      runHere(["show", request.slice(0, 12), "-a", archive, "--json"]),
      runHere(["show", payload, "-a", archive, "--json"]),
      runHere(["show", "9ef3f7d2", "-a", archive, "--json"]),
      runHere(["show", "1", "-a", archive]),
    ]);
    expect(JSON.parse(byHash.stdout)).toMatchObject({ type: "request", responseCount: 1, request: { hash: request } });
    expect(JSON.parse(byChecksum.stdout)).toMatchObject({
      type: "payload",
      responseCount: 2,
      responses: [{ checksum: payload }, { checksum: payload }],
      payload: { state: "ok" },
    });
    expect(JSON.parse(session.stdout)).toMatchObject({
      type: "session",
      responseCount: 10,
      session: { source: "justetf" },
    });
    expect(ambiguous.code).toBe(2);
    expect(ambiguous.stderr).toMatch(/^dataio: "1" stands for several, among them response \S+, .*\n$/);
  });
});

describe("dataio cat", () => {
  it("writes the exact bytes, and not one of what is damaged or missing", async () => {
    const archive = referenceArchive("edge");
    const good = edgeCase("healthy");
    const [byId, byChecksum, corrupt, truncated, missing, none] = await Promise.all([
      dataio(["cat", good.response_id, "-a", archive]),
      runHere(["cat", good.checksum, "-a", archive]),
      dataio(["cat", edgeCase("payload_corrupt").response_id, "-a", archive]),
      runHere(["cat", edgeCase("payload_truncated").checksum, "-a", archive]),
      runHere(["cat", edgeCase("payload_missing").response_id, "-a", archive]),
      runHere(["cat", "0".repeat(64), "-a", archive]),
    ]);
    const bytes = readFileSync(join(archive, "responses", `${good.checksum}.bin`));
    expect(byId.bytes.equals(bytes) && byChecksum.bytes.equals(bytes)).toBe(true);
    expect([byId.code, corrupt.code, truncated.code, missing.code, none.code]).toEqual([0, 4, 4, 4, 3]);
    for (const result of [corrupt, truncated, missing, none]) {
      expect(result.bytes).toHaveLength(0);
      expect(result.stderr).toMatch(/^dataio: .+\n$/);
    }
  });
});
