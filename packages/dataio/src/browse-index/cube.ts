/**
 * How many rows there are of each combination of coded values. Few combinations occur, so counts and facets of a filter on
 * such values are exact and cost no scan, whatever the size of the archive.
 */
import type Database from "better-sqlite3";
import { type Prepare, preparing } from "../database.ts";
import { DIMENSIONS, type Dimension, type IndexRow, isFailed, isInferred, refTypeOf } from "./schema.ts";

/** One combination. `ref` is the position in REF_TYPES. */
export type CubeCell = Record<Dimension | "ref", number> & { n: number };

/** What the rows of one session come to. */
interface SessionTotal {
  responses: number;
  /** Those of them whose session is concluded. */
  inferred: number;
  failures: number;
  /** Asks by the code of how they ended. */
  readonly asks: Map<number, number>;
  bytes: number;
}

/** Combinations at hand; a power of two. */
const NEAR = 1_024;

/** Counts while rows are written, all together and by session, and stores what changed. */
export class CubeWriter {
  readonly #prepare: Prepare;
  readonly #changes = new Map<string, CubeCell>();
  /** Combinations that were counted last, each in a place that follows from its codes. */
  readonly #near: (CubeCell | undefined)[] = new Array(NEAR);
  readonly #sessions = new Map<number, SessionTotal>();
  #lastSession = 0;
  #lastTotal: SessionTotal | undefined;

  constructor(db: Database.Database) {
    this.#prepare = preparing(db);
  }

  /** Counts a row in (`by` 1) or out (-1). */
  count(row: IndexRow, by: 1 | -1): void {
    const { source, kind, method, status, type, integrity, change, flags } = row;
    const ref = row.id % 4;
    // Most combinations come again and again, and texts as keys take time.
    const place = (ref + source * 5 + kind * 7 + method * 31 + status * 61 + change * 127 + flags * 257) & (NEAR - 1);
    const near = this.#near[place];
    if (
      near?.ref === ref &&
      near.kind === kind &&
      near.source === source &&
      near.method === method &&
      near.status === status &&
      near.type === type &&
      near.integrity === integrity &&
      near.change === change &&
      near.flags === flags
    ) {
      near.n += by;
    } else {
      const key = `${ref},${source},${kind},${method},${status},${type},${integrity},${change},${flags}`;
      let cell = this.#changes.get(key);
      if (cell === undefined) {
        cell = { ref, source, kind, method, status, type, integrity, change, flags, n: 0 };
        this.#changes.set(key, cell);
      }
      cell.n += by;
      this.#near[place] = cell;
    }
    this.#countSession(row, by);
  }

  /** The rows that the list of a session holds; see SessionSummary. */
  #countSession({ id, session, flags, status, size }: IndexRow, by: 1 | -1): void {
    if (session === 0 || (isInferred(flags) && refTypeOf(id) !== "response")) return;
    const type = refTypeOf(id);
    if (type === "request" && !isFailed(flags)) return;
    let total = session === this.#lastSession ? this.#lastTotal : this.#sessions.get(session);
    if (total === undefined) {
      total = { responses: 0, inferred: 0, failures: 0, asks: new Map(), bytes: 0 };
      this.#sessions.set(session, total);
    }
    this.#lastSession = session;
    this.#lastTotal = total;
    if (isFailed(flags)) total.failures += by;
    if (type === "resolution") total.asks.set(status, (total.asks.get(status) ?? 0) + by);
    else if (type === "response") {
      total.responses += by;
      if (isInferred(flags)) total.inferred += by;
      total.bytes += Math.max(size, 0) * by;
    }
  }

  /** Writes what was counted since. Call inside the transaction that wrote the rows. */
  store(): void {
    const names = ["ref", ...DIMENSIONS];
    const add = this.#prepare<[CubeCell], never>(
      `INSERT INTO cube (${names.join(", ")}, n) VALUES (${names.map((name) => `@${name}`).join(", ")}, @n)
       ON CONFLICT DO UPDATE SET n = n + excluded.n`,
    );
    for (const cell of this.#changes.values()) if (cell.n !== 0) add.run(cell);
    this.#storeSessions();
    if (this.#changes.size > 0) this.#prepare("DELETE FROM cube WHERE n = 0").run();
    this.#changes.clear();
    this.#near.fill(undefined);
  }

  #storeSessions(): void {
    const find = this.#prepare<[string], number>("SELECT id FROM words WHERE text = ?").pluck();
    const reused = find.get("reused") ?? -1;
    const add = this.#prepare<
      [session: number, responses: number, inferred: number, failures: number, reused: number, bytes: number],
      never
    >(
      `INSERT INTO session_totals (session, responses, inferred, failures, reused, bytes) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET responses = responses + excluded.responses, inferred = inferred + excluded.inferred,
         failures = failures + excluded.failures, reused = reused + excluded.reused, bytes = bytes + excluded.bytes`,
    );
    for (const [session, { responses, inferred, failures, asks, bytes }] of this.#sessions) {
      add.run(session, responses, inferred, failures, asks.get(reused) ?? 0, bytes);
    }
    this.#sessions.clear();
    this.#lastTotal = undefined;
  }
}

/** All combinations that occur. */
export function readCube(db: Database.Database): CubeCell[] {
  return db.prepare<[], CubeCell>("SELECT * FROM cube").all();
}
