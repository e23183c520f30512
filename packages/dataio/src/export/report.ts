/** What an export is asked, and what it reports: plain data that survives JSON. */

import type { TextPaths } from "../browse-index/browse-index.ts";
import type { RowFilter } from "../browse-index/filter.ts";
import type { RowRef } from "../browse-model.ts";
import type { DataioErrorCode } from "../errors.ts";
import type { ListFilter } from "../listing-query.ts";
import type { SnippetForm } from "../snippets/snippet.ts";

/** What is exported. A row or a session that is named twice is exported once. */
export type ExportScope =
  /** All responses of the archive. */
  | { readonly type: "archive" }
  /** The bytes with this checksum, received or sent. */
  | { readonly type: "payload"; readonly checksum: string }
  /** These rows, in this order. */
  | { readonly type: "rows"; readonly rows: readonly RowRef[] }
  /** The responses that these sessions asked for. */
  | { readonly type: "sessions"; readonly ids: readonly string[] }
  /** The responses that a list's filter leaves, newest first; at most `limit` of them. */
  | { readonly type: "list"; readonly filter: ListFilter; readonly limit?: number }
  /**
   * The rows that a filter leaves, newest first, found by a browse index: the one at `indexPath`, or one that is built for this
   * alone (some seconds for a million rows), which knows nothing that only files say. Of one session, or of all. With `asOf`,
   * timestamp text, what was there at that moment and not yet replaced by a newer good response to the same. Without
   * `texts`, words are looked for in names and ids only.
   */
  | {
      readonly type: "filter";
      readonly filter: RowFilter;
      readonly indexPath?: string;
      readonly texts?: TextPaths;
      readonly sessionId?: string | null;
      readonly asOf?: string | null;
      readonly limit?: number;
    };

/** What becomes of a target that is there already. */
export type ExistingTarget =
  /** Nothing is written (default). */
  | "refuse"
  /** A file is replaced; in a folder, files of the same name are, and nothing else is touched. */
  | "replace"
  /** Only of a folder: its files stay, and a name that is taken gets a number. */
  | "add";

/** How payloads become files, in a folder or in a zip. */
export interface PayloadFileOptions {
  /** Names of the files; default `{source}/{date}/{kind}-{id}.{ext}`. */
  readonly template?: string;
  /** Default true: `<name>.meta.json` beside each payload that has transport metadata. */
  readonly sidecars?: boolean;
  /** `decoded` undoes the content encodings (gzip, deflate, br, zstd) that the metadata declare. Default `stored`. */
  readonly encoding?: "stored" | "decoded";
  /** `once` (default) writes equal bytes once; `each` writes a file for each row. */
  readonly duplicates?: "once" | "each";
}

/** Where to, and in which form. `path` is absolute. */
export type ExportTarget = { readonly path: string; readonly existing?: ExistingTarget } & (
  | ({ readonly type: "folder" } & PayloadFileOptions)
  | ({ readonly type: "zip"; readonly compression?: "store" | "deflate" } & PayloadFileOptions)
  /** HTTP Archive 1.2. Bodies are decoded, as browsers write them. */
  | { readonly type: "har" }
  /** WARC 1.1; `gzip` by the name's ending when left out. */
  | { readonly type: "warc"; readonly gzip?: boolean; readonly encoding?: "stored" | "decoded" }
  /** A line of JSON for each row. */
  | { readonly type: "ndjson" }
  /** `formulas` true leaves cells that a spreadsheet would run as they are. Default false: they are made text. */
  | { readonly type: "csv"; readonly formulas?: boolean }
  /** A script that asks once more for what was asked over HTTP, each once; credentials are left out. */
  | { readonly type: "snippets"; readonly form: Exclude<SnippetForm, "dataio"> }
  /** A smaller archive, as a folder. Of a whole archive, or of sessions, with what was asked and not answered. */
  | { readonly type: "archive" }
);

/** What was not exported, or not as it was asked for, and why. */
export interface ExportProblem {
  /** Null for a payload that was named by its checksum alone. */
  readonly row: RowRef | null;
  readonly checksum: string | null;
  readonly code: DataioErrorCode;
  readonly message: string;
}

/** One row that was dealt with, as it is told while an export runs. */
export interface ExportedItem {
  readonly row: RowRef | null;
  readonly checksum: string | null;
  /** Path below the target of what was written for it; null where it has no file of its own. */
  readonly name: string | null;
  /** Bytes of its payload that were written. */
  readonly sizeBytes: number;
  readonly problem: ExportProblem | null;
}

/** How much a scope is, before anything is exported. */
export interface ExportMeasure {
  readonly rows: number;
  /** True when there are more rows than that: counting them all would take long. */
  readonly more: boolean;
  /** What the rows record as the sizes of their payloads, equal bytes each time; null where adding up would take long. */
  readonly bytes: number | null;
}

/** How far an export has come. */
export interface ExportProgress {
  readonly done: number;
  /** Null where rows are not counted beforehand. */
  readonly total: number | null;
  readonly bytes: number;
}

/** What became of an export. A row that could not be exported is a problem, not an error. */
export interface ExportReport {
  readonly version: 1;
  readonly target: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Rows that were exported. */
  readonly exported: number;
  /** Rows whose bytes, or whose request in a script, were written for another row already. */
  readonly duplicates: number;
  /** Payload bytes written, before any compression. */
  readonly bytes: number;
  /** At most `maxProblems`; `problemCount` is exact. */
  readonly problems: readonly ExportProblem[];
  readonly problemCount: number;
}
