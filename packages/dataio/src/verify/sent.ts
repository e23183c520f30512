/** The payloads that were sent: named by `resolutions.sent_checksum`, and by no response unless the same bytes came back. */
import { isChecksum } from "../identity.ts";
import type { ArchiveRows } from "./archive-rows.ts";

/** Fills `temp.sent`, once, with the usable checksums of what was sent and that no response names. */
export async function gatherSent(rows: ArchiveRows): Promise<void> {
  if ((await rows.number("SELECT COUNT(*) AS n FROM temp.sqlite_schema WHERE name = 'sent'")) > 0) return;
  await rows.scratch("CREATE TABLE temp.sent (checksum TEXT PRIMARY KEY) WITHOUT ROWID");
  if (!rows.extended) return;
  const columns = `t.sent_checksum AS checksum,
    t.sent_checksum IS NOT NULL AND NOT EXISTS (SELECT 1 FROM responses r WHERE r.checksum = t.sent_checksum) AS only`;
  for await (const page of rows.pages<{ checksum: unknown; only: number }>("resolutions", columns)) {
    const sent = page.flatMap(({ checksum, only }) => (only === 1 && isChecksum(checksum) ? [{ checksum }] : []));
    if (sent.length > 0) await rows.scratch("INSERT OR IGNORE INTO temp.sent (checksum) VALUES (@checksum)", sent);
  }
}

/** The checksums of `temp.sent`, in order, page by page. */
export async function* sentPages(rows: ArchiveRows): AsyncGenerator<string[], void, undefined> {
  await gatherSent(rows);
  for (let after = ""; ; ) {
    const page = await rows.all<{ checksum: string }>(
      "SELECT checksum FROM temp.sent WHERE checksum > @after ORDER BY checksum LIMIT 500",
      { after },
    );
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.checksum;
    yield page.map(({ checksum }) => checksum);
  }
}
