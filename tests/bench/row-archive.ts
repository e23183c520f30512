/** An archive of many rows and no payload files, as the library would have written it, made by SQL alone. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import Database from "better-sqlite3";
import { v7 as uuid } from "uuid";

const SESSIONS = 500;
const SOURCES = 12;
const KINDS = 40;
const SAMPLED = 20_000;
const RUN = 500;
const START = Date.UTC(2024, 0, 1);

/** What was written. */
export interface RowArchive {
  readonly root: string;
  readonly sources: readonly string[];
  /**
   * Some of the hashes, with the source that acquired each: runs of 500 that were acquired one after the other, from all
   * over the archive, as pipelines ask for them again.
   */
  readonly sample: readonly { readonly hash: string; readonly source: string }[];
}

/**
 * Makes an archive of `requests` requests, each with one response, and with further ones for `extra` of them.
 * About 25 s and 1 GB for a million.
 */
export function makeRowArchive(root: string, requests: number, extra = 0): RowArchive {
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -262144");
  const session = db.prepare("INSERT INTO sessions VALUES (?, ?, 'batch', ?, ?, ?)");
  const request = db.prepare("INSERT INTO requests VALUES (?, ?, ?, 'GET', ?, NULL, ?, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, 'ok', NULL, ?, NULL, ?, ?)");
  const perSession = Math.ceil(requests / SESSIONS);
  const sample: { hash: string; source: string }[] = [];
  const time = (number: number) => `${new Date(START + number * 50).toISOString().slice(0, -1)}000+00:00`;
  for (let s = 0; s * perSession < requests; s += 1) {
    db.transaction(() => {
      const first = s * perSession;
      const source = `source-${s % SOURCES}`;
      const sessionId = uuid({ msecs: START + first * 50 });
      session.run(sessionId, source, time(first), time(first), time(first + perSession));
      for (let number = first; number < Math.min(requests, first + perSession); number += 1) {
        const msecs = START + number * 50;
        const hash = createHash("sha256").update(`request ${number}`).digest("hex");
        const checksum = createHash("sha256").update(`payload ${number}`).digest("hex");
        const id = uuid({ msecs });
        request.run(id, sessionId, `kind-${number % KINDS}`, `{"number":${number},"symbol":"ABC"}`, hash, time(number));
        response.run(uuid({ msecs }), id, checksum, time(number), 1024);
        if (number < extra) response.run(uuid({ msecs }), id, checksum, time(requests + number), 1024);
        if (Math.floor(number / RUN) % Math.ceil(requests / SAMPLED) === 0) sample.push({ hash, source });
      }
    })();
  }
  db.exec("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return { root, sources: Array.from({ length: SOURCES }, (_, index) => `source-${index}`), sample };
}
