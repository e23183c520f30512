/** The public API of @mxm/dataio. Re-exports only. */
export {
  type Adapter,
  type AdapterContext,
  type AdapterRequest,
  type ArchivedAnswer,
  type Capability,
  capabilitiesOf,
  type Fetcher,
  isFetcher,
  isSender,
  isStreamer,
  type Sender,
  type Streamer,
} from "./adapters/adapter.ts";
export { CommandAdapter, type CommandAdapterOptions } from "./adapters/command.ts";
export { HttpAdapter, type HttpAdapterOptions } from "./adapters/http.ts";
export type { HttpCall, HttpHeaders } from "./adapters/http-call.ts";
export { type FolderParams, LocalFileAdapter, type LocalFileAdapterOptions } from "./adapters/local-file.ts";
export type { ListedFile } from "./adapters/local-listing.ts";
export { SseAdapter, type SseAdapterOptions } from "./adapters/sse.ts";
export { WebSocketAdapter, type WebSocketAdapterOptions } from "./adapters/websocket.ts";
export type { ArchivePlace } from "./archive-place.ts";
export type { ListPart, TextPaths } from "./browse-index/browse-index.ts";
export type { CheckedPayload } from "./browse-index/checked-payloads.ts";
export * from "./browse-index/filter.ts";
export { IDENTITY_SORT_COLUMNS, type IdentitySort, type IdentitySortColumn } from "./browse-index/identity-list.ts";
export {
  type CountedPage,
  type IdentityListQuery,
  type IndexedPage,
  IndexedReader,
  type IndexedRowQuery,
  type SessionTableQuery,
} from "./browse-index/indexed-reader.ts";
export { IndexKeeper, type IndexKeeperOptions, type IndexStanding } from "./browse-index/keeper.ts";
export { addSizes } from "./browse-index/overview.ts";
export * from "./browse-index/overview-model.ts";
export type { PayloadTextProgress } from "./browse-index/payload-pass.ts";
export type { PayloadTextSettings } from "./browse-index/payload-text.ts";
export { SESSION_SORT_COLUMNS, type SessionSort, type SessionSortColumn } from "./browse-index/session-list.ts";
export type { PayloadTextStanding, TextStanding } from "./browse-index/text-files.ts";
export type * from "./browse-model.ts";
export { ROW_SORT_COLUMNS } from "./browse-model.ts";
export { CACHE_MODES, type CacheMode, type CachePolicy, hashMarksOf } from "./cache-policy.ts";
export {
  canonicalJson,
  float,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseJson,
  toPlain,
} from "./canonical-json.ts";
export {
  type ConfigEntry,
  type ConfigFile,
  configRoot,
  configValue,
  type LoadConfigOptions,
  type LoadedConfig,
  loadConfig,
} from "./config.ts";
export { archiveLocationFromConfig } from "./config-location.ts";
export type { ConfigValue } from "./config-references.ts";
export type { ConfigLayer, ConfigOrigin, ConfigScalar } from "./config-tree.ts";
export type { WriteOptions } from "./database.ts";
export {
  DataioError,
  type DataioErrorCode,
  type ErrorDetails,
  fromSystemError,
  isDataioError,
  systemCode,
} from "./errors.ts";
export { decodedChunks, decodedWithinLimit, type Packing } from "./export/decoding.ts";
export { type ExportOptions, exportArchive, measureExport, previewExport } from "./export/export.ts";
export {
  DEFAULT_NAME_TEMPLATE,
  exportName,
  NAME_FIELDS,
  NameBook,
  type NameFacts,
  type NameField,
  nameTemplateProblem,
  previewNames,
} from "./export/names.ts";
export { exportPayload } from "./export/payload-file.ts";
export * from "./export/report.ts";
export { zipFolder } from "./export/zip-folder.ts";
export type { FetchAllOptions, FetchAllProgress, FetchOutcome } from "./fetch-all.ts";
export {
  checkRequestHash,
  type HashCheck,
  type HashForm,
  type HashMarks,
  isChecksum,
  type RequestIdentity,
  requestHash,
  sha256Hex,
} from "./identity.ts";
export { type ImportOptions, importArchive } from "./import/import.ts";
export * from "./import/report.ts";
export { ArchiveListing, type FoundId, type ListedRequest, type ListedResponse } from "./listing.ts";
export type { ListFilter } from "./listing-query.ts";
export { type ArchiveLocation, archiveLocation } from "./location.ts";
export { SNIFF_BYTES, type SniffedType, sniffMediaType } from "./media-type.ts";
export { SCHEMA_VERSION } from "./migrations.ts";
export * from "./model.ts";
export {
  type ChunkRange,
  type PayloadPresence,
  PayloadStore,
  type PayloadVerification,
  type StoredPayload,
  type VerifyOptions,
} from "./payloads.ts";
export { type RateLimit, RateLimiter } from "./rate-limit.ts";
export {
  type ArchiveDescription,
  ArchiveReader,
  type PlannedAnswer,
  type PlannedAnswerQuery,
} from "./reader.ts";
export { CREDENTIAL_HEADERS, REDACTED, Redactor, type RedactorOptions, SHORTEST_SECRET } from "./redaction.ts";
export { AdapterRegistry, type RegisteredAdapter } from "./registry.ts";
export { repair } from "./repair/repair.ts";
export type * from "./repair/report.ts";
export { closedSessionKey } from "./repair/sessions.ts";
export { type ArchiveView, Replay, type ReplayFilter, type ReplayIdentity, type ReplayResponse } from "./replay.ts";
export { type ReplayedResponse, ReplaySession, type ReplaySessionOptions } from "./replay-session.ts";
export type { RetryOptions } from "./retry.ts";
export { type DemoServer, type DemoServerOptions, startDemoServer } from "./sample/demo-server.ts";
export { recordSample, type SampleArchive, type SampleOptions } from "./sample/record-sample.ts";
export { DataIoSession, withSession } from "./session.ts";
export type * from "./session-options.ts";
export type { KnownOfSessions, KnownSessionCounts, SessionsQuery } from "./session-reader.ts";
export { type SidecarState, SidecarStore } from "./sidecars.ts";
export {
  SNIPPET_FORMS,
  type Snippet,
  type SnippetForm,
  type SnippetRequest,
  snippetOf,
  snippetText,
} from "./snippets/snippet.ts";
export { type ModuleTools, type OpenedSource, type OpenSourceOptions, openSource } from "./sources/open-source.ts";
export { type PlannedRequest, planningSource, planRequest } from "./sources/plan-fetch.ts";
export { type PlannedHeader, type PlannedSend, planSend } from "./sources/plan-send.ts";
export {
  environmentSecrets,
  isSecretName,
  type SecretResolver,
  secretNamesIn,
  secretVariable,
} from "./sources/secret-references.ts";
export {
  type SourceAdapterName,
  type SourceSettings,
  type SourcesConfig,
  sourceSettingsShape,
  sourcesConfig,
  sourcesJsonSchema,
} from "./sources/source-settings.ts";
export { checkedSource, readSources, SOURCES_FILE, saveSource, sourcesFileOf } from "./sources/sources-file.ts";
export { type TrustLine, type TrustSubject, trustSubject } from "./sources/trust.ts";
export { TrustFile, trustFilePath } from "./sources/trust-file.ts";
export { type RecordedAsk, type RecordedStreamRows, Store, type StoreOptions } from "./store.ts";
export type { StreamFrame, StreamFrameQuery } from "./stream-frames.ts";
export type { StreamEndReason, StreamOptions } from "./stream-reader.ts";
export { createClock, dayOf, formatTimestamp, parseTimestamp } from "./timestamps.ts";
export * from "./verify/report.ts";
export { type VerifyArchiveOptions, verify } from "./verify/verify.ts";
export { type ArchiveChange, type WatchOptions, watch } from "./watch.ts";
