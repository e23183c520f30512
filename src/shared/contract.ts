/**
 * What the app can do: every method a renderer may call and every event a host sends. Read this file first.
 *
 * A method has a zod schema for its params (validated once, in the dispatcher) and a result type. Neither Electron nor
 * HTTP types appear here. Payload bytes never travel this way: see payload-url.ts.
 */
import type {
  Activity,
  ArchiveCounts,
  BrowseRow,
  CountedPage,
  ExportMeasure,
  ExportReport,
  Facets,
  FoundId,
  HistoryPage,
  IdentityRow,
  ImportReport,
  Overview,
  Page,
  PayloadSizes,
  PayloadState,
  PayloadTextProgress,
  PayloadTextSettings,
  PlannedSend,
  RowDetail,
  RowRef,
  SessionRow,
  SessionSummary,
  SourceSettings,
  SourceSummary,
  StreamFrame,
  TrustLine,
  VerifyReport,
} from "@mxm/dataio";
import { z } from "zod";
import { rowFilter } from "./filter-schema.ts";
import type { ChangedFetchItems, Job } from "./job-model.ts";

export type {
  Activity,
  ArchiveCounts,
  BrowseRow,
  CountedPage,
  ExistingTarget,
  ExportMeasure,
  ExportProblem,
  ExportReport,
  ExportTarget,
  FacetName,
  Facets,
  FacetValue,
  FailureRecord,
  FilterTerm,
  Finding,
  FindingCode,
  FindingRow,
  FindingSeverity,
  HashCheck,
  HistoryChange,
  HistoryItem,
  HistoryPage,
  HistoryPoint,
  IdentityRow,
  IdentitySort,
  IdentitySortColumn,
  ImportedItem,
  ImportForm,
  ImportOrigin,
  ImportProblem,
  ImportReport,
  ImportSource,
  Integrity,
  MetadataView,
  Overview,
  Page,
  PayloadFacts,
  PayloadSizes,
  PayloadState,
  PayloadTextSettings,
  PlannedHeader,
  PlannedSend,
  PreviewKind,
  Request,
  Resolution,
  Response,
  RowDetail,
  RowFilter,
  RowRef,
  RowSort,
  RowSortColumn,
  Session,
  SessionRow,
  SessionSort,
  SessionSortColumn,
  SessionSummary,
  SnippetForm,
  SourceOverview,
  SourceSettings,
  SourceSummary,
  StreamEndReason,
  StreamFrame,
  TrustLine,
  VerifyReport,
  VerifyStep,
  VerifyStepReport,
} from "@mxm/dataio";
export type * from "./job-model.ts";

/** A failure as it crosses the bridge. `code` is stable; `message` is for people. */
export interface ErrorShape {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

// ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────────────

const columnIds = z.array(z.string().max(100)).max(100);
/** At most 200, in the order in which they are offered. */
export const savedFilters = z
  .record(z.string().trim().min(1).max(100), z.string().max(10_000))
  .refine((filters) => Object.keys(filters).length <= 200);
const tableColumns = z.object({
  columnWidths: z.record(z.string(), z.number()),
  columnOrder: columnIds,
  hiddenColumns: columnIds,
});
/** Columns of the tables besides that of responses, as that one's are kept. */
export const tableSettings = z.object({
  requests: tableColumns,
  sessions: tableColumns,
  /** Left out by those who never saw a run. */
  runs: tableColumns.optional(),
});
const jsonForm = z.enum(["tree", "text"]);
export const jsonForms = z.object({ json: jsonForm, ndjson: jsonForm });
export type JsonForm = z.infer<typeof jsonForm>;
const settingsPatch = z.object({
  /** `contrast` is light or dark as the system is. */
  theme: z.enum(["system", "light", "dark", "contrast"]).optional(),
  /** How high rows are. */
  density: z.enum(["compact", "normal", "comfortable"]).optional(),
  timeZone: z.enum(["utc", "local"]).optional(),
  /** Pane sizes by group name, in percent. */
  panes: z.record(z.string(), z.record(z.string(), z.number())).optional(),
  /** Column widths of the row table by column id, in CSS pixels. */
  columnWidths: z.record(z.string(), z.number()).optional(),
  /** Column ids of the row table in the person's order; columns that are not named stand where they do by default. */
  columnOrder: columnIds.optional(),
  hiddenColumns: columnIds.optional(),
  /** The whole of them. */
  tables: tableSettings.optional(),
  /** Responses in order of time stand under their days. */
  groupByDay: z.boolean().optional(),
  /** How previews show JSON, and values that stand one a line. */
  jsonForms: jsonForms.optional(),
  /** Texts of filters by the names that they were saved under; the whole of them. */
  savedFilters: savedFilters.optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatch>;
export type Settings = { readonly [K in keyof SettingsPatch]-?: NonNullable<SettingsPatch[K]> };

// ── Archives ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An archive that the host has open. */
export interface OpenArchive {
  /** Names the archive in every further call; lasts until it is closed. */
  readonly id: string;
  /** Absolute folder. */
  readonly path: string;
  readonly name: string;
  /** True while nothing may be written: fetching is refused. */
  readonly readOnly: boolean;
  /** False when the host itself was started read-only, or the folder cannot be written. */
  readonly canWrite: boolean;
  /** True once our additive tables are there. False for an archive that only Python wrote so far. */
  readonly extended: boolean;
  readonly journalMode: string;
  readonly counts: ArchiveCounts;
}

/** What one looked at last in an archive. */
export interface LastView {
  /** Text of a filter. */
  readonly filter: string;
  /** The row that was inspected. */
  readonly row: RowRef | null;
}

/** An archive as it is when it is opened. */
export interface EnteredArchive extends OpenArchive {
  /** Null when it was not looked at before. */
  readonly lastView: LastView | null;
}

/** An archive that was opened before. */
export interface RecentArchive {
  readonly path: string;
  readonly name: string;
  /** ISO 8601. */
  readonly openedAt: string;
  /** False when the folder is gone. */
  readonly exists: boolean;
}

/** A folder of the host's machine, for opening archives where no native dialog exists. */
export interface FolderListing {
  readonly path: string;
  /** Null at the root. */
  readonly parent: string | null;
  /** True when this very folder holds an archive. */
  readonly isArchive: boolean;
  readonly folders: readonly { readonly name: string; readonly path: string; readonly isArchive: boolean }[];
  /** The files that were asked for. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  /** True when the list was cut. */
  readonly truncated: boolean;
}

/**
 * How the index stands that an archive is filtered by. It is made and kept up on its own; without one, lists in order of time
 * work all the same.
 */
export type IndexState =
  /** Rows of the archive that were read, of all; both 0 at first. */
  | { readonly state: "building"; readonly done: number; readonly total: number }
  | {
      readonly state: "ready";
      /** Type, duration and integrity of so many rows are not known yet. */
      readonly pending: number;
      /** False until requests, metadata and failures can be searched: texts are looked for in words and ids only. */
      readonly searchesText: boolean;
      /** Rows of the archive whose text is not in yet. */
      readonly searchPending: number;
      readonly payloadText: PayloadTextState;
    }
  | { readonly state: "unavailable"; readonly code: string; readonly reason: string };

/** How the search in contents of payloads stands, which a person switches on for an archive. */
export type PayloadTextState =
  | { readonly state: "off" }
  /** What was read so far can be searched. */
  | ({ readonly state: "on" } & PayloadTextSettings & PayloadTextProgress)
  | { readonly state: "failed"; readonly reason: string };

// ── Sources ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where a mapping of a source stands: in the archive's folder, or among the person's settings. */
export type SourcePlace = "archive" | "user";
/** What a source without a mapping can be fetched with. */
export type SourceAdapter = "http" | "local-file";

/** A source that the archive or a file names, and who answers for it. */
export interface KnownSource {
  readonly source: string;
  /** 0 for one that was never asked. */
  readonly sessionCount: number;
  readonly mapping: {
    readonly place: SourcePlace;
    /** As the file has it: references to secrets, never values. */
    readonly settings: SourceSettings;
    /** Whether a person has to allow it before it is used. */
    readonly trust: "not-needed" | "needed" | "given";
    /** Names that it refers to, and those of them that are set nowhere. */
    readonly secrets: readonly string[];
    readonly missingSecrets: readonly string[];
  } | null;
  /** For one without a mapping: what its requests were made for; null when they do not say. */
  readonly proposed: SourceAdapter | null;
}

/** A file of mappings. */
export interface SourceFile {
  readonly place: SourcePlace;
  readonly path: string;
  readonly exists: boolean;
  /** Why it cannot be used, with its line; null when it can. */
  readonly problem: string | null;
}

export interface KnownSources {
  readonly sources: readonly KnownSource[];
  readonly files: readonly SourceFile[];
}

/** A secret by its name; values never leave the host. */
export interface SecretName {
  readonly name: string;
  /** Where its value is; null when it is set nowhere. */
  readonly place: "keychain" | "memory" | "environment" | null;
  /** The environment variable that may hold it. */
  readonly variable: string;
}

export interface SecretNames {
  /** False where what is set is forgotten when the host ends. */
  readonly kept: boolean;
  readonly secrets: readonly SecretName[];
}

/** What a person is asked before a program runs, or a secret is given away. */
export interface TrustQuestion {
  readonly source: string;
  readonly state: "not-needed" | "needed" | "given";
  /** Of all of it; what was shown is what is allowed. */
  readonly digest: string;
  readonly lines: readonly TrustLine[];
}

/** What a request would be, and who would answer it now. */
export interface PlannedFetch {
  readonly hash: string;
  /** Null where the adapter has none. */
  readonly url: string | null;
  /** The archive (`reuse`), the source (`ask`), the source unless it says that nothing changed (`confirm`), nobody (`miss`). */
  readonly action: "reuse" | "ask" | "confirm" | "miss";
  /** The archived response that there is. */
  readonly row: RowRef | null;
  /** When it was archived, as timestamp text. */
  readonly createdAt: string | null;
}

/** A file that is to be sent, as it was when it was chosen; also what an upload is answered with (see upload-url.ts). */
export interface SentFile {
  /** Names it in `send.plan`, as long as it is among the last few. */
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly checksum: string;
  /** By its bytes; null when they say nothing. */
  readonly mediaType: string | null;
}

/** What a person is asked before bytes go out; all that is known of what would be sent. */
export interface SendPlan extends PlannedSend {
  /** Sends just this, once: see `send.start`. */
  readonly ticket: string;
  /** `http`, `command` or `module`. */
  readonly adapter: string;
  readonly sizeBytes: number;
  readonly checksum: string;
  /** The first bytes, and how they are shown: as text where they are all of a text. */
  readonly head: { readonly form: "text" | "hex"; readonly text: string };
  /** True where `head` is not all of it. */
  readonly isCut: boolean;
  /** What runs, for an adapter that is a program or module. */
  readonly lines: readonly TrustLine[];
}

// ── Host ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface AppInfo {
  readonly version: string;
  readonly host: "desktop" | "web";
  /** True when the host was started read-only: no archive can be created or written. */
  readonly readOnly: boolean;
  /**
   * True when `host.chooseFolder`, `host.savePayload` and `host.revealPayload` exist; else use `folders.list` and download
   * URLs.
   */
  readonly nativeDialogs: boolean;
  /** `darwin`, `linux`, `win32` …: for shortcuts and wording. */
  readonly platform: string;
  readonly settings: Settings;
  /** An archive to open at once (named on the command line). */
  readonly initialArchive: string | null;
}

/** How saving a file ended. */
export interface SavedPayload {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The names that files of an export would have. */
export interface ExportPreview {
  /** The template that counts: the one that was asked for, or the usual one. */
  readonly template: string;
  /** What a template may say, in braces. */
  readonly fields: readonly string[];
  /** Why the template is none; then there are no names. */
  readonly problem: string | null;
  /** Of the first rows, with `/` between the parts of a path. */
  readonly names: readonly string[];
}

/** What an id, hash or checksum stands for. */
export interface FoundRow extends FoundId {
  /** The row to show for it: of requests and payloads their newest response; null for sessions. */
  readonly row: RowRef | null;
}

/** How a whole-file check of a payload ended. */
export interface PayloadCheck {
  readonly state: Extract<PayloadState, "ok" | "corrupt" | "missing">;
  readonly sizeBytes: number | null;
  readonly actualChecksum: string | null;
}

const archiveId = z.string().min(1).max(100);
const cursor = z.string().max(20_000).nullable();
const direction = z.enum(["asc", "desc"]);
const limit = z.int().min(1).max(500);
/**
 * A moment, timestamp text: leaves out what came later, and what a cache had no longer answered with by then, for there was a
 * newer good response to the same. Only an index answers it, as it does a filter.
 */
const asOf = z.string().max(100).nullable();
const rowOrder = z.enum(["index", "tables"]);
const listPart = {
  /** Place that the page begins with, in place of a cursor. */
  start: z.number().int().min(0).optional(),
  /** The `order` that the pages before told, in which nothing changes its place; another one comes where it is kept no more. */
  order: z.string().max(100).optional(),
};
const folderPath = z.string().min(1).max(4096);
const checksum = z.string().regex(/^[0-9a-f]{64}$/);
const rowRef = z.object({ type: z.enum(["response", "request", "resolution"]), id: z.string().max(1000) });
export const lastView = z.object({ filter: z.string().max(100_000), row: rowRef.nullable() });
const jsonText = z.string().max(4_000_000);
const sourceName = z.string().min(1).max(500);
const secretName = z.string().min(1).max(100);
/** Requests of one fetch job. */
export const MOST_FETCHED = 10_000;
const fetchOrder = z.object({
  archiveId,
  source: sourceName,
  /** `mapped`: as the source is mapped. */
  adapter: z.enum(["mapped", "http", "local-file"]),
  requests: z
    .array(
      z.object({
        kind: z.string().min(1).max(1000),
        method: z.enum(["GET", "POST"]),
        /** JSON texts; numbers keep their exact text. */
        paramsJson: jsonText,
        bodyJson: jsonText.nullable(),
      }),
    )
    .min(1)
    .max(MOST_FETCHED),
  /** How the archive is used; see the library's CacheMode. */
  cache: z.enum(["default", "only-if-cached", "bypass", "revalidate", "never"]),
  /** Milliseconds for which an archived response is fresh; null: for ever. */
  ttlMs: z.number().min(0).max(1e12).nullable().default(null),
  /** What becomes part of the requests' identity. */
  asOfBucket: z.string().min(1).max(1000).nullable().default(null),
  cacheTag: z.string().min(1).max(1000).nullable().default(null),
  /** How many run at a time. */
  concurrency: z.int().min(1).max(64).default(4),
});
/** What is sent; numbers of JSON keep their exact text. */
const sentPayload = z.discriminatedUnion("type", [
  /** Becomes the request's body as well; its canonical text is what goes out. Empty: nothing. */
  z.object({ type: z.literal("json"), text: jsonText }),
  z.object({ type: z.literal("text"), text: jsonText }),
  /** Pairs of hexadecimal digits, with or without spaces. */
  z.object({ type: z.literal("hex"), text: jsonText }),
  /** Bytes that the archive holds. */
  z.object({ type: z.literal("archived"), checksum }),
  /** A file that was chosen or uploaded: see {@link SentFile}. */
  z.object({ type: z.literal("file"), id: z.string().max(100) }),
]);
const sendOrder = z.object({
  archiveId,
  source: sourceName,
  adapter: z.enum(["mapped", "http"]),
  kind: z.string().min(1).max(1000),
  paramsJson: jsonText,
  payload: sentPayload,
});
const jobId = z.string().max(100);
/** What of an archive is exported: rows in their order, otherwise newest first. */
const exportScope = z.discriminatedUnion("type", [
  z.object({ type: z.literal("payload"), checksum }),
  z.object({ type: z.literal("rows"), rows: z.array(rowRef).min(1).max(200_000) }),
  z.object({ type: z.literal("session"), sessionId: z.string().max(1000) }),
  /** Needs the index, and waits for it. */
  z.object({
    type: z.literal("filter"),
    filter: rowFilter,
    sessionId: z.string().max(1000).nullable(),
    asOf: asOf.optional(),
  }),
  z.object({ type: z.literal("archive") }),
]);
const existing = z.enum(["refuse", "replace", "add"]);
const payloadFiles = {
  path: folderPath,
  existing,
  /** Null: the usual one. */
  template: z.string().max(10_000).nullable(),
  sidecars: z.boolean(),
  encoding: z.enum(["stored", "decoded"]),
  duplicates: z.enum(["once", "each"]),
};
/** See ExportTarget for what the options mean. `path` is of the host's machine. */
const exportTarget = z.discriminatedUnion("type", [
  z.object({ type: z.literal("folder"), ...payloadFiles }),
  z.object({ type: z.literal("zip"), ...payloadFiles, compression: z.enum(["store", "deflate"]) }),
  z.object({ type: z.enum(["har", "ndjson", "archive"]), path: folderPath, existing }),
  z.object({ type: z.literal("warc"), path: folderPath, existing, encoding: z.enum(["stored", "decoded"]) }),
  z.object({ type: z.literal("csv"), path: folderPath, existing, formulas: z.boolean() }),
]);
const importSource = z.object({
  type: z.enum(["archive", "har", "warc", "folder"]),
  path: folderPath,
  /** Null: what the rows say, else the name of the file or folder. */
  source: z.string().min(1).max(500).nullable(),
});

/** Every method: the schema of its params. Result types are in {@link Results}. */
export const methods = {
  "app.info": z.object({}),
  "settings.update": settingsPatch,

  "archives.recent": z.object({}),
  "archives.forget": z.object({ path: folderPath }),
  /** Opens for reading; nothing on disk changes. Foreign archives (not `extended`) start read-only. */
  "archives.open": z.object({ path: folderPath }),
  /** Creates an empty archive in a folder that is empty or does not exist yet. */
  "archives.create": z.object({ path: folderPath }),
  /** Starts the job that makes the sample archive by real sessions. */
  "archives.createSample": z.object({}),
  /** Allows or forbids writing into an open archive; kept for this host's lifetime. */
  "archives.setReadOnly": z.object({ archiveId, readOnly: z.boolean() }),
  /** Comes back with `archives.open`; kept as long as the archive is among the recent ones. */
  "archives.keepView": z.object({ archiveId, view: lastView }),
  "archives.get": z.object({ archiveId }),
  "archives.close": z.object({ archiveId }),

  /** Folders of the host's machine, and files with one of these endings; the home folder when no path is given. */
  "folders.list": z.object({
    path: folderPath.nullable(),
    endings: z
      .array(z.string().regex(/^\.[a-z.]{1,20}$/))
      .max(10)
      .optional(),
  }),

  /**
   * Newest first; a page may have fewer than asked for, for without the index few rows are counted at a time. As of a moment
   * it waits for the index, and holds sessions that had begun, with what there was of them. Cancellable.
   */
  "sessions.list": z.object({ archiveId, asOf: asOf.optional(), cursor, limit }),
  /**
   * Responses, and of a session also its asks. Under a filter, or in another order than that of time, it waits for the index
   * where one is being made: INDEX_UNAVAILABLE where none can be. Cancellable.
   */
  "rows.list": z.object({
    archiveId,
    sessionId: z.string().max(1000).nullable(),
    /** See filter-text.ts for how people write it. */
    filter: rowFilter.optional(),
    asOf: asOf.optional(),
    sort: z.object({
      column: z.enum(["time", "source", "kind", "method", "status", "size", "type", "duration", "checksum"]),
      direction: z.enum(["asc", "desc"]),
    }),
    cursor,
    /** Row number that the page begins with, in place of a cursor. */
    start: z.number().int().min(0).optional(),
    limit,
    /** What the list is ordered by so far: one by the index goes on by it, though rows may have come this very moment. */
    by: rowOrder.optional(),
  }),
  /** Counts by value under a filter; waits for the index as rows.list does. Cancellable. */
  "facets.list": z.object({
    archiveId,
    sessionId: z.string().max(1000).nullable(),
    filter: rowFilter,
    asOf: asOf.optional(),
  }),
  /**
   * What sources asked, one item for each thing, with what came of it; what the filter, session and moment leave out counts
   * in nothing. Waits for the index as a filter does. Cancellable.
   */
  "identities.list": z.object({
    archiveId,
    sessionId: z.string().max(1000).nullable(),
    filter: rowFilter.optional(),
    asOf: asOf.optional(),
    sort: z.object({
      column: z.enum(["last", "responses", "payloads", "changed", "source", "kind"]),
      direction,
    }),
    cursor,
    ...listPart,
    limit,
  }),
  /** Sessions in any order, as of a moment as sessions.list. Waits for the index as a filter does. Cancellable. */
  "sessions.table": z.object({
    archiveId,
    asOf: asOf.optional(),
    sort: z.object({
      column: z.enum(["started", "duration", "source", "responses", "failures", "bytes"]),
      direction,
    }),
    cursor,
    ...listPart,
    limit,
  }),
  /**
   * The archive at a glance; as of a moment what rows.list holds then. Waits for the index as facets.list does. Cancellable, as
   * the two that follow.
   */
  "overview.get": z.object({ archiveId, asOf: asOf.optional() }),
  /** Responses between neighbouring edges: milliseconds since the epoch, ascending. */
  "overview.activity": z.object({ archiveId, asOf: asOf.optional(), edges: z.array(z.int()).min(2).max(1001) }),
  /** What payloads weigh; takes a second or two for a million responses, and nobody waits behind it. */
  "overview.sizes": z.object({ archiveId, asOf: asOf.optional() }),
  "index.get": z.object({ archiveId }),
  /**
   * Searches contents of payloads from now on, with these limits and from the beginning; null ends it and removes what was made
   * for it. Kept for the archive until its index's folder is deleted. Answers once it has begun.
   */
  "index.payloadText": z.object({
    archiveId,
    settings: z
      .object({
        /** Bytes of each payload, after decoding. */
        maxBytes: z.int().min(1_024).max(16_777_216),
        /** Media types or parts of them; empty: whatever is text. */
        types: z.array(z.string().min(1).max(100)).max(50),
      })
      .nullable(),
  }),
  "rows.get": z.object({ archiveId, ref: rowRef }),
  /** Requests of rows in the words of another tool, each once. `asFile`: as a file that runs by itself. */
  "rows.snippets": z.object({
    archiveId,
    refs: z.array(rowRef).min(1).max(100),
    form: z.enum(["curl", "fetch", "requests", "dataio"]),
    asFile: z.boolean(),
  }),
  /** What the text is the id, hash or checksum of, or the beginning of; at most six. */
  "ids.find": z.object({ archiveId, text: z.string().min(4).max(1000) }),
  /** All responses to the request of a row, newest first, from any place on. */
  "rows.history": z.object({ archiveId, ref: rowRef, start: z.int().min(0).max(1_000_000_000), limit }),
  /** All responses with these bytes, newest first. */
  "rows.sameBytes": z.object({ archiveId, checksum, cursor, limit }),
  /** Hashes the whole payload, whatever its size. Cancellable. */
  "payloads.check": z.object({ archiveId, checksum }),
  /** Sources and kinds seen in the archive, for the composer. */
  "sources.list": z.object({ archiveId }),

  /** Every source that the archive or a file of mappings names. */
  "sources.configured": z.object({ archiveId }),
  /** Maps a source in a file, keeping its comments; null takes the mapping away. CONFIG_INVALID says what is wrong. */
  "sources.save": z.object({
    archiveId,
    place: z.enum(["archive", "user"]),
    source: sourceName,
    settings: z.record(z.string(), z.unknown()).nullable(),
  }),
  /** Names alone; also those that the archive's mappings refer to. */
  "secrets.list": z.object({ archiveId: archiveId.nullable() }),
  "secrets.set": z.object({ archiveId: archiveId.nullable(), name: secretName, value: z.string().max(100_000) }),
  "secrets.remove": z.object({ archiveId: archiveId.nullable(), name: secretName }),
  /** What a source would run, and which secrets it would give to whom. */
  "trust.get": z.object({ archiveId, source: sourceName }),
  /** Allows just what has this digest; TRUST_CHANGED when it is another by now. */
  "trust.grant": z.object({ archiveId, source: sourceName, digest: checksum }),

  /** Says what a fetch would ask and who would answer. Nothing goes out, nothing is written. */
  "fetch.plan": fetchOrder,
  /** Starts a fetch session with composed requests. TRUST_NEEDED where its source must be allowed first. */
  "fetch.start": fetchOrder,
  /** Starts a fetch session that asks again for the requests of archived rows, exactly as they were. */
  "fetch.again": z.object({ archiveId, rows: z.array(rowRef).min(1).max(MOST_FETCHED) }),
  /** As fetch.again, for everything that was fetched in a session; as many rows at most. */
  "fetch.session": z.object({ archiveId, sessionId: z.string().max(1000) }),
  /**
   * Starts a fetch session with those requests of an ended job that ended so, or that stood at these places in it, under the
   * same policy. `archiveId` is its archive, as it is open now.
   */
  "fetch.rest": z.object({
    archiveId,
    jobId,
    of: z.union([
      z.enum(["failed", "cancelled"]),
      z.object({ places: z.array(z.int().min(0)).min(1).max(MOST_FETCHED) }),
    ]),
  }),
  /** Requests of a fetch job that changed after a revision (0: all). NOT_FOUND when its list is kept no longer. */
  "fetch.items": z.object({ jobId, since: z.int().min(0), limit: z.int().min(1).max(5_000) }),

  /** Says exactly what a send would put on the wire, and keeps it for `send.start`. TRUST_NEEDED as for a fetch. */
  "send.plan": sendOrder,
  /**
   * Starts the job that sends what was planned under this ticket. It sends once, whatever happens: asking again gives the
   * same job. SEND_EXPIRED for a ticket that is not kept (any more), SEND_CHANGED where the source was mapped anew meanwhile.
   */
  "send.start": z.object({ ticket: z.string().max(100) }),

  /** Starts the job that subscribes. TRUST_NEEDED as for a fetch. */
  "stream.start": z.object({
    archiveId,
    source: sourceName,
    adapter: z.enum(["mapped", "websocket", "sse"]),
    kind: z.string().min(1).max(1000),
    paramsJson: jsonText,
  }),
  /** Leaves a stream; answers once its end is recorded. */
  "stream.stop": z.object({ jobId }),
  /** Frames of a stream, read from the archive, by their places from 0. */
  "stream.frames": z.object({ archiveId, jobId, start: z.int().min(0).max(1_000_000_000), limit }),

  /** Starts the job that verifies the whole archive; or answers with the one that is at it. Changes nothing on disk. */
  "verify.start": z.object({ archiveId }),
  /** What a verify job found; kept for the host's last few jobs. */
  "verify.report": z.object({ jobId: z.string().max(100) }),
  /** Native save dialog, then the report as JSON; null when dismissed. Only with `nativeDialogs`. */
  "verify.save": z.object({ jobId: z.string().max(100), suggestedName: z.string().min(1).max(255) }),

  /** How many rows a scope has, and how many bytes. Cancellable while it waits for the index. */
  "export.measure": z.object({ archiveId, scope: exportScope }),
  /** The names that the first files of an export would have. Cancellable as above. */
  "export.preview": z.object({
    archiveId,
    scope: exportScope,
    /** Null: the usual one. */
    template: z.string().max(10_000).nullable(),
    limit: z.int().min(1).max(100),
  }),
  /**
   * Starts the job that exports. Only the target is written, so a read-only host does it as well; a target within the archive is
   * refused. What cannot be exported is a problem of the report, and no reason for the job to fail. With `download` the target
   * is only to be fetched, and `path` but its name; PARAMS_INVALID where there is no browser to do so.
   */
  "export.start": z.object({ archiveId, scope: exportScope, target: exportTarget, download: z.boolean().optional() }),
  /** What became of an export, with the first 1,000 of its problems; kept for the host's last few jobs. */
  "export.report": z.object({ jobId }),
  /** Starts the job that says what an import would add, and changes nothing; `jobs.list` has it only while it runs. */
  "import.preview": z.object({ archiveId, from: importSource }),
  /** Starts the job that imports. READ_ONLY where the archive may not be written. */
  "import.start": z.object({ archiveId, from: importSource }),
  /** What was added, or would be; kept for the host's last few jobs. */
  "import.report": z.object({ jobId }),

  /** Those that run, and those that ended since the host was started and were not cleared (see job-questions.ts). Newest first. */
  "jobs.list": z.object({}),
  /** Cancels a job, or one item of a fetch job by its place. */
  "jobs.cancel": z.object({ jobId: z.string().max(100), item: z.int().min(0).optional() }),
  /** Forgets an ended job, or all that have ended; what they archived and wrote stays. */
  "jobs.clear": z.object({ jobId: jobId.optional() }),

  /** Native folder dialog; null when dismissed. Only with `nativeDialogs`. */
  "host.chooseFolder": z.object({ purpose: z.enum(["open", "create", "export", "import"]) }),
  /** Native dialog for a file to import, with one of these endings; null when dismissed. Only with `nativeDialogs`. */
  "host.chooseFile": z.object({ endings: z.array(z.string().regex(/^\.[a-z.]{1,20}$/)).max(10) }),
  /** Native dialog for a file to be sent; null when dismissed. Only with `nativeDialogs`. TOO_LARGE says the limit. */
  "host.chooseSentFile": z.object({}),
  /** Shows what an export wrote in the system's file manager. Only with `nativeDialogs`. */
  "host.reveal": z.object({ jobId }),
  /** Native save dialog, then a verified copy; null when dismissed. Only with `nativeDialogs`. */
  "host.savePayload": z.object({
    archiveId,
    checksum,
    suggestedName: z.string().min(1).max(255),
    /** Save bytes that do not match their checksum as well: the person asked for it, knowing. */
    evenIfDamaged: z.boolean().optional(),
    /** Save what the bytes decode to. */
    decode: z.enum(["gzip", "zstd"]).optional(),
  }),
  /** Native save dialog, then this text; null when dismissed. Only with `nativeDialogs`. */
  "host.saveText": z.object({ suggestedName: z.string().min(1).max(255), text: z.string().max(10_000_000) }),
  /** Shows a payload's file in the file manager. Only with `nativeDialogs`. */
  "host.revealPayload": z.object({ archiveId, checksum }),
} as const;

export type MethodName = keyof typeof methods;
/** As a handler gets them, checked and with defaults in place. */
export type Params<M extends MethodName> = z.infer<(typeof methods)[M]>;
/** As a caller gives them. */
export type CallParams<M extends MethodName> = z.input<(typeof methods)[M]>;

/** Requests of rows as one text, which runs as a whole. */
export interface WrittenSnippets {
  /** Null where there is none. */
  readonly text: string | null;
  /** How many requests are in it. */
  readonly count: number;
  /** Of all of the requests. */
  readonly kinds: readonly string[];
  /** Why requests of rows are not in it. */
  readonly obstacles: readonly string[];
  /** Whether the request of a row was only concluded. */
  readonly inferred: boolean;
}

/** What each method answers with. */
export interface Results {
  "app.info": AppInfo;
  "settings.update": Settings;
  "archives.recent": readonly RecentArchive[];
  "archives.forget": readonly RecentArchive[];
  "archives.open": EnteredArchive;
  "archives.create": OpenArchive;
  "archives.createSample": Job;
  "archives.setReadOnly": OpenArchive;
  "archives.keepView": null;
  "archives.get": OpenArchive;
  "archives.close": null;
  "folders.list": FolderListing;
  "sessions.list": Page<SessionSummary>;
  "rows.list": Page<BrowseRow> & {
    /** Rows of the whole list, all pages. */
    readonly total: number;
    /** True when there are more than that: counting them all would take long. */
    readonly more?: boolean;
    /** What they are ordered by: both put times that none can read elsewhere, so pages of one list are of one of them. */
    readonly by: z.infer<typeof rowOrder>;
  };
  "facets.list": Facets;
  "identities.list": CountedPage<IdentityRow>;
  "sessions.table": CountedPage<SessionRow>;
  "overview.get": Overview;
  "overview.activity": Activity;
  "overview.sizes": PayloadSizes;
  "index.get": IndexState;
  "index.payloadText": IndexState;
  "rows.get": RowDetail;
  "rows.snippets": WrittenSnippets;
  "ids.find": readonly FoundRow[];
  "rows.history": HistoryPage;
  "rows.sameBytes": Page<BrowseRow> & { readonly total: number };
  "payloads.check": PayloadCheck;
  "sources.list": readonly SourceSummary[];
  "sources.configured": KnownSources;
  "sources.save": KnownSources;
  "secrets.list": SecretNames;
  "secrets.set": SecretNames;
  "secrets.remove": SecretNames;
  "trust.get": TrustQuestion;
  "trust.grant": TrustQuestion;
  "fetch.plan": readonly PlannedFetch[];
  "fetch.start": Job;
  "fetch.again": Job;
  "fetch.session": Job;
  "send.plan": SendPlan;
  "send.start": Job;
  "stream.start": Job;
  "stream.stop": null;
  "stream.frames": readonly StreamFrame[];
  "fetch.rest": Job;
  "fetch.items": ChangedFetchItems;
  "verify.start": Job;
  "verify.report": VerifyReport;
  "verify.save": SavedPayload | null;
  "export.measure": ExportMeasure;
  "export.preview": ExportPreview;
  "export.start": Job;
  "export.report": ExportReport;
  "import.preview": Job;
  "import.start": Job;
  "import.report": ImportReport;
  "jobs.list": readonly Job[];
  "jobs.cancel": null;
  "jobs.clear": null;
  "host.chooseFolder": { readonly path: string | null };
  "host.chooseFile": { readonly path: string | null };
  "host.chooseSentFile": SentFile | null;
  "host.reveal": null;
  "host.savePayload": SavedPayload | null;
  "host.saveText": SavedPayload | null;
  "host.revealPayload": null;
}
export type Result<M extends MethodName> = Results[M];

/** What a host tells on its own. */
export interface Events {
  /** A job started, moved or ended; at most ten times a second for each job. */
  "job.changed": Job;
  /** Ended jobs were cleared, here or in another window. */
  "jobs.cleared": { readonly jobIds: readonly string[] };
  /** Rows were added to an open archive, by us or by another process. */
  "archive.changed": { readonly archive: OpenArchive };
  /** The index of an open archive moved on; at most ten times a second. */
  "index.changed": { readonly archiveId: string; readonly index: IndexState };
  /** Settings changed, here or in another window. */
  "settings.changed": Settings;
  /** The system asks for an archive: one was double-clicked, or the app was started again with one. */
  "archive.asked": { readonly path: string };
  /** The native menu was used. */
  "menu.command": { readonly command: MenuCommand };
}
export type EventName = keyof Events;
export type MenuCommand =
  | "open"
  | "create"
  | "close-archive"
  | "new-fetch"
  | "subscribe"
  | "refetch"
  | "save-payload"
  | "export"
  | "import"
  | "settings"
  | "palette"
  | "toggle-theme"
  | "shortcuts";
