/**
 * Names from outside (kinds, sources, params, checksums, paths, metadata) are data: whatever they say, an archive writes
 * its database and files that are called by a checksum, and nothing beside itself.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  DataIoSession,
  exportPayload,
  type Fetcher,
  loadConfig,
  PayloadStore,
  type Sender,
  Store,
  sha256Hex,
  verify,
} from "../../src/index.ts";
import { folderFingerprint, temporaryFolder } from "../archives.ts";
import { anyKey, anyText } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf } from "./outcome.ts";
import { writeRawArchive } from "./raw-archive.ts";

guardPrototypes();

const ARCHIVE_FILE = /^(dataio\.sqlite(-wal|-shm)?|responses|responses[/\\][0-9a-f]{64}\.(bin|meta\.json))$/;

/** A folder with an archive's place in it and something beside it that must stay as it is. */
function neighbourhood(): { readonly root: string; readonly beside: () => Record<string, string> } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "beside"));
  writeFileSync(join(folder, "beside", "canary"), "untouched");
  writeFileSync(join(folder, `${"a".repeat(64)}.bin`), "untouched");
  const beside = () =>
    Object.fromEntries(Object.entries(folderFingerprint(folder)).filter(([name]) => !/^archive([/\\]|$)/.test(name)));
  return { root: join(folder, "archive"), beside };
}

describe("a session", () => {
  const ask = fc.record({
    source: anyText,
    kind: anyText,
    params: fc.array(fc.tuple(anyKey, anyText), { maxLength: 3 }),
    contentType: anyText,
    url: anyText,
    headers: fc.array(fc.tuple(anyKey, anyText), { maxLength: 3 }),
    payload: fc.uint8Array({ maxLength: 8 }),
    cacheTag: fc.option(anyText),
  });

  it("archives what it is told, under names of its own, and nothing elsewhere", async () => {
    const { root, beside } = neighbourhood();
    const before = beside();
    using store = Store.create(root, { durable: false });
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(ask, async ({ source, kind, params, contentType, url, headers, payload, cacheTag }) => {
        const result = new AdapterResult({ data: payload, contentType, url, headers: Object.fromEntries(headers) });
        const adapter: Fetcher & Sender = { fetch: async () => result, send: async () => result };
        const outcome = await outcomeOf(async () => {
          const session = await DataIoSession.open({ store, source, adapter });
          try {
            const request = session.request({ kind, params: Object.fromEntries(params), cacheTag });
            const response = await session.fetch(request);
            await session.send(session.request({ kind, method: "SEND" }), payload);
            return response;
          } finally {
            await session.close();
          }
        });
        // Text that has no UTF-8 form has no hash, and a session has to have a source.
        if (outcome.state === "refused") expect(["JSON_INVALID", "PARAMS_INVALID"]).toContain(outcome.code);
        else {
          stored += 1;
          expect(outcome.value.checksum).toBe(sha256Hex(payload));
        }
      }),
      { numRuns: 80 },
    );
    expect(stored).toBeGreaterThan(20);
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) expect(name).toMatch(ARCHIVE_FILE);
    expect(beside()).toEqual(before);
    expect((await verify(root, { concurrency: 1 })).intact).toBe(true);
  });
});

describe("a checksum and a path that an archive states", () => {
  it("name no file but a payload's", async () => {
    const { root, beside } = neighbourhood();
    const before = beside();
    const canary = join(root, "..", "beside", "canary");
    const time = "2025-10-22T10:00:00+00:00";
    const hostile = ["../beside/canary", canary, `../${"a".repeat(64)}`, `${"a".repeat(64)}\n`, `../${"a".repeat(61)}`];
    writeRawArchive(root, {
      responses: hostile.map((checksum, index) => ({
        id: String(index),
        request_id: "q",
        status: "ok",
        checksum,
        path: canary,
        created_at: time,
      })),
    });
    using reader = new ArchiveReader(root);
    for (const index of hostile.keys()) {
      const { payload } = await reader.row({ type: "response", id: String(index) });
      expect(payload).toMatchObject({ state: "unaddressable", sizeBytes: null, sniffedType: null });
    }
    const payloads = new PayloadStore(join(root, "responses"), { durable: false });
    const inside = folderFingerprint(root);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...hostile), anyText), async (checksum) => {
        fc.pre(!/^[0-9a-f]{64}$/.test(checksum));
        for (const action of [
          () => payloads.stat(checksum),
          () => payloads.read(checksum),
          () => payloads.readRange(checksum, 0, 9),
          () => payloads.verify(checksum),
          () => exportPayload(payloads, checksum, join(root, "exported")),
        ]) {
          expect(await outcomeOf<unknown>(action)).toEqual({ state: "refused", code: "CHECKSUM_INVALID" });
        }
      }),
      { numRuns: 60 },
    );
    expect(folderFingerprint(root)).toEqual(inside);
    expect(beside()).toEqual(before);
  });
});

describe("a package's name", () => {
  it("leads to no folder but its own", async () => {
    const { root, beside } = neighbourhood();
    mkdirSync(root);
    const before = beside();
    await fc.assert(
      fc.asyncProperty(anyText, async (name) => {
        const found = await outcomeOf(() => loadConfig(name, { root, env: {}, machine: "m" }));
        if (found.state === "refused") expect(["PARAMS_INVALID", "IO_FAILED"]).toContain(found.code);
        else for (const { path } of found.value.files) expect(join(path, "..", "..")).toBe(root);
      }),
      { numRuns: 100 },
    );
    expect(beside()).toEqual(before);
  });
});
