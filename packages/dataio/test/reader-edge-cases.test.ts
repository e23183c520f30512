import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArchiveReader, type RowDetail, type RowSort } from "../src/index.ts";
import { ArchiveListing } from "../src/listing.ts";
import { createPythonTables } from "../src/migrations.ts";
import { extractReference, fixtureJson, temporaryFolder } from "./archives.ts";

const NEWEST: RowSort = { column: "time", direction: "desc" };

interface EdgeCase {
  readonly name: string;
  readonly expect: string;
  readonly session_id?: string;
  readonly request_id?: string;
  readonly request_ids?: readonly string[];
  readonly response_id?: string;
  readonly response_ids?: readonly string[];
  readonly value?: string;
  readonly actual_size?: number;
  readonly params_json?: string;
}
const { cases } = fixtureJson<{ cases: readonly EdgeCase[] }>("edge-cases.json");

describe("every odd case of the edge archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "dataio-test-"));
  let reader: ArchiveReader;
  beforeAll(() => {
    extractReference("edge", folder);
    reader = new ArchiveReader(join(folder, "edge"));
  });
  afterAll(() => {
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const checks: Record<string, (detail: RowDetail, edge: EdgeCase) => void> = {
    payload_missing: ({ payload, metadata }) =>
      expect([payload?.state, metadata.origin]).toEqual(["missing", "sidecar"]),
    payload_corrupt: ({ payload }) => {
      expect(payload?.state).toBe("corrupt");
      expect(payload?.sizeBytes).toBe(payload?.recordedSizeBytes);
      expect(payload?.actualChecksum).toMatch(/^[0-9a-f]{64}$/);
    },
    payload_truncated: ({ payload }) => {
      expect(payload?.state).toBe("corrupt");
      expect(payload?.sizeBytes).toBeLessThan(payload?.recordedSizeBytes ?? 0);
    },
    payload_empty_ok: ({ payload }) =>
      expect([payload?.state, payload?.sizeBytes, payload?.preview]).toEqual(["ok", 0, "empty"]),
    sidecar_missing: ({ metadata }) => expect(metadata.origin).toBe("none"),
    sidecar_never: ({ metadata }) => expect(metadata.origin).toBe("none"),
    sidecar_invalid_json: ({ metadata }) => expect(metadata.origin).toBe("invalid"),
    sidecar_empty_file: ({ metadata }) => expect(metadata.origin).toBe("invalid"),
    sidecar_array: ({ metadata }) => expect(metadata.origin).toBe("invalid"),
    sidecar_nan: ({ metadata }) =>
      expect(metadata).toMatchObject({ origin: "invalid", text: expect.stringContaining("NaN") }),
    sidecar_wrong_types: ({ metadata }) => expect(metadata.origin).toBe("sidecar"),
    sidecar_list_header: ({ metadata }) => expect(metadata.origin).toBe("sidecar"),
    checksum_null: ({ payload }) => expect(payload?.state).toBe("unaddressable"),
    checksum_traversal: ({ payload }) => expect(payload?.state).toBe("unaddressable"),
    checksum_short: ({ payload }) => expect(payload?.state).toBe("unaddressable"),
    checksum_empty: ({ payload }) => expect(payload?.state).toBe("unaddressable"),
    size_null: ({ payload }, edge) => expect([payload?.state, payload?.sizeBytes]).toEqual(["ok", edge.actual_size]),
    size_wrong: ({ payload }, edge) => expect([payload?.state, payload?.sizeBytes]).toEqual(["ok", edge.actual_size]),
    unknown_method: ({ row }) => expect(row.method).toBe("PATCH"),
    unknown_status: ({ row }) => expect(row.status).toBe("teapot"),
    params_null: ({ request }) => expect([request?.paramsJson, request?.bodyJson]).toEqual([null, null]),
    params_empty: ({ request }) => expect([request?.paramsJson, request?.bodyJson]).toEqual(["{}", "{}"]),
    params_invalid_json: ({ hashCheck }) => expect(hashCheck?.state).toBe("uncheckable"),
    params_empty_string: ({ hashCheck }) => expect(hashCheck?.state).toBe("uncheckable"),
    params_array: ({ hashCheck }) => expect(hashCheck?.state).toBe("mismatch"),
    params_bigint: ({ request }) => expect(request?.paramsJson).toContain("9007199254740993"),
    hash_null_2: ({ hashCheck }) => expect(hashCheck?.state).toBe("absent"),
    hash_wrong: ({ hashCheck }) => expect(hashCheck?.state).toBe("mismatch"),
    hash_030_nobucket: ({ hashCheck }) => expect(hashCheck).toMatchObject({ state: "match", form: "0.3" }),
    hash_030_bucket: ({ hashCheck }) =>
      expect(hashCheck).toMatchObject({ state: "match", form: "0.3-bucket", bucket: "2025-10-22" }),
    hash_020_py310: ({ hashCheck }) => expect(hashCheck).toMatchObject({ state: "match", form: "python-3.10" }),
    hostile_html: ({ payload }) => expect(payload?.sniffedType).toBe("text/html"),
    hostile_svg: ({ payload }) => expect([payload?.sniffedType, payload?.preview]).toEqual(["image/svg+xml", "image"]),
    content_type_lies: ({ payload }) =>
      expect([payload?.declaredType, payload?.typesDiffer, payload?.preview]).toEqual(["image/png", true, "text"]),
    json_payload_invalid: ({ payload }) => expect([payload?.typesDiffer, payload?.preview]).toEqual([true, "text"]),
    json_payload_nan: ({ payload }) => expect([payload?.typesDiffer, payload?.preview]).toEqual([false, "json"]),
    text_invalid_utf8: ({ payload }) => expect(payload?.preview).toBe("text"),
    long_line: ({ payload }) => expect([payload?.state, payload?.sizeBytes]).toEqual(["ok", 2_000_000]),
    content_encoding_header_but_plain: ({ payload }) => expect(payload?.preview).not.toBe("binary"),
    orphan_response: ({ row }) => expect([row.orphan, row.sessionInferred]).toEqual([true, true]),
    orphan_request: ({ row, session }) =>
      expect([row.sessionInferred || row.sessionId === null, session?.id ?? null]).toEqual([true, row.sessionId]),
  };

  it.each(cases.filter((edge) => edge.response_id !== undefined).map((edge) => [edge.name, edge] as const))(
    "%s",
    async (name, edge) => {
      const detail = await reader.row({ type: "response", id: edge.response_id ?? "" });
      if (edge.request_id !== undefined) expect(detail.request?.id).toBe(edge.request_id);
      if (edge.value !== undefined) expect(detail.row.time).toBe(edge.value);
      if (edge.params_json !== undefined) expect(detail.request?.paramsJson).toBe(edge.params_json);
      if (name.startsWith("path_")) expect(detail.payload?.state).toBe("ok");
      if (edge.expect.startsWith("payload ok")) expect(detail.payload?.state).toBe("ok");
      checks[name]?.(detail, edge);
    },
  );

  it("shows the first response's metadata for all with the same bytes, and says whose it is", async () => {
    const [first, ...others] = cases.find((edge) => edge.name === "dup_checksum")?.response_ids ?? [];
    const own = await reader.row({ type: "response", id: first ?? "" });
    expect(own.metadata).toMatchObject({ origin: "sidecar", owner: { responseId: first, isThisResponse: true } });
    expect(own.row.sharedMetadata).toBe(false);
    for (const id of others) {
      const shared = await reader.row({ type: "response", id });
      expect(shared.metadata).toMatchObject({ origin: "sidecar", owner: { responseId: first, isThisResponse: false } });
      expect(shared.row.sharedMetadata).toBe(true);
    }
  });

  it("lists all statuses of one request, a request without response, and an empty session", async () => {
    const { items: all } = await reader.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 500 });
    const statuses = all
      .filter((row) => row.requestId === "8025a08c-c1c5-4715-8d58-9fab3e2089b0")
      .map((row) => row.status);
    expect(new Set(statuses).size).toBe(8);
    const waiting = await reader.row({ type: "request", id: "d763f95b-9d72-4037-b1bc-5f33ed1e44f7" });
    expect([waiting.row.status, waiting.row.payload, waiting.payload]).toEqual(["no response", "none", null]);
    const empty = { sessionId: "0acd4454-b25c-4cfe-af23-dc3e87806d6f", sort: NEWEST, cursor: null, limit: 500 };
    expect(await reader.rows(empty)).toEqual({ items: [], total: 0, nextCursor: null });
  });

  it("says that a row does not exist", async () => {
    for (const type of ["response", "request", "resolution"] as const) {
      await expect(reader.row({ type, id: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

it("lists what has an id that is no text, or no UTF-8, wherever it is listed", async () => {
  const root = temporaryFolder();
  const db = new Database(`${root}/dataio.sqlite`);
  createPythonTables(db);
  db.pragma("foreign_keys = OFF");
  const time = (second: number) => `2026-01-01T00:00:0${second}.000000+00:00`;
  db.exec(`INSERT INTO sessions VALUES ('s', 'demo', 'sync', '${time(0)}', '${time(0)}', '${time(9)}')`);
  for (const [second, id] of ["'text'", "x'00ff'", "CAST(x'61ff' AS TEXT)"].entries()) {
    db.exec(`INSERT INTO requests VALUES (${id}, 's', 'k', 'GET', '{}', NULL, NULL, '${time(second)}')`);
    db.exec(`INSERT INTO responses VALUES (${id}, 'nowhere', 'ok', NULL, NULL, NULL, '${time(second)}', 1)`);
  }
  db.close();
  const ids = ["X'00FF'", "a\uFFFD", "text"];
  using listing = new ArchiveListing(root);
  expect([...listing.requests()].map(({ id }) => id).sort()).toEqual(ids);
  expect([...listing.responses({ session: "s" })].map(({ id }) => id).sort()).toEqual(ids);
  using reader = new ArchiveReader(root);
  const sort = { column: "time", direction: "asc" } as const;
  const { items, total } = await reader.rows({ sessionId: "s", sort, cursor: null, limit: 100 });
  const responses = items.filter(({ ref }) => ref.type === "response");
  expect(responses.map(({ ref }) => ref.id).sort()).toEqual(ids);
  expect(total).toBe(6);
  // What can be named is opened as well, and found; of what cannot it is said why.
  for (const { ref } of items) {
    if (ref.id === "a\uFFFD") {
      const why = expect.stringContaining("no UTF-8");
      await expect(reader.row(ref)).rejects.toMatchObject({ code: "NOT_FOUND", message: why });
      continue;
    }
    const detail = await reader.row(ref);
    expect([detail.row.ref, detail[ref.type]?.id]).toEqual([ref, ref.id]);
    await reader.history({ ref, start: 0, limit: 10 });
    expect(reader.placesOf(ref.id)).toHaveLength(2);
  }
});

it.each(["asc", "desc"] as const)(
  "does not go on behind an id that is no UTF-8, whose place would not be found again (%s)",
  async (direction) => {
    const root = temporaryFolder();
    const db = new Database(`${root}/dataio.sqlite`);
    createPythonTables(db);
    db.pragma("foreign_keys = OFF");
    for (const id of ["'a'", "CAST(x'61f0ff' AS TEXT)", "CAST(x'61ff' AS TEXT)", "'b'"]) {
      db.exec(
        `INSERT INTO responses VALUES (${id}, 'nowhere', 'ok', NULL, NULL, NULL, '2026-01-01T00:00:00+00:00', 1)`,
      );
    }
    db.close();
    using reader = new ArchiveReader(root);
    const sort = { column: "time", direction } as const;
    const first = await reader.rows({ sessionId: null, sort, cursor: null, limit: 1 });
    const next = reader.rows({ sessionId: null, sort, cursor: first.nextCursor, limit: 1 });
    await expect(next).rejects.toMatchObject({ code: "NOT_A_DATABASE" });
    expect((await reader.rows({ sessionId: null, sort, cursor: null, limit: 100 })).items).toHaveLength(4);
  },
);
