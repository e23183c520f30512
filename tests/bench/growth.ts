/** How the costs grow from ten thousand to a million requests: the same work in a small and in a large archive. */
import { join } from "node:path";
import { AdapterResult, ArchiveReader, DataIoSession, type Fetcher, Store } from "@mxm/dataio";
import { alternate, type Bench, type Figure, inFolder, timed } from "./figures.ts";
import { makeRowArchive, type RowArchive } from "./row-archive.ts";

const FETCHES = 500;
const PAGES = 200;

let payloads = 0;
const adapter: Fetcher = {
  fetch: async () => {
    payloads += 1;
    return new AdapterResult({ data: Buffer.from(`${payloads} `.padEnd(1024, "x")), contentType: "text/plain" });
  },
};

/** Milliseconds for each fetch, 16 in flight. */
async function fetching({ root }: RowArchive): Promise<number> {
  using store = Store.open(root);
  await using session = await DataIoSession.open({ store, source: "source-0", adapter });
  const requests = Array.from({ length: FETCHES }, () =>
    session.request({ kind: "new", params: { payloads: Math.random() } }),
  );
  return (await timed(() => session.fetchAll(requests, { concurrency: 16 }))) / FETCHES;
}

async function lookingUp({ root, sample }: RowArchive): Promise<number> {
  using store = Store.open(root);
  const asked = sample.slice(0, 5_000);
  const elapsed = await timed(async () => {
    for (const { hash, source } of asked) await store.getCachedResponseByRequestHash(hash, source);
  });
  return elapsed / asked.length;
}

/** Milliseconds for each page of 100, newest first, one after the other. */
async function paging({ root }: RowArchive): Promise<number> {
  const reader = new ArchiveReader(root);
  let cursor: string | null = null;
  const elapsed = await timed(async () => {
    for (let page = 0; page < PAGES; page += 1) {
      const { nextCursor }: { nextCursor: string | null } = await reader.rows({
        sessionId: null,
        sort: { column: "time", direction: "desc" },
        cursor,
        limit: 100,
      });
      cursor = nextCursor;
      if (cursor === null) break;
    }
  });
  reader.close();
  return elapsed / PAGES;
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const [few, many] = quick ? [2_000, 20_000] : [10_000, 1_000_000];
    say(`makes archives of ${few} and ${many} requests`);
    const small = makeRowArchive(join(folder, "small"), few);
    const large = makeRowArchive(join(folder, "large"), many);
    const figures: Figure[] = [];
    const works = [
      ["a durable fetch, 16 in flight", fetching],
      ["a cache lookup", lookingUp],
      ["a page of 100, newest first", paging],
    ] as const;
    for (const [name, work] of works) {
      say(name);
      await work(large);
      await work(small);
      const both = await alternate(quick ? 1 : 5, { ours: () => work(large), peer: () => work(small) });
      const at = (count: number) => `${count.toLocaleString("en")} requests`;
      figures.push({ what: `${name}, at ${at(many)}`, against: at(few), ...both, unit: "ms", target: null });
    }
    return figures;
  });
export default bench;
