/** The cache lookup by hash, in an archive of a million requests, against bare prepared SQL and against cacache. */
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import Database from "better-sqlite3";
import cacache from "cacache";
import { alternate, type Bench, inFolder, timed } from "./figures.ts";
import { makeRowArchive } from "./row-archive.ts";

const LOOKUPS = 10_000;
/** As many as cacache is given time for. */
const CACACHE_ENTRIES = 20_000;

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const requests = quick ? 20_000 : 1_000_000;
    say(`makes an archive of ${requests} requests`);
    const { root, sample } = makeRowArchive(join(folder, "archive"), requests);
    const asked = Array.from({ length: LOOKUPS }, (_, index) => sample[index % sample.length]);
    using store = Store.open(root);
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    db.pragma("cache_size = -16384");
    const bare = db.prepare(
      "SELECT * FROM responses WHERE request_id = (SELECT id FROM requests WHERE hash = ?) ORDER BY created_at DESC LIMIT 1",
    );
    const perLookup = (milliseconds: number, count = LOOKUPS) => (milliseconds / count) * 1000;
    const library = async () =>
      perLookup(
        await timed(async () => {
          for (const one of asked) {
            if (one === undefined) continue;
            const found = await store.getCachedResponseByRequestHash(one.hash, one.source);
            if (found === undefined) throw new Error("A response was not found.");
          }
        }),
      );
    await library();
    say("looks up");
    const lookups = await alternate(quick ? 1 : 7, {
      ours: library,
      peer: async () =>
        perLookup(
          await timed(() => {
            for (const one of asked) if (bare.get(one?.hash) === undefined) throw new Error("A row was not found.");
          }),
        ),
    });
    db.close();

    const entries = quick ? 500 : CACACHE_ENTRIES;
    say(`puts ${entries} entries into cacache`);
    const cache = join(folder, "cacache");
    for (let start = 0; start < entries; start += 64) {
      const keys = Array.from({ length: Math.min(64, entries - start) }, (_, index) => `k:${start + index}`);
      await Promise.all(keys.map((key) => cacache.put(cache, key, key)));
    }
    const infos = quick ? 100 : 2_000;
    const others = await alternate(quick ? 1 : 5, {
      ours: library,
      peer: async () =>
        perLookup(
          await timed(async () => {
            for (let index = 0; index < infos; index += 1) {
              await cacache.get.info(cache, `k:${(index * 7919) % entries}`);
            }
          }),
          infos,
        ),
    });
    const unit = "µs";
    return [
      {
        what: `cache lookup by hash at ${requests.toLocaleString("en")} requests`,
        against: "bare prepared SQL, without a look at the source",
        ...lookups,
        unit,
        target: { at: "most", ratio: 1.5 },
      },
      {
        what: "the same",
        against: `cacache.get.info at ${entries.toLocaleString("en")} entries`,
        ...others,
        unit,
        target: { at: "most", ratio: 1 / 8 },
      },
    ];
  });
export default bench;
