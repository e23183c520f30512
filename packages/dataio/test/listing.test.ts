import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { ArchiveListing } from "../src/listing.ts";
import { responsesPage } from "../src/listing-query.ts";
import type { Response } from "../src/model.ts";
import { Store } from "../src/store.ts";
import { parseTimestamp } from "../src/timestamps.ts";
import { fixtureJson, folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";

interface Expected {
  readonly small: {
    readonly requests: number;
    readonly responses: number;
    readonly orphan_responses: number;
    readonly requests_per_kind: Readonly<Record<string, number>>;
    readonly requests_per_method: Readonly<Record<string, number>>;
    readonly responses_per_status: Readonly<Record<string, number>>;
  };
}

function listingOf(root: string): ArchiveListing {
  const listing = new ArchiveListing(root);
  onTestFinished(() => listing.close());
  return listing;
}

function micros(text: string): bigint {
  return parseTimestamp(text)?.epochMicros ?? 0n;
}

/** An archive whose rows are written as they are given. */
function archiveWith(write: (db: Database.Database) => void): string {
  const root = `${temporaryFolder()}/archive`;
  Store.create(root).close();
  const db = new Database(`${root}/dataio.sqlite`);
  db.transaction(write)(db);
  db.close();
  return root;
}

const SESSION = "INSERT INTO sessions VALUES (?, ?, 'sync', '2026-01-01', ?, ?)";
const REQUEST = "INSERT INTO requests VALUES (?, ?, ?, 'GET', '{}', NULL, NULL, ?)";
const RESPONSE = "INSERT INTO responses VALUES (?, ?, ?, ?, NULL, NULL, ?, 1)";

describe("Python's archive", () => {
  const { small } = fixtureJson<Expected>("EXPECTED.json");

  it("is listed in full, orphans included, newest first, and left as it is", () => {
    const root = referenceArchive("small");
    const before = folderFingerprint(root);
    const listing = listingOf(root);
    const responses = [...listing.responses()];
    const requests = [...listing.requests()];
    listing.close();
    expect(responses).toHaveLength(small.responses);
    expect(responses.filter((row) => row.orphan)).toHaveLength(small.orphan_responses);
    expect(requests).toHaveLength(small.requests);
    for (const rows of [responses, requests]) {
      const times = rows.map((row) => row.createdAt);
      expect(times).toEqual([...times].sort().reverse());
    }
    expect(folderFingerprint(root)).toEqual(before);
  });

  it("is filtered to the rows that it has of each kind, method and status", () => {
    const listing = listingOf(referenceArchive("small"));
    for (const [kind, count] of Object.entries(small.requests_per_kind)) {
      expect([...listing.requests({ kinds: [kind] })], kind).toHaveLength(count);
    }
    for (const [method, count] of Object.entries(small.requests_per_method)) {
      expect([...listing.requests({ methods: [method] })], method).toHaveLength(count);
    }
    for (const [status, count] of Object.entries(small.responses_per_status)) {
      expect([...listing.responses({ statuses: [status] })], status).toHaveLength(count);
    }
    expect([...listing.requests({ statuses: ["no response"] })]).toHaveLength(1);
  });

  it("counts an orphan to the source and the session that its time says, and says that this is inferred", () => {
    const listing = listingOf(referenceArchive("small"));
    const all = [...listing.responses()];
    const justetf = [...listing.responses({ sources: ["justetf"] })];
    expect(justetf).toEqual(all.filter((row) => row.source === "justetf"));
    const inferred = justetf.filter((row) => row.sessionInferred);
    expect(inferred.length).toBeGreaterThan(0);
    expect(inferred.every((row) => row.orphan)).toBe(true);
    for (const session of new Set(all.map((row) => row.sessionId))) {
      if (session === null) continue;
      const own = [...listing.responses({ session })];
      expect(own).toEqual(all.filter((row) => row.sessionId === session));
    }
  });
});

describe("an orphan", () => {
  it("has the kind of another request that got the same bytes, also where a filter asks for it", () => {
    const root = archiveWith((db) => {
      db.prepare(SESSION).run("s", "src", "2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+00:00");
      db.prepare(REQUEST).run("q1", "s", "quote", "2026-01-01T00:00:01+00:00");
      db.prepare(RESPONSE).run("r1", "q1", "ok", null, "2026-01-01T00:00:02+00:00");
      db.prepare(REQUEST).run("q2", "s", "lost", "2026-01-01T00:00:03+00:00");
      db.prepare(RESPONSE).run("r2", "q2", "ok", null, "2026-01-01T00:00:04+00:00");
      db.prepare("UPDATE responses SET checksum = ?").run("c".repeat(64));
    });
    const db = new Database(`${root}/dataio.sqlite`);
    db.pragma("foreign_keys = OFF");
    db.exec("DELETE FROM requests WHERE id = 'q2'");
    db.close();
    const found = [
      ...listingOf(root).responses({ kinds: ["quote"], methods: ["GET"], sources: ["src"], session: "s" }),
    ];
    expect(found.map(({ id, kind, orphan, requestInferred }) => ({ id, kind, orphan, requestInferred }))).toEqual([
      { id: "r2", kind: "quote", orphan: true, requestInferred: true },
      { id: "r1", kind: "quote", orphan: false, requestInferred: false },
    ]);
  });
});

describe("paging", () => {
  it("gives every row once where many have the same time", () => {
    const root = archiveWith((db) => {
      db.prepare(SESSION).run("s", "src", "2026-01-01T00:00:00.000000+00:00", null);
      for (let n = 0; n < 1_300; n += 1) {
        const time = `2026-01-01T00:00:0${n % 2}.000000+00:00`;
        const id = String((n * 7_919) % 1_300).padStart(5, "0");
        db.prepare(REQUEST).run(`q${id}`, "s", `kind-${n % 3}`, time);
        db.prepare(RESPONSE).run(`r${id}`, `q${id}`, "ok", n % 5 === 0 ? null : n % 4, time);
      }
    });
    const listing = listingOf(root);
    const order = (row: Response) => `${row.createdAt} ${String((row.sequence ?? -1) + 1)} ${row.id}`;
    const keys = [...listing.responses()].map(order);
    expect(keys).toEqual([...new Set(keys)].sort().reverse());
    expect(keys).toHaveLength(1_300);
    expect([...listing.responses({ kinds: ["kind-1"] })]).toHaveLength(433);
    expect([...listing.responses({ session: "s", kinds: ["kind-0", "kind-2"] })]).toHaveLength(867);
  });

  it("gives every request once beyond the first page of ids", () => {
    const root = archiveWith((db) => {
      db.prepare(SESSION).run("s", "src", "2026-01-01T00:00:00.000000+00:00", null);
      const insert = db.prepare(REQUEST);
      for (let n = 0; n < 20_003; n += 1) insert.run(`q${n}`, "s", "k", "2026-01-01T00:00:00.000000+00:00");
    });
    const ids = [...listingOf(root).requests()].map((row) => row.id);
    expect(new Set(ids).size).toBe(20_003);
    expect(ids).toHaveLength(20_003);
  });

  it("reads the newest responses by their index, without a look at the others", () => {
    const root = archiveWith(() => {});
    const db = new Database(`${root}/dataio.sqlite`, { readonly: true });
    onTestFinished(() => void db.close());
    const after = { createdAt: "2026-01-01", sequence: -1, id: "x" };
    for (const filter of [{}, { sources: ["a"], kinds: ["b"], statuses: ["ok"] }, { since: 0n, until: 1n }]) {
      const { sql, params } = responsesPage(filter, true, [], after, 10, "stored");
      const plan = db.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(params);
      const steps = plan.map((step) => step.detail).join("\n");
      expect(steps).toMatch(/SEARCH r USING INDEX idx_responses_created\w* \(created_at/);
      expect(steps).not.toMatch(/SCAN (r|q|s|a)\b/);
    }
  });
});

describe("a span of time", () => {
  const TIMES = [
    "2025-12-31T23:59:59.999999+00:00",
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T12:00:00.5+00:00",
    "20260101T130000Z",
    "2026-W01-4T14:00:00+00:00",
    "2026-01-02T01:00:00+14:00",
    "2025-12-31T23:00:00-05:00",
    "2026-01-02T00:00:00.000000+00:00",
    "not a time",
  ];

  it("holds the moments that lie in it, whatever shape their text has", () => {
    const root = archiveWith((db) => {
      db.prepare(SESSION).run("s", "src", "2026-01-01T00:00:00.000000+00:00", null);
      for (const [index, time] of TIMES.entries()) {
        db.prepare(REQUEST).run(`q${index}`, "s", "k", time);
        db.prepare(RESPONSE).run(`r${index}`, `q${index}`, "ok", null, time);
      }
    });
    const listing = listingOf(root);
    const since = micros("2026-01-01T00:00:00Z");
    const until = micros("2026-01-02T00:00:00Z");
    const inside = TIMES.slice(1, 7).sort();
    const timesOf = (rows: Iterable<{ createdAt: string }>) => [...rows].map((row) => row.createdAt).sort();
    expect(timesOf(listing.responses({ since, until }))).toEqual(inside);
    expect(timesOf(listing.requests({ since, until }))).toEqual(inside);
    expect(timesOf(listing.responses({ since }))).toEqual([...inside, TIMES[7]].sort());
    expect(timesOf(listing.responses({ until }))).toEqual([...inside, TIMES[0]].sort());
    expect(timesOf(listing.responses({ since: -(10n ** 18n), until: 10n ** 18n }))).toHaveLength(TIMES.length - 1);
  });
});

describe("finding by what a person has in hand", () => {
  it("prefers the whole to the beginning, and says all that a beginning may mean", () => {
    const root = archiveWith((db) => {
      db.prepare(SESSION).run("ab", "src", "2026-01-01T00:00:00.000000+00:00", null);
      db.prepare(REQUEST).run("abc", "ab", "k", "2026-01-01T00:00:00.000000+00:00");
      db.prepare(RESPONSE).run("abcd", "abc", "ok", null, "2026-01-01T00:00:00.000000+00:00");
      db.prepare("UPDATE requests SET hash = ?").run("f".repeat(64));
      db.prepare("UPDATE responses SET checksum = ?").run("e".repeat(64));
    });
    const listing = listingOf(root);
    const all = ["session", "request", "response", "payload", "resolution"] as const;
    expect(listing.find("ab", all)).toEqual([{ type: "session", id: "ab" }]);
    expect(listing.find("abc", ["response"])).toEqual([{ type: "response", id: "abcd" }]);
    expect(listing.find("a", all)).toHaveLength(3);
    expect(listing.find("ffff", all)).toEqual([{ type: "request", id: "abc" }]);
    expect(listing.find("e", all)).toEqual([{ type: "payload", id: "e".repeat(64) }]);
    expect(listing.find("abx", all)).toEqual([]);
    expect(listing.find("", all)).toEqual([]);
    expect(listing.find("%", all)).toEqual([]);
  });
});

it("shows no integer that JavaScript would round", () => {
  const root = archiveWith((db) => {
    db.prepare(SESSION).run("s", "demo", "2026-01-01", null);
    db.prepare(REQUEST).run("q", "s", "k", "2026-01-01");
    const insert = db.prepare("INSERT INTO responses VALUES (?, 'q', 'ok', ?, ?, NULL, '2026-01-01', ?)");
    insert.run("large", 9_007_199_254_740_993n, null, 9_007_199_254_740_993n);
    insert.run("least", -9_223_372_036_854_775_808n, -9_007_199_254_740_993n, -9_223_372_036_854_775_808n);
    insert.run("largest that is exact", 1, null, 9_007_199_254_740_991n);
  });
  const shown = [...listingOf(root).responses()].map(({ id, sequence, checksum, sizeBytes }) => ({
    id,
    sequence,
    checksum,
    sizeBytes,
  }));
  expect(shown.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { id: "large", sequence: null, checksum: null, sizeBytes: null },
    { id: "largest that is exact", sequence: 1, checksum: null, sizeBytes: 9_007_199_254_740_991 },
    { id: "least", sequence: null, checksum: "-9007199254740993", sizeBytes: null },
  ]);
});
