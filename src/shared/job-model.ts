/** What a renderer is told of long work: fetches, sends, streams, integrity runs, exports, imports. Types alone. */
import type {
  ExportReport,
  ExportTarget,
  ImportReport,
  ImportSource,
  RowRef,
  StreamEndReason,
  VerifyReport,
  VerifyStep,
} from "@mxm/dataio";
import type { ErrorShape } from "./contract.ts";

/** Long work and how it stands. Every state has just the fields that make sense in it. */
export type JobState =
  | { readonly status: "queued" }
  | { readonly status: "running"; readonly done: number; readonly total: number | null }
  | { readonly status: "succeeded" }
  | { readonly status: "failed"; readonly error: ErrorShape }
  | { readonly status: "cancelled" };

/** One request of a fetch job. `attempt` and `attempts` count from 1. */
export interface FetchItem {
  readonly kind: string;
  readonly method: string;
  /** The URL or path where params have one, else the params' text, shortened. */
  readonly label: string;
  readonly state:
    | { readonly status: "queued" | "cancelled" }
    | {
        readonly status: "running";
        readonly attempt: number;
        /** Why it is being repeated, and after how many milliseconds; null for the first attempt. */
        readonly retry: { readonly waitMs: number; readonly reason: string } | null;
      }
    | {
        readonly status: "failed";
        readonly error: ErrorShape;
        readonly row: RowRef | null;
        readonly attempts: number;
      }
    | {
        readonly status: "acquired" | "reused";
        readonly row: RowRef;
        readonly attempts: number;
        readonly sizeBytes: number | null;
        readonly durationMs: number;
        /** Against the newest earlier response of the same request; `new` when there was none. */
        readonly change: "new" | "changed" | "unchanged";
        /** That earlier response; null where there was none. */
        readonly previous: RowRef | null;
      };
}

/** How a send ended, as far as it is known. */
export type SendOutcome =
  /** `refused`: the source answered with an error. Either answer is archived. */
  | {
      readonly status: "answered" | "refused";
      readonly row: RowRef;
      readonly sizeBytes: number | null;
      readonly durationMs: number;
    }
  | {
      readonly status: "failed";
      readonly error: ErrorShape;
      /** Whether the bytes went out: `unknown` where the connection was lost, or given up, on the way. */
      readonly sent: "no" | "yes" | "unknown";
      /** The record of the failure; null where nothing was recorded. */
      readonly row: RowRef | null;
    };

/** How a subscription ended. */
export interface StreamEnding {
  /** `left`: a person stopped it. */
  readonly reason: StreamEndReason;
  /** What the source said when it closed; null where it said nothing. */
  readonly said: string | null;
  readonly error: ErrorShape | null;
}

/** How many requests of a fetch job stand how; each counts once, but for `retried`. */
export interface FetchCounts {
  readonly queued: number;
  readonly running: number;
  /** Fetched: the first response of its request, another one than before, the same as before. */
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly reused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Those of all that took, or are at, a further attempt. */
  readonly retried: number;
}

export type JobDetail =
  /** Its requests are asked for by `fetch.items`: there may be ten thousand. */
  | {
      readonly kind: "fetch";
      readonly archiveId: string;
      readonly source: string;
      /** Null until the session row is written. */
      readonly sessionId: string | null;
      readonly counts: FetchCounts;
      /** Payload bytes of the answers that were fetched so far. */
      readonly bytes: number;
      /** Per second: of the last seconds while it runs, of all its time once it has ended. */
      readonly rate: { readonly requests: number; readonly bytes: number };
      /** The request, where there is only one. */
      readonly only: FetchItem | null;
    }
  | {
      readonly kind: "sample";
      /** What is being done now. */
      readonly step: string;
      /** The folder of the sample archive once it is there. */
      readonly path: string | null;
    }
  | {
      readonly kind: "verify";
      readonly archiveId: string;
      /** What is being looked at; null before the first step. */
      readonly step: VerifyStep | null;
      /** Bytes hashed so far. */
      readonly bytes: number;
      /** What came of it, once it has ended; the report itself is asked for by `verify.report`. */
      readonly outcome: Pick<VerifyReport, "intact" | "severities"> | null;
    }
  | {
      readonly kind: "send";
      readonly archiveId: string;
      readonly source: string;
      /** Null until the session row is written. */
      readonly sessionId: string | null;
      /** Where to, in a few words. */
      readonly label: string;
      readonly sizeBytes: number;
      /** Of the bytes that are sent. */
      readonly checksum: string;
      /** Null while it is under way. */
      readonly outcome: SendOutcome | null;
    }
  /** `done` of its state are messages. It runs until its source ends it, it fails, or `stream.stop`. */
  | {
      readonly kind: "stream";
      readonly archiveId: string;
      readonly source: string;
      readonly requestKind: string;
      readonly label: string;
      readonly sessionId: string | null;
      readonly requestId: string | null;
      readonly isOpen: boolean;
      /** Rows so far: openings, messages and closings. */
      readonly frames: number;
      readonly messages: number;
      /** Of payloads. */
      readonly bytes: number;
      /** Null while it is under way. */
      readonly ending: StreamEnding | null;
    }
  /** `done` and `total` of its state are rows. */
  | {
      readonly kind: "export";
      readonly archiveId: string;
      readonly form: Exclude<ExportTarget["type"], "snippets">;
      /** The folder or file that is written; there only once the export has succeeded. */
      readonly path: string;
      /** Under which name it can be fetched by `exportUrl` once it has succeeded; a folder as a zip. Null where it cannot. */
      readonly download: string | null;
      /** True where it is only to be fetched: `path` is the host's own, and does not last. */
      readonly temporary: boolean;
      /** Payload bytes that were written so far. */
      readonly bytes: number;
      /** What came of it, once it has ended; what could not be exported is asked for by `export.report`. */
      readonly outcome: Pick<ExportReport, "exported" | "duplicates" | "bytes" | "problemCount"> | null;
    }
  /** `done` of its state are rows that were read. */
  | {
      readonly kind: "import";
      readonly archiveId: string;
      readonly from: ImportSource;
      /** True for a preview, which adds nothing. */
      readonly dryRun: boolean;
      /** Payload bytes that were added so far. */
      readonly bytes: number;
      /** What came of it, once it has ended; the report itself is asked for by `import.report`. */
      readonly outcome: Pick<ImportReport, "added" | "present" | "bytes" | "problemCount"> | null;
    };

export interface Job {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: JobState;
  /** The folder of its archive, whose id is another one when it was closed and opened again; null where it has none. */
  readonly archivePath: string | null;
  readonly detail: JobDetail;
}

/** Requests of a fetch job that changed, in the order in which they did. */
export interface ChangedFetchItems {
  readonly items: readonly { readonly place: number; readonly item: FetchItem }[];
  /** Ask for what changes after this next. */
  readonly revision: number;
  /** True while more have changed than were asked for. */
  readonly more: boolean;
}
