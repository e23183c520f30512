/**
 * Reads an archive in every way that the library has, and follows what it finds. Each call may be refused; none may
 * throw anything else, and no list may be longer than there are rows to be in it.
 */
import { expect } from "vitest";
import { ArchiveReader, Replay, ROW_SORT_COLUMNS, type RowQuery, verify } from "../../src/index.ts";
import { ArchiveListing } from "../../src/listing.ts";
import { outcomeOf } from "./outcome.ts";

/** More than any archive of these tests has; a list that goes beyond it has no end. */
const MAX_ROWS = 10_000;
const MAX_PAGES = 40;

/** @returns how many of its calls were answered */
export async function readEverything(root: string, options: { readonly verify?: boolean } = {}): Promise<number> {
  let answered = 0;
  const ask = async <T>(action: () => T | Promise<T>): Promise<T | undefined> => {
    const outcome = await outcomeOf(action);
    if (outcome.state === "refused") return undefined;
    answered += 1;
    return outcome.value;
  };
  const reader = await ask(() => new ArchiveReader(root));
  if (reader !== undefined) await readPages(reader, ask);
  reader?.close();

  const listing = await ask(() => new ArchiveListing(root));
  if (listing !== undefined) {
    await ask(() => lengthOf(listing.responses()));
    await ask(() => lengthOf(listing.requests()));
    await ask(() => lengthOf(listing.responses({ session: "a", since: 0n })));
    await ask(() => listing.find("a", ["session", "request", "response", "resolution", "payload"]));
    await ask(() => listing.recentWords("source"));
    for (const session of (await ask(() => listing.recentSessions(3))) ?? [])
      await ask(() => listing.session(session.id));
    await ask(() => listing.identityOf("a"));
    listing.close();
  }

  const replay = await ask(() => new Replay(root));
  if (replay !== undefined) {
    await ask(() => lengthOf(replay.responses({ requestId: "a" }, { statuses: "all", inferred: true })));
    await ask(() => replay.asOf("2030-01-01").response("a", "a"));
    replay.close();
  }

  if (options.verify !== false) {
    const report = await ask(() => verify(root, { concurrency: 1 }));
    if (report !== undefined) expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  }
  return answered;
}

type Rows = Awaited<ReturnType<ArchiveReader["rows"]>>;
type Ask = <T>(action: () => T | Promise<T>) => Promise<T | undefined>;

async function readPages(reader: ArchiveReader, ask: Ask): Promise<void> {
  await ask(() => reader.describe());
  await ask(() => reader.counts());
  await ask(() => reader.sources());
  await ask(() => reader.changed());
  const sessions = (await ask(() => reader.sessions({ cursor: null, limit: 3 })))?.items ?? [];
  for (const column of ROW_SORT_COLUMNS) {
    for (const direction of ["asc", "desc"] as const) {
      let cursor: string | null = null;
      const seen = new Set<string>();
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query: RowQuery = { sessionId: null, sort: { column, direction }, cursor, limit: 150 };
        const rows: Rows | undefined = await ask(() => reader.rows(query));
        cursor = rows?.nextCursor ?? null;
        if (cursor === null) break;
        expect(seen, `the pages by ${column}, ${direction}`).not.toContain(cursor);
        seen.add(cursor);
      }
    }
  }
  for (const session of sessions) {
    const sort = { column: "time", direction: "asc" } as const;
    const rows = await ask(() => reader.rows({ sessionId: session.id, sort, cursor: null, limit: 20 }));
    for (const row of rows?.items.slice(0, 5) ?? []) {
      const detail = await ask(() => reader.row(row.ref));
      if (detail !== undefined) expect(JSON.parse(JSON.stringify(detail))).toBeTypeOf("object");
    }
  }
}

function lengthOf(rows: Iterable<unknown>): number {
  let length = 0;
  for (const _ of rows) {
    length += 1;
    expect(length).toBeLessThan(MAX_ROWS);
  }
  return length;
}
