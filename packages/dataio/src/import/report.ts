/** What an import is asked, and what it reports: plain data that survives JSON. */
import type { DataioErrorCode } from "../errors.ts";

/** Forms that can be imported. */
export const IMPORT_FORMS = ["archive", "har", "warc", "folder"] as const;
/** One of {@link IMPORT_FORMS}. */
export type ImportForm = (typeof IMPORT_FORMS)[number];

/** Where rows come from; `path` is absolute. */
export interface ImportSource {
  readonly type: ImportForm;
  readonly path: string;
  /** What the rows of a HAR, a WARC or a folder are attributed to; default: what they say themselves, else the name of the file or folder. */
  readonly source?: string;
}

/** What was not imported, and why. */
export interface ImportProblem {
  /** The row's id, or its place in what was read. */
  readonly item: string;
  readonly code: DataioErrorCode;
  readonly message: string;
}

/** A response that was added, or would be. */
export interface ImportedItem {
  readonly responseId: string;
  readonly originalId: string;
  readonly source: string;
  readonly kind: string;
  /** The address, path or parameters of its request, shortened; empty where they are not known. */
  readonly label: string;
  readonly time: string;
  readonly sizeBytes: number | null;
}

/** How far an import has come. */
export interface ImportProgress {
  readonly done: number;
  readonly bytes: number;
}

/** What was added; with `dryRun` what would be. */
export interface ImportReport {
  readonly version: 1;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly added: {
    readonly sessions: number;
    readonly requests: number;
    readonly responses: number;
    readonly resolutions: number;
  };
  /** Responses that the archive has already. */
  readonly present: number;
  /** Payload bytes of the responses that were added. */
  readonly bytes: number;
  /** The first of the responses that were added. */
  readonly items: readonly ImportedItem[];
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
}
