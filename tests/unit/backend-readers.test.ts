/** Reader threads that end when they should not. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { archiveLocation } from "../../packages/dataio/src/index.ts";
import { extractReference, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { ReaderClient } from "../../src/backend/workers/reader-client.ts";
import type { CallParams, MethodName, Result } from "../../src/shared/contract.ts";
import { parseFilter } from "../../src/shared/filter-text.ts";
import { bareBackend } from "../helpers/driven-backend.ts";
import { ROOT } from "../helpers/root.ts";

const MORTAL = pathToFileURL(join(ROOT, "tests/helpers/mortal-reader.ts"));
const DEADLY = "the end";

function smallArchive(): string {
  const folder = temporaryFolder();
  extractReference("small", folder);
  return join(folder, "small");
}

it("are started anew by the next call, but not again and again where each ends", async () => {
  const deaths: unknown[] = [];
  const reader = await ReaderClient.start(MORTAL, archiveLocation(smallArchive()), (error) => deaths.push(error));
  onTestFinished(() => reader.close());
  const before = await reader.call("counts");
  expect(await reader.call("changed")).toBe(false);
  const ended = { shape: { code: "READER_ENDED", message: expect.stringContaining("The end was found.") } };

  // All calls that it was to answer fail, and can be made again.
  const [found, counted] = await Promise.allSettled([reader.call("find", DEADLY), reader.call("counts")]);
  expect([found, counted]).toMatchObject([{ reason: ended }, { reason: ended }]);
  const [again, described] = await Promise.all([reader.call("counts"), reader.call("describe")]);
  expect([again, described.extended]).toEqual([before, false]);
  // What was written meanwhile it has not seen come.
  expect([await reader.call("changed"), await reader.call("changed")]).toEqual([true, false]);

  for (const death of [2, 3]) {
    await expect(reader.call("find", DEADLY)).rejects.toMatchObject(ended);
    expect(deaths).toHaveLength(death);
  }
  // It rests now: nothing is started, whoever asks.
  const started = performance.now();
  for (let i = 0; i < 100; i += 1) await expect(reader.call("counts")).rejects.toMatchObject(ended);
  expect(deaths).toHaveLength(3);
  expect(performance.now() - started).toBeLessThan(900);
  await expect.poll(() => reader.call("counts").catch(() => null), { interval: 100 }).toEqual(before);
});

it("can be closed after their end, and while they are started anew", async () => {
  const location = archiveLocation(smallArchive());
  const dead = await ReaderClient.start(MORTAL, location, () => {});
  await dead.call("find", DEADLY).catch(() => {});
  await dead.close();
  const closed = { code: "CLOSED" };
  await expect(dead.call("counts")).rejects.toMatchObject(closed);

  const reviving = await ReaderClient.start(MORTAL, location, () => {});
  await reviving.call("find", DEADLY).catch(() => {});
  const asked = reviving.call("counts").then(
    () => "answered",
    ({ code }) => code,
  );
  await reviving.close();
  expect(["answered", "CLOSED"]).toContain(await asked);
  await expect(reviving.call("counts")).rejects.toMatchObject(closed);
});

it("know the index of the archive again, and what was written while there was none", async () => {
  const logged: string[] = [];
  const backend = await bareBackend({ readerWorker: MORTAL, log: (message) => logged.push(message) });
  const outcome = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  async function call<M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>> {
    const result = await outcome(method, params);
    if (!result.ok) throw new Error(`${method}: ${result.error.code} ${result.error.message}`);
    return result.value as Result<M>;
  }
  const path = smallArchive();
  const { id: archiveId } = await call("archives.open", { path });
  const totalOf = async (text: string) => {
    const { filter } = parseFilter(text);
    const sort = { column: "time", direction: "desc" } as const;
    return (await call("rows.list", { archiveId, sessionId: null, filter, sort, cursor: null, limit: 10 })).total;
  };
  const before = await totalOf("status:ok");
  expect(await outcome("ids.find", { archiveId, text: DEADLY })).toMatchObject({
    ok: false,
    error: { code: "READER_ENDED" },
  });
  const db = new Database(join(path, "dataio.sqlite"));
  db.exec(
    "INSERT INTO responses SELECT 'new', request_id, 'ok', sequence, checksum, path, created_at, size_bytes FROM responses LIMIT 1",
  );
  db.close();
  expect(logged.filter((line) => line.includes("ended unexpectedly"))).toHaveLength(1);
  await expect.poll(() => totalOf("status:ok")).toBe((before ?? 0) + 1);
});
