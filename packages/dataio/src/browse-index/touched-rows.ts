/** Which rows of an archive the new rows of its tables say something of. Reads the archive only. */
import type { ReadConnection } from "../database.ts";
import type { ArchiveState } from "./archive-state.ts";
import { idOf } from "./schema.ts";

/** Rowids of the archive, to be made anew. */
export interface TouchedRows {
  readonly responses: Set<number>;
  readonly requests: Set<number>;
  readonly resolutions: Set<number>;
  /** Ids of index rows whose file has to be looked at again. */
  readonly lookAgain: Set<number>;
}

/** Rows that what came between two states may change, in whatever order it came. */
export function touchedRows(
  archive: ReadConnection,
  then: ArchiveState,
  upTo: ArchiveState,
  newSessions: readonly { readonly id: string }[],
): TouchedRows {
  const touched: TouchedRows = {
    responses: new Set(),
    requests: new Set(),
    resolutions: new Set(),
    lookAgain: new Set(),
  };
  const extended = upTo.resolutions.last > 0 || upTo.response_meta.last > 0;
  const into = (set: Set<number>, sql: string, ...params: (number | string)[]) => {
    for (const rowid of archive
      .prepare<(number | string)[], number | null>(sql)
      .pluck()
      .all(...params)) {
      if (rowid !== null) set.add(rowid);
    }
  };
  const between = (table: keyof ArchiveState): [number, number] => [then[table].last, upTo[table].last];
  const news = "n.rowid > ? AND n.rowid <= ?";
  into(touched.requests, `SELECT n.rowid FROM requests n WHERE ${news}`, ...between("requests"));
  into(
    touched.responses,
    `SELECT r.rowid FROM requests n CROSS JOIN responses r ON r.request_id = n.id WHERE ${news}`,
    ...between("requests"),
  );
  for (const { id } of newSessions) {
    into(touched.requests, "SELECT q.rowid FROM requests q WHERE q.session_id = ?", id);
    into(
      touched.responses,
      "SELECT r.rowid FROM requests q CROSS JOIN responses r ON r.request_id = q.id WHERE q.session_id = ?",
      id,
    );
  }
  if (!extended) return touched;
  into(
    touched.resolutions,
    `SELECT a.rowid FROM requests n CROSS JOIN resolutions a ON a.request_id = n.id WHERE ${news}`,
    ...between("requests"),
  );
  into(touched.resolutions, `SELECT n.rowid FROM resolutions n WHERE ${news}`, ...between("resolutions"));
  into(
    touched.responses,
    `SELECT r.rowid FROM resolutions n CROSS JOIN responses r ON r.id = n.response_id WHERE ${news} AND n.kind <> 'reused'`,
    ...between("resolutions"),
  );
  into(
    touched.requests,
    `SELECT q.rowid FROM resolutions n CROSS JOIN requests q ON q.id = n.request_id WHERE ${news}`,
    ...between("resolutions"),
  );
  for (const { id } of newSessions) {
    into(touched.resolutions, "SELECT a.rowid FROM resolutions a WHERE a.session_id = ?", id);
    into(
      touched.responses,
      "SELECT r.rowid FROM resolutions a CROSS JOIN responses r ON r.id = a.response_id WHERE a.session_id = ?",
      id,
    );
  }
  const described = new Set<number>();
  into(
    described,
    `SELECT r.rowid FROM response_meta n CROSS JOIN responses r ON r.id = n.response_id WHERE ${news}`,
    ...between("response_meta"),
  );
  for (const rowid of described) {
    touched.responses.add(rowid);
    touched.lookAgain.add(idOf("response", rowid));
  }
  const reused = new Set<number>();
  into(
    reused,
    `SELECT a.rowid FROM response_meta n CROSS JOIN resolutions a ON a.response_id = n.response_id WHERE ${news}`,
    ...between("response_meta"),
  );
  // An ask may be there before the response that it names.
  into(
    reused,
    `SELECT a.rowid FROM responses n CROSS JOIN resolutions a ON a.response_id = n.id WHERE ${news}`,
    ...between("responses"),
  );
  for (const rowid of reused) {
    touched.resolutions.add(rowid);
    touched.lookAgain.add(idOf("resolution", rowid));
  }
  return touched;
}
