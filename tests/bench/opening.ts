/** Opening an archive of 1.2 million responses and reading the newest 100, against the bare open and query. */
import { join } from "node:path";
import { ArchiveListing } from "@mxm/dataio";
import Database from "better-sqlite3";
import { alternate, type Bench, inFolder, timed } from "./figures.ts";
import { makeRowArchive } from "./row-archive.ts";

const PAGE = 100;

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const requests = quick ? 20_000 : 1_000_000;
    say(`makes an archive of ${requests * 1.2} responses`);
    const { root } = makeRowArchive(join(folder, "archive"), requests, requests / 5);
    const ours = () =>
      timed(() => {
        using listing = new ArchiveListing(root);
        let rows = 0;
        for (const _ of listing.responses()) {
          rows += 1;
          if (rows === PAGE) return;
        }
        throw new Error("The page is not full.");
      });
    const peer = () =>
      timed(() => {
        const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
        const rows = db
          .prepare(
            `SELECT r.*, q.*, s.* FROM (SELECT * FROM responses ORDER BY created_at DESC LIMIT ${PAGE}) r
             LEFT JOIN requests q ON q.id = r.request_id LEFT JOIN sessions s ON s.id = q.session_id`,
          )
          .all();
        if (rows.length !== PAGE) throw new Error("The page is not full.");
        db.close();
      });
    await ours();
    await peer();
    const figures = await alternate(quick ? 3 : 51, { ours, peer });
    const what = `open ${(requests * 1.2).toLocaleString("en")} responses, read the newest ${PAGE}`;
    return [{ what, against: "bare open and query", ...figures, unit: "ms", target: { at: "most", ratio: 1.5 } }];
  });
export default bench;
