/** An index that was brought up to date is the one that a new build gives, whatever was written in which order. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrowseIndex } from "../../src/browse-index/browse-index.ts";
import { parseTimestamp, Replay } from "../../src/index.ts";
import { referenceArchive } from "../archives.ts";
import { contentsOf, countedCube, type IndexedArchive, identitiesOf, indexOf, openIndex } from "./index-helpers.ts";
import { apply, emptyArchive, shapes, write } from "./random-archives.ts";

/**
 * What the index says was there at every moment that anything happened, beside what a replay says: of each request's good
 * responses the one that a cache would have answered with, and no other.
 */
function expectServedAsReplayed(root: string, kept: IndexedArchive): void {
  using replay = new Replay(root);
  const index = new BrowseIndex(kept.path, { session: () => undefined, request: () => undefined, pasted: nothing });
  try {
    const { archive } = kept;
    const identities = archive
      .prepare<[], { hash: string; source: string; requestId: string }>(
        `SELECT q.hash, s.source, q.id AS requestId FROM requests q JOIN sessions s ON s.id = q.session_id WHERE q.hash IS NOT NULL
         ${archive.isExtended() ? "UNION ALL SELECT hash, source, request_id FROM request_identities" : ""}`,
      )
      .all();
    const responses = archive
      .prepare<[], { rowid: number; id: string; requestId: string; status: string; time: string }>(
        "SELECT rowid, id, request_id AS requestId, status, created_at AS time FROM responses",
      )
      .all();
    const requests = new Set(archive.prepare<[], string>("SELECT id FROM requests").pluck().all());
    const asked = identitiesOf(archive);
    const served = new Set(
      responses
        .filter(({ requestId, status, time }) => {
          const hashed = archive.prepare("SELECT 1 FROM requests WHERE id = ? AND hash IS NOT NULL").get(requestId);
          const isHolder = hashed !== undefined || identities.some((identity) => identity.requestId === requestId);
          return isHolder && status === "ok" && parseTimestamp(time) !== null;
        })
        .map(({ id }) => id),
    );
    const micros = (text: string) => Number(parseTimestamp(text)?.epochMicros ?? Number.NaN);
    for (const time of new Set(responses.map((response) => response.time))) {
      if (parseTimestamp(time) === null) continue;
      const sort = { column: "time", direction: "desc" } as const;
      const { places } = index.page({ sessionId: null, filter: [], sort, cursor: null, limit: 1_000, asOf: time });
      const listed = new Set(places.map(({ rowid }) => responses.find((row) => row.rowid === rowid)?.id));
      const view = replay.asOf(time);
      for (const { hash, source, requestId } of identities) {
        const own = responses.filter((row) => row.requestId === requestId && listed.has(row.id) && served.has(row.id));
        // Where sessions are missing nobody could be served, but the rows still follow one another.
        const now = view.response(hash, source);
        if (now !== undefined) expect(own.map(({ id }) => id)).toEqual([now.id]);
      }
      for (const row of responses) {
        if (served.has(row.id) || !requests.has(row.requestId)) continue;
        const superseded = responses.some(
          (other) =>
            served.has(other.id) &&
            asked.get(other.requestId) === asked.get(row.requestId) &&
            micros(other.time) > micros(row.time) &&
            micros(other.time) <= micros(time),
        );
        expect(listed.has(row.id), `${row.id} at ${time}`).toBe(micros(row.time) <= micros(time) && !superseded);
      }
    }
  } finally {
    index.close();
  }
}

const nothing = () => ({ ids: [], sessions: [], requests: [], sum: null });

describe.each([
  ["an archive with our tables", true],
  ["an archive that only Python wrote", false],
])("updating the index of %s", (_name, extended) => {
  it("gives what building it anew gives", { timeout: 240_000 }, async () => {
    // Every run begins with the same archive and its index, under the same names: making them takes longer than the rest.
    const { root, db: made } = emptyArchive(extended);
    made.close();
    const empty = await indexOf(root);
    empty.close();
    const archivePath = join(root, "dataio.sqlite");
    const [archiveBytes, indexBytes] = [readFileSync(archivePath), readFileSync(empty.path)];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 12 }), { minLength: 1, maxLength: 5 }),
        // Where no more than two rows are read as a whole, the others are settled from their ends.
        fc.constantFrom(undefined, 2),
        shapes,
        async (batches, long, shape) => {
          writeFileSync(archivePath, archiveBytes);
          writeFileSync(empty.path, indexBytes);
          const db = new Database(archivePath);
          db.pragma("foreign_keys = OFF");
          db.pragma("synchronous = OFF");
          const kept = openIndex(root, empty.path, long);
          const opened = [kept];
          try {
            let n = 0;
            const next = () => n++;
            for (const [at, batch] of batches.entries()) {
              apply(db, batch, extended, shape, next);
              expect(kept.update()).toBe("current");
              if (at % 2 === 0) await kept.lookAtFiles();
            }
            await kept.lookAtFiles();
            const fresh = await indexOf(root);
            opened.push(fresh);
            await fresh.lookAtFiles();
            expect(contentsOf(kept.db)).toEqual(contentsOf(fresh.db));
            expect(contentsOf(kept.db).cube).toEqual(countedCube(kept.db));
            expectServedAsReplayed(root, kept);
          } finally {
            for (const index of opened) index.close();
            db.close();
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe("an index that does not match", () => {
  it.each([
    ["a response is gone", "DELETE FROM responses WHERE rowid = 20"],
    ["the last response is gone", "DELETE FROM responses WHERE rowid = (SELECT MAX(rowid) FROM responses)"],
    ["a request is gone", "DELETE FROM requests WHERE rowid = 3"],
    ["a session is gone", "DELETE FROM sessions WHERE rowid = 2"],
    [
      "a response was written over",
      "UPDATE responses SET id = 'other' WHERE rowid = (SELECT MAX(rowid) FROM responses)",
    ],
  ])("says so: %s", async (_what, sql) => {
    const root = referenceArchive("small");
    const kept = await indexOf(root);
    expect(kept.update()).toBe("current");
    const db = new Database(join(root, "dataio.sqlite"));
    db.pragma("foreign_keys = OFF");
    db.exec(sql);
    db.close();
    expect(kept.update()).toBe("mismatch");
  });
});

describe("an index in which most rows have become other ones than when it was made", () => {
  it("finds those by their status that were usual then", async () => {
    const { root, db } = emptyArchive(true);
    const add = (from: number, upTo: number, status: string) => {
      for (let n = from; n < upTo; n += 1) {
        db.prepare("INSERT INTO responses VALUES (?, 'none', ?, NULL, NULL, NULL, ?, NULL)").run(
          `r-${n}`,
          status,
          `2025-10-21T10:00:00.${String(n).padStart(6, "0")}+00:00`,
        );
      }
    };
    add(0, 10, "error");
    const kept = await indexOf(root);
    const explained = () => {
      const index = new BrowseIndex(kept.path, { session: () => undefined, request: () => undefined, pasted: nothing });
      try {
        const filter = [{ key: "status", value: "error", not: false } as const];
        const query = { sessionId: null, filter, sort: { column: "time", direction: "desc" } as const, limit: 100 };
        expect(index.page({ ...query, cursor: null }).total).toBe(10);
        return index.explain(query).join("\n");
      } finally {
        index.close();
      }
    };
    expect(explained()).toContain("INDEX by_time");
    add(10, 100, "ok");
    expect(kept.update()).toBe("current");
    expect(explained()).toContain("INDEX by_status (status=?");
    db.close();
  });
});
