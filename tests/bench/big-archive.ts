/**
 * Makes a big archive as years of Python pipelines leave one: rows alone, or with payload files for the newest of them.
 * The same numbers make the same archive, so it is kept in a cache folder and made once.
 *
 * Run: node tests/bench/big-archive.ts [responses] [payload files]
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Store } from "../../packages/dataio/src/index.ts";

export interface BigArchive {
  readonly responses: number;
  readonly sessions: number;
  readonly kinds: number;
  readonly sources: number;
  /** Share of responses whose request row was never stored. */
  readonly orphans: number;
  /** Distinct payloads that get a file and a sidecar; they belong to the newest responses. */
  readonly payloadFiles: number;
}

export const BIG: BigArchive = {
  responses: 1_200_000,
  sessions: 500,
  kinds: 40,
  sources: 12,
  orphans: 0.05,
  payloadFiles: 0,
};

const FIRST_DAY = Date.UTC(2024, 0, 1);
const STATUSES = ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "error"];
const VERSION = 5;

/** The folder of an archive like that; made when it is not there yet. */
export function bigArchive(wanted: Partial<BigArchive> = {}, cache = join(tmpdir(), "dataio-bench")): string {
  const what = { ...BIG, ...wanted };
  const folder = join(cache, `big-${VERSION}-${Object.values(what).join("-")}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.making-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  makeBigArchive(making, what);
  renameSync(making, folder);
  return folder;
}

/** Numbers that look random and are the same in every run (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function makeBigArchive(folder: string, what: BigArchive): void {
  Store.create(folder).close();
  const db = new Database(join(folder, "dataio.sqlite"));
  db.pragma("journal_mode = DELETE");
  db.pragma("foreign_keys = OFF");
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -200000");
  const next = numbers(2_463_534_242);
  const hex = (length: number) => {
    let text = "";
    while (text.length < length) text += next().toString(16).padStart(8, "0");
    return text.slice(0, length);
  };
  // As Python's uuid4: the order of keys has nothing to do with the order of rows.
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const session = db.prepare("INSERT INTO sessions VALUES (?, ?, 'sync', ?, ?, ?)");
  const request = db.prepare("INSERT INTO requests VALUES (?, ?, ?, ?, ?, NULL, ?, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, ?, ?, ?, ?)");
  const responsesDirectory = join(folder, "responses");
  mkdirSync(responsesDirectory, { recursive: true });

  const perSession = Math.ceil(what.responses / what.sessions);
  const firstWithFile = what.responses - what.payloadFiles;
  /** Requests of each source that later sessions fetch again. */
  const known: { id: string; checksum: string }[][] = Array.from({ length: what.sources }, () => []);
  let made = 0;
  for (let s = 0; s < what.sessions && made < what.responses; s += 1) {
    db.transaction(() => {
      const source = s % what.sources;
      const sessionId = uuid();
      const start = FIRST_DAY + s * 86_400_000;
      const at = (n: number) =>
        `${new Date(start + n * 25).toISOString().slice(0, 23)}${String(n % 1000).padStart(3, "0")}+00:00`;
      session.run(sessionId, `source-${source}`, at(0).slice(0, 10), at(0), at(perSession + 1));
      for (let n = 0; n < perSession && made < what.responses; n += 1, made += 1) {
        const time = at(n);
        const again = known[source]?.[next() % 20_000];
        const status = STATUSES[next() % STATUSES.length] ?? "ok";
        let requestId: string;
        let checksum = hex(64);
        if (next() % 1_000_000 < what.orphans * 1_000_000) {
          requestId = uuid();
          if (again !== undefined && next() % 2 === 0) checksum = again.checksum;
        } else if (again !== undefined && next() % 4 === 0) {
          requestId = again.id;
          if (next() % 2 === 0) checksum = again.checksum;
        } else {
          requestId = uuid();
          const usual = (source + what.sources * (next() % Math.ceil(what.kinds / what.sources))) % what.kinds;
          // One kind was asked for in the first days only.
          const kind = s < 3 && n < 50 ? "rare" : `kind-${usual}`;
          const params = `{"url":"https://example.test/v1/${kind}/${hex(8)}","page":${n},"fields":"open,high,low,close,volume","start":"2024-01-01"}`;
          request.run(requestId, sessionId, kind, next() % 10 === 0 ? "POST" : "GET", params, hex(64), time);
        }
        let size = next() % 200_000;
        if (made >= firstWithFile) ({ checksum, size } = writePayload(responsesDirectory, made));
        response.run(uuid(), requestId, status, checksum, `responses/${checksum}.bin`, time, size);
        const list = known[source];
        if (list !== undefined && list.length < 20_000 && status === "ok") list.push({ id: requestId, checksum });
      }
    })();
  }
  db.close();
}

/** Two KiB of JSON and a sidecar, different for each number. */
function writePayload(directory: string, n: number): { checksum: string; size: number } {
  const quotes = Array.from({ length: 30 }, (_, i) => ({
    t: 1_700_000_000 + n + i,
    open: i + 0.5,
    close: i + 0.25,
    n,
  }));
  const text = JSON.stringify({ page: n, quotes });
  const checksum = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(directory, `${checksum}.bin`), text);
  const meta = { content_type: "application/json; charset=utf-8", elapsed_ms: 20 + (n % 900) + 0.25, http_status: 200 };
  writeFileSync(join(directory, `${checksum}.meta.json`), JSON.stringify(meta));
  return { checksum, size: text.length };
}

if (import.meta.main) {
  const [responses, payloadFiles] = process.argv.slice(2).map(Number);
  const started = performance.now();
  const folder = bigArchive({ ...(responses ? { responses } : {}), ...(payloadFiles ? { payloadFiles } : {}) });
  console.log(`${folder} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
