/**
 * What the worker can be asked to do, and what it answers with. Types alone: the page and the worker share them, and
 * neither loads the other's code for it. Everything here can be cloned from one thread to the other.
 */
import type { Comparison, ComparisonOrder } from "../features/compare/comparison.ts";
import type { DecodedText } from "../format/decode.ts";
import type { DelimitedText } from "../format/delimited.ts";
import type { JsonFault } from "../format/json-tokens.ts";
import type { JsonTree } from "../format/json-tree.ts";
import type { Sniffed } from "./sniff.ts";

/** Where the bytes are: behind a URL with ranges, or (decoded ones) in memory. */
export type Source =
  | {
      readonly kind: "url";
      /** Absolute: a worker's own address is another than the page's. */
      readonly url: string;
      readonly size: number;
    }
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** False when they are only the beginning. */
      readonly complete: boolean;
    };

/** Which bytes are read as text, and how. */
export interface TextParams {
  readonly source: Source;
  readonly start: number;
  readonly length: number;
  /** What the transport said; null when it said nothing. */
  readonly declaredCharset: string | null;
  /** What the person chose; null to find it out. */
  readonly chosenCharset: string | null;
}

/** How a text is laid out before it is shown. */
export type Layout = "html" | "json" | "ndjson" | "none" | "xml";

export interface TextResult {
  readonly decoded: Omit<DecodedText, "text">;
  readonly text: string;
  /** True when there is more behind it. */
  readonly cut: boolean;
  /** Bytes that were read. */
  readonly length: number;
  /** Why it could not be laid out, and stands as it is; null when nothing is wrong. */
  readonly fault: JsonFault | { readonly reason: string } | null;
}

export interface TreeResult {
  readonly decoded: Omit<DecodedText, "text">;
  readonly cut: boolean;
  readonly length: number;
  /** Null where the text is no JSON. */
  readonly tree: JsonTree | null;
  readonly fault: JsonFault | null;
}

export interface QueryResult {
  /** Nodes of the tree, in order. */
  readonly nodes: readonly number[];
  /** True when there are more. */
  readonly more: boolean;
  /** What is wrong with the expression; null when nothing is. */
  readonly fault: string | null;
}

export interface TableResult {
  readonly decoded: Omit<DecodedText, "text">;
  readonly cut: boolean;
  readonly length: number;
  readonly table: DelimitedText;
}

/** What was decoded, and what it is. */
export interface DecodedResult extends Sniffed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** False when decoding stopped: at the limit, or at a fault. */
  readonly complete: boolean;
  /** Why it could not go on; null when nothing is wrong. */
  readonly fault: string | null;
}

export interface ZipListing {
  readonly entries: readonly {
    readonly name: string;
    readonly isFolder: boolean;
    readonly isEncrypted: boolean;
    /** Bytes, by what the directory says. */
    readonly size: number;
    readonly packedSize: number;
    /** `2025-10-01 08:00:00`, of no zone; empty when it is none. */
    readonly modified: string;
  }[];
  /** True when there are more. */
  readonly more: boolean;
}

export interface ParquetRows {
  readonly names: readonly string[];
  /** Null where there is no value. */
  readonly records: readonly (readonly (string | null)[])[];
  /** Columns that were too large to be read. */
  readonly leftOut: number;
}

export interface ParquetSummary {
  readonly rowCount: string;
  readonly createdBy: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly logical: string;
    readonly repetition: string;
    readonly codec: string;
    /** Bytes. */
    readonly packed: number;
    readonly unpacked: number;
  }[];
  readonly columnCount: number;
  readonly groups: readonly { readonly rows: string; readonly packed: number; readonly unpacked: number }[];
  readonly groupCount: number;
  /** The first ones; null when they could not be read. */
  readonly rows: ParquetRows | null;
  readonly fault: string | null;
}

/** Task name to what it takes and gives. */
export interface Tasks {
  "text.read": [params: TextParams & { readonly layout: Layout }, result: TextResult];
  "text.table": [params: TextParams & { readonly delimiter: string | null }, result: TableResult];
  "json.tree": [params: TextParams & { readonly lines: boolean }, result: TreeResult];
  "json.query": [params: TextParams & { readonly lines: boolean; readonly path: string }, result: QueryResult];
  /** Decodes up to `limit` bytes. */
  decode: [
    params: { readonly source: Source; readonly format: "gzip" | "zstd"; readonly limit: number },
    result: DecodedResult,
  ];
  compare: [params: ComparisonOrder, result: Comparison];
  parquet: [params: { readonly source: Source }, result: ParquetSummary];
  "zip.list": [params: { readonly source: Source }, result: ZipListing];
  "zip.entry": [
    params: { readonly source: Source; readonly place: number; readonly limit: number },
    result: DecodedResult,
  ];
}

export type TaskName = keyof Tasks;
export type TaskParams<N extends TaskName> = Tasks[N][0];
export type TaskResult<N extends TaskName> = Tasks[N][1];

export interface WorkRequest {
  readonly name: TaskName;
  readonly params: unknown;
}

export type WorkAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };
