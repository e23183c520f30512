/** Responses whose request is there and whose session's row is not: they belong to the session that their time suggests. */
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { ArchiveListing } from "../src/listing.ts";
import { createPythonTables } from "../src/migrations.ts";
import { Store } from "../src/store.ts";
import { temporaryFolder } from "./archives.ts";
import { readBothWays } from "./browse-index/index-helpers.ts";

const minute = (number: number) => `2026-01-01T00:${String(number).padStart(2, "0")}:00.000000+00:00`;

function archive(isExtended: boolean): string {
  const root = `${temporaryFolder()}/archive`;
  Store.create(root).close();
  const db = new Database(`${root}/dataio.sqlite`);
  db.pragma("foreign_keys = OFF");
  if (!isExtended) {
    const ours = db.prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    for (const name of ours.pluck().all()) db.exec(`DROP TABLE ${name}`);
    createPythonTables(db);
  }
  const session = db.prepare("INSERT INTO sessions VALUES (?, 'demo', 'sync', ?, ?, ?)");
  const request = db.prepare("INSERT INTO requests VALUES (?, ?, 'k', 'GET', ?, NULL, NULL, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, 'ok', NULL, NULL, NULL, ?, 1)");
  session.run("first", minute(0), minute(0), minute(10));
  session.run("second", minute(20), minute(20), minute(30));
  request.run("of first", "first", "1", minute(1));
  request.run("of none", "gone", "2", minute(2));
  response.run("recorded", "of first", minute(1));
  response.run("inferred", "of none", minute(2));
  response.run("of another day", "of none", minute(40));
  response.run("orphan", "nowhere", minute(3));
  if (isExtended) {
    // Asked for again, the first time by a session that is there, the second time by one that is not.
    const ask = db.prepare(
      "INSERT INTO resolutions VALUES (?, ?, 'of none', ?, 'acquired', NULL, NULL, NULL, '2026-01-01', '2026-01-01')",
    );
    response.run("asked again", "of none", minute(4));
    ask.run("a", "second", "asked again");
    response.run("asked by none", "of first", minute(21));
    ask.run("b", "gone", "asked by none");
  }
  db.close();
  return root;
}

it.each([false, true])("are in the list of that session, whoever lists it (our tables: %s)", async (isExtended) => {
  const root = archive(isExtended);
  const { reader, indexed } = await readBothWays(root);
  const listing = new ArchiveListing(root);
  onTestFinished(() => listing.close());
  const query = { sort: { column: "time", direction: "asc" }, cursor: null, limit: 100 } as const;
  const all = (await reader.rows({ ...query, sessionId: null })).items;
  const expected = {
    first: ["recorded", "inferred", "orphan"],
    second: isExtended ? ["asked again", "asked by none"] : [],
  };
  const inferred = isExtended ? ["inferred", "orphan", "asked by none"] : ["inferred", "orphan"];
  expect(all.filter((row) => row.sessionInferred).map((row) => row.ref.id)).toEqual(inferred);
  for (const [sessionId, ids] of Object.entries(expected)) {
    const responses = (rows: typeof all) => rows.filter((row) => row.ref.type === "response").map((row) => row.ref.id);
    expect(responses(all.filter((row) => row.sessionId === sessionId))).toEqual(ids);
    const page = await reader.rows({ ...query, sessionId });
    expect(responses(page.items)).toEqual(ids);
    expect(page.total).toBe(page.items.length);
    expect(responses((await indexed.rows({ ...query, sessionId, filter: undefined })).items)).toEqual(ids);
    expect([...listing.responses({ session: sessionId })].map(({ id }) => id).reverse()).toEqual(ids);
  }
  expect(reader.sessions({ cursor: null, limit: 10 }).items.map((one) => one.inferredResponseCount)).toEqual(
    isExtended ? [1, 2] : [0, 2],
  );
});
