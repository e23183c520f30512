/**
 * Rows of an archive, many in one run of bytes: SQLite puts their texts behind one another, so that neither a value nor a text
 * has to be made of each. A row is packed when it has the shape that nearly all have; others only say that they are there.
 */
import type { ReadConnection } from "../database.ts";
import { ASK_FAILED } from "../failures.ts";
import { CHECKSUM_BYTES, ID_BYTES } from "./bytes.ts";
import { TIME_BYTES } from "./moments.ts";

/** Rows of one chunk: a millisecond. */
export const PACKED_ROWS = 1_000;

/** Packed rows of a part of a table. */
export interface PackedTable {
  /** Up to which rowid so many rows go. Parameters: the rowid behind which to begin, the last one, and how many. */
  readonly endSql: string;
  /** Their bytes. Parameters: the rowid behind which to begin, and the last one. */
  readonly bytesSql: string;
}

const isText = (column: string, bytes: number) => `octet_length(${column}) = ${bytes} AND ${column} < x''`;

/** A row is `=` with its values, or `!` with its rowid; see {@link PackedRows}. */
function packed(table: string, wanted: string, usual: string, values: string): PackedTable {
  return {
    endSql: `SELECT MAX(n) FROM (SELECT rowid AS n FROM ${table} NOT INDEXED WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?)`,
    bytesSql: `SELECT CAST(group_concat(CASE WHEN ${usual} THEN concat('=', ${values}) ELSE concat('!', rowid, ' ') END, '') AS BLOB)
      FROM ${table} NOT INDEXED WHERE rowid > ? AND rowid <= ? AND ${wanted}`,
  };
}

/** Id, session, rowid, 1 for one with a hash, lengths of kind and method, and those. */
export const PACKED_REQUESTS = packed(
  "requests",
  "1",
  `${isText("id", ID_BYTES)} AND ${isText("session_id", ID_BYTES)} AND kind < x'' AND method < x''`,
  "id, session_id, rowid, ' ', hash IS NOT NULL, ' ', octet_length(kind), ' ', octet_length(method), ' ', kind, method",
);

/** Response, session, and 1 for one that failed. */
export const PACKED_ASKS = packed(
  "resolutions a",
  "kind <> 'reused' AND response_id IS NOT NULL",
  `${isText("response_id", ID_BYTES)} AND ${isText("session_id", ID_BYTES)}`,
  `response_id, session_id, ${ASK_FAILED}, ' '`,
);

/** Request, time, checksum (dashes for none), rowid, size, length of the status, and that; its own id behind the request. */
function packedResponses(hasId: boolean): PackedTable {
  return packed(
    "responses",
    "1",
    `${hasId ? `${isText("id", ID_BYTES)} AND` : ""} ${isText("request_id", ID_BYTES)} AND ${isText("created_at", TIME_BYTES)}
       AND status < x'' AND (size_bytes IS NULL OR size_bytes < '')`,
    `request_id, ${hasId ? "id, " : ""}created_at, CASE WHEN ${isText("checksum", CHECKSUM_BYTES)} THEN checksum ELSE '${"-".repeat(CHECKSUM_BYTES)}' END,
       rowid, ' ', size_bytes, ' ', octet_length(status), ' ', status`,
  );
}
export const PACKED_RESPONSES = packedResponses(false);
export const PACKED_RESPONSES_WITH_IDS = packedResponses(true);

/** Reads rows out of their bytes, one after the other. */
export class PackedRows {
  /** Where the next value begins. */
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, encoding: string) {
    this.bytes = encoding === "UTF-8" ? bytes : asUtf8(bytes, encoding);
  }

  /** What the next row is: one with its values, one with its rowid, or none, for there is no further one. */
  next(): "usual" | "unusual" | null {
    const mark = this.bytes[this.at];
    this.at += 1;
    return mark === undefined ? null : mark === 61 ? "usual" : "unusual";
  }

  /** Where a value of so many bytes begins. */
  skip(length: number): number {
    this.at += length;
    return this.at - length;
  }

  /** A number: whole, not negative and exact. NaN for any other, and for none. */
  number(): number {
    let value = 0;
    const from = this.at;
    for (;;) {
      const digit = (this.bytes[this.at] ?? 32) - 48;
      this.at += 1;
      if (digit === -16) break;
      value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
    }
    return this.at - from > 1 && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
  }
}

/** Texts have the encoding of the database; in another one than UTF-8 none has the length of a usual one. */
function asUtf8(bytes: Uint8Array, encoding: string): Uint8Array {
  const own = Buffer.from(bytes);
  return Buffer.from((encoding === "UTF-16be" ? own.swap16() : own).toString("utf16le"));
}

/** How the database stores its texts. */
export function encodingOf(archive: ReadConnection): string {
  return String(archive.db.pragma("encoding", { simple: true }));
}
