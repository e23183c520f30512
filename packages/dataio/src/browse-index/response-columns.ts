/** The responses of a build, column by column in typed arrays, until everything that others say of them is known. */
import type Database from "better-sqlite3";
import type { RequestTable } from "./row-tables.ts";
import type { RowsWriter } from "./rows-writer.ts";
import { COLUMNS, FLAG_BITS, type IndexRow, NEVER, NOT_LOOKED_AT, PENDING } from "./schema.ts";

/** `asked` of a response of which it is not known what was asked. */
export const NOTHING_ASKED = -1;
/** `id` of a response that was deleted meanwhile. */
export const GONE = -1;

/** Columns of IndexRow. Of integrity, type and duration no build knows anything. */
export class ResponseColumns {
  readonly id: Float64Array;
  readonly time: Float64Array;
  readonly session: Float64Array;
  readonly source: Uint32Array;
  readonly status: Uint32Array;
  readonly size: Float64Array;
  readonly sum: Float64Array;
  /** Of the same checksum; see ReadChecksum. */
  readonly mix: Uint32Array;
  readonly flags: Uint8Array;
  readonly change: Uint8Array;
  readonly until: Float64Array;
  readonly shared: Uint8Array;
  /** Place of the request, recorded or concluded; what was asked, and of which kind, follows from it. */
  readonly asked: Int32Array;
  /** Responses so far. */
  count = 0;

  /** @param size how many there can be */
  constructor(size: number) {
    this.id = new Float64Array(size);
    this.time = new Float64Array(size);
    this.session = new Float64Array(size);
    this.source = new Uint32Array(size);
    this.status = new Uint32Array(size);
    this.size = new Float64Array(size);
    this.sum = new Float64Array(size);
    this.mix = new Uint32Array(size);
    this.flags = new Uint8Array(size);
    this.change = new Uint8Array(size);
    this.until = new Float64Array(size).fill(NEVER);
    this.shared = new Uint8Array(size);
    this.asked = new Int32Array(size).fill(NOTHING_ASKED);
  }

  get isFull(): boolean {
    return this.count === this.id.length;
  }

  /** Takes the values of a row that was made otherwise. */
  set(at: number, row: IndexRow, asked: number): void {
    this.id[at] = row.id;
    this.time[at] = row.time;
    this.session[at] = row.session;
    this.source[at] = row.source;
    this.status[at] = row.status;
    this.size[at] = row.size;
    this.sum[at] = row.sum;
    this.flags[at] = row.flags;
    this.until[at] = row.until;
    this.asked[at] = asked;
  }

  /** Takes what was concluded of an orphan, beside what its row says. */
  conclude(
    at: number,
    { session, source, flags }: Pick<IndexRow, "session" | "source" | "flags">,
    asked: number,
  ): void {
    this.session[at] = session;
    this.source[at] = source;
    this.flags[at] = (this.flags[at] ?? 0) | flags;
    this.asked[at] = asked;
  }

  /** @param requests where the places are */
  rowAt(at: number, requests: RequestTable): IndexRow {
    return this.read(at, requests, emptyRow());
  }

  /** `rowAt`, into a row that is there: a new one for each is what makes a build clear up memory. */
  read(at: number, requests: RequestTable, row: IndexRow): IndexRow {
    const asked = this.asked[at] ?? NOTHING_ASKED;
    const isKnown = asked !== NOTHING_ASKED;
    row.id = this.id[at] ?? 0;
    row.time = this.time[at] ?? 0;
    row.session = this.session[at] ?? 0;
    row.source = this.source[at] ?? 0;
    row.kind = isKnown ? requests.kindAt(asked) : 0;
    row.method = isKnown ? requests.methodAt(asked) : 0;
    row.status = this.status[at] ?? 0;
    row.size = this.size[at] ?? 0;
    row.sum = this.sum[at] ?? 0;
    row.identity = isKnown ? requests.rowidAt(requests.groupAt(asked)) : 0;
    row.change = this.change[at] ?? 0;
    row.flags = this.flags[at] ?? 0;
    row.until = this.until[at] ?? NEVER;
    row.shared = this.shared[at] ?? 0;
    return row;
  }
}

/** Of which nothing is known but that its file was not looked at. */
function emptyRow(): IndexRow {
  return {
    id: 0,
    time: 0,
    session: 0,
    source: 0,
    kind: 0,
    method: 0,
    status: 0,
    size: 0,
    sum: 0,
    identity: 0,
    change: 0,
    flags: 0,
    integrity: PENDING,
    type: 0,
    duration: NOT_LOOKED_AT,
    until: NEVER,
    shared: 0,
  };
}

/** One statement for so many rows: it is the calls that cost. */
const AT_ONCE = 40;
/** Bits of a code, and of what others say of a row, in the numbers that hold several. All of one have to fit into 53. */
const CODE_BITS = 20;
const MOST_CODES = 2 ** CODE_BITS;
const MOST_SESSIONS = 2 ** (53 - CODE_BITS);

/** By column what it is in the numbers that are given for a row. */
const PACKED: Readonly<Record<keyof IndexRow, string>> = {
  id: "column1",
  time: "column2",
  size: "column3",
  sum: "column4",
  identity: "column5",
  until: "column6",
  status: "column7",
  session: `column8 >> ${CODE_BITS}`,
  source: `column8 & ${MOST_CODES - 1}`,
  kind: `column9 >> ${CODE_BITS + FLAG_BITS + 3}`,
  method: `column9 >> ${FLAG_BITS + 3} & ${MOST_CODES - 1}`,
  flags: `column9 >> 3 & ${2 ** FLAG_BITS - 1}`,
  change: "column9 >> 1 & 3",
  shared: "column9 & 1",
  integrity: String(PENDING),
  type: "0",
  duration: String(NOT_LOOKED_AT),
};
const VALUES = 9;

/** Writes responses into a new index. It is binding values that costs, so those that are small share a number. */
export class ResponsesWriter {
  readonly #columns: ResponseColumns;
  readonly #requests: RequestTable;
  readonly #writer: RowsWriter;
  readonly #one: Database.Statement<(number | null)[]>;
  readonly #many: Database.Statement<(number | null)[]>;

  /** @param writer counts the rows */
  constructor(db: Database.Database, columns: ResponseColumns, requests: RequestTable, writer: RowsWriter) {
    this.#columns = columns;
    this.#requests = requests;
    this.#writer = writer;
    const insert = (rows: number) =>
      db.prepare<(number | null)[]>(
        `INSERT INTO rows (${COLUMNS.join(",")}) SELECT ${COLUMNS.map((name) => PACKED[name]).join(",")}
         FROM (VALUES ${Array(rows)
           .fill(`(${Array(VALUES).fill("?").join(",")})`)
           .join(",")})`,
      );
    this.#one = insert(1);
    this.#many = insert(AT_ONCE);
  }

  /** Call inside a transaction. */
  write(from: number, upTo: number): void {
    const row = emptyRow();
    let values: (number | null)[] = [];
    for (let at = from; at < upTo; at += 1) {
      if (this.#columns.id[at] === GONE) continue;
      this.#columns.read(at, this.#requests, row);
      if (!isPackable(row)) {
        this.#writer.add([row]);
        continue;
      }
      this.#writer.count(row);
      pushPacked(values, row);
      if (values.length < AT_ONCE * VALUES) continue;
      this.#many.run(...values);
      values = [];
    }
    for (let at = 0; at < values.length; at += VALUES) this.#one.run(...values.slice(at, at + VALUES));
  }
}

function isPackable({ session, source, kind, method }: IndexRow): boolean {
  return session < MOST_SESSIONS && source < MOST_CODES && kind < MOST_CODES && method < MOST_CODES;
}

function pushPacked(values: (number | null)[], row: IndexRow): void {
  values.push(
    row.id,
    row.time,
    row.size,
    row.sum,
    row.identity,
    row.until === NEVER ? null : row.until,
    row.status,
    row.session * MOST_CODES + row.source,
    (row.kind * MOST_CODES + row.method) * 2 ** (FLAG_BITS + 3) + row.flags * 8 + row.change * 2 + row.shared,
  );
}
