/**
 * The lists of an archive: every filter gives the rows that fit it, and every way of paging gives each of them once,
 * compared with a second look at the same rows. A cursor that nobody made is refused or harmless.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArchiveReader, parseTimestamp, ROW_SORT_COLUMNS } from "../../src/index.ts";
import { ArchiveListing, type ListedRequest, type ListedResponse } from "../../src/listing.ts";
import type { ListFilter } from "../../src/listing-query.ts";
import { extractReference, fixtureJson } from "../archives.ts";
import { anyText, jsonLike } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf } from "./outcome.ts";

guardPrototypes();

const { edge } = fixtureJson<{ edge: { requests: number; responses: number } }>("EXPECTED.json");
let folder: string;
let reader: ArchiveReader;
let listing: ArchiveListing;
let responses: ListedResponse[];
let requests: ListedRequest[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dataio-fuzz-"));
  extractReference("edge", folder);
  reader = new ArchiveReader(join(folder, "edge"));
  listing = new ArchiveListing(join(folder, "edge"));
  responses = [...listing.responses()];
  requests = [...listing.requests()];
  expect([responses.length, requests.length]).toEqual([edge.responses, edge.requests]);
});
afterAll(() => {
  reader.close();
  listing.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A filter whose words are mostly those of the archive; made once its rows are known. */
function anyFilter(): fc.Arbitrary<ListFilter> {
  const words = (of: (row: ListedResponse) => string | null) =>
    fc.array(fc.oneof(fc.constantFrom(...new Set(responses.map(of).filter((word) => word !== null))), anyText), {
      maxLength: 3,
    });
  const moments = responses.map((row) => parseTimestamp(row.createdAt)?.epochMicros ?? 0n);
  const moment = fc.oneof(
    fc.tuple(fc.constantFrom(...moments), fc.constantFrom(-1n, 0n, 1n)).map(([micros, by]) => micros + by),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  );
  const all = fc.record({
    sources: words((row) => row.source),
    kinds: words((row) => row.kind),
    methods: words((row) => row.method),
    statuses: words((row) => row.status),
    session: fc.oneof(fc.constantFrom(...new Set(responses.map((row) => row.sessionId ?? "none"))), anyText),
    since: moment,
    until: moment,
  });
  // One or two conditions: with more of them hardly a row is left that could be missed.
  const names = ["sources", "kinds", "methods", "statuses", "session", "since", "until"] as const;
  return fc
    .tuple(all, fc.subarray([...names], { maxLength: 2 }))
    .map(([filter, kept]) => Object.fromEntries(kept.map((name) => [name, filter[name]])));
}

type Filtered = { source: string | null; kind: string | null; method: string | null; createdAt: string };

/** Everything of a filter but session and status, which the two lists tell in different ways. */
function fits(filter: ListFilter, row: Filtered): boolean {
  const among = (list: readonly string[] | undefined, word: string | null) =>
    list === undefined || (word !== null && list.includes(word));
  const time = parseTimestamp(row.createdAt)?.epochMicros;
  const isBounded = filter.since !== undefined || filter.until !== undefined;
  if (isBounded && time === undefined) return false;
  if (filter.since !== undefined && time !== undefined && time < filter.since) return false;
  if (filter.until !== undefined && time !== undefined && time >= filter.until) return false;
  return among(filter.sources, row.source) && among(filter.kinds, row.kind) && among(filter.methods, row.method);
}

describe("a filter", () => {
  it("gives the responses and requests that fit it, in the order of the whole list", () => {
    fc.assert(
      fc.property(anyFilter(), (filter) => {
        const { session, statuses } = filter;
        const expected = responses.filter(
          (row) =>
            fits(filter, row) &&
            (session === undefined || row.sessionId === session) &&
            (statuses === undefined || statuses.includes(row.status)),
        );
        expect([...listing.responses(filter)].map((row) => row.id)).toEqual(expected.map((row) => row.id));
        const asked = requests.filter(
          (row) =>
            fits(filter, row) &&
            (session === undefined || row.sessionId === session) &&
            (statuses === undefined || statuses.includes(row.latestStatus)),
        );
        expect([...listing.requests(filter)].map((row) => row.id)).toEqual(asked.map((row) => row.id));
      }),
      { numRuns: 200 },
    );
  });

  it("takes a text for an id or its beginning, and for nothing else", () => {
    const ids = [...responses, ...requests].map((row) => row.id);
    const likely = fc.tuple(fc.constantFrom(...ids), fc.integer({ min: 1, max: 36 })).map(([id, n]) => id.slice(0, n));
    fc.assert(
      fc.property(fc.oneof(likely, anyText), (text) => {
        const found = listing.find(text, ["request", "response"]).map((one) => one.id);
        const hashes = requests.filter((row) => text !== "" && row.hash?.startsWith(text)).map((row) => row.id);
        const expected = [...ids.filter((id) => text !== "" && id.startsWith(text)), ...hashes];
        for (const id of found) expect(expected).toContain(id);
        expect(found).toHaveLength(Math.min(new Set(expected).size, 6));
      }),
      { numRuns: 200 },
    );
  });
});

describe("pages", () => {
  const sort = fc.record({
    column: fc.constantFrom(...ROW_SORT_COLUMNS),
    direction: fc.constantFrom("asc" as const, "desc" as const),
  });

  it("of any size give each row once, in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(sort, fc.array(fc.integer({ min: 7, max: 60 }), { minLength: 1 }), async (order, limits) => {
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let turn = 0; turn === 0 || cursor !== null; turn += 1) {
          const limit = limits[turn % limits.length] ?? 50;
          const page: Awaited<ReturnType<ArchiveReader["rows"]>> = await reader.rows({
            sessionId: null,
            sort: order,
            cursor,
            limit,
          });
          seen.push(...page.items.map((row) => row.ref.id));
          cursor = page.nextCursor;
        }
        expect(seen.toSorted()).toEqual(responses.map((row) => row.id).toSorted());
      }),
      { numRuns: 10 },
    );
  });

  it("begin nowhere but behind a place in the list, whatever the cursor says", async () => {
    const part = fc.oneof(anyText, fc.double({ noNaN: true }), fc.constantFrom(2 ** 70, null, true, [], {}));
    const place = fc.oneof(
      fc.tuple(fc.oneof(anyText, fc.double({ noNaN: true })), anyText, fc.double({ noNaN: true }), anyText),
      fc.tuple(anyText, anyText, fc.maxSafeInteger(), part),
      fc.tuple(part, part, part, part),
      fc.tuple(part, part),
    );
    const cursors = fc.oneof(
      place.map((parts) => JSON.stringify(parts)),
      jsonLike,
      anyText,
    );
    await fc.assert(
      fc.asyncProperty(sort, cursors, fc.option(anyText), fc.double(), async (order, cursor, sessionId, limit) => {
        const rows = await outcomeOf(() => reader.rows({ sessionId, sort: order, cursor, limit: Math.min(limit, 3) }));
        if (rows.state === "refused") expect(rows.code).toBe("PARAMS_INVALID");
        else expect(rows.value.items.length).toBeLessThanOrEqual(3);
        const sessions = await outcomeOf(() => reader.sessions({ cursor, limit: 2 }));
        if (sessions.state === "refused") expect(sessions.code).toBe("PARAMS_INVALID");
      }),
      { numRuns: 150 },
    );
  });

  it("and rows are asked for by ids of any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("response", "request", "resolution"), anyText, async (type, id) => {
        expect(await outcomeOf(() => reader.row({ type, id }))).toEqual({ state: "refused", code: "NOT_FOUND" });
      }),
    );
  });
});
