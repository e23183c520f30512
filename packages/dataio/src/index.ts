/** The public API of @mxm/dataio. Re-exports only. */
export {
  type Adapter,
  type AdapterContext,
  type AdapterRequest,
  capabilitiesOf,
  type Fetcher,
  isFetcher,
  isSender,
  isStreamer,
  type Sender,
  type Streamer,
} from "./adapters/adapter.ts";
export { HttpAdapter, type HttpAdapterOptions } from "./adapters/http.ts";
export { LocalFileAdapter, type LocalFileAdapterOptions } from "./adapters/local-file.ts";
export type * from "./browse-model.ts";
export { ROW_SORT_COLUMNS } from "./browse-model.ts";
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
  DataioError,
  type DataioErrorCode,
  type ErrorDetails,
  fromSystemError,
  isDataioError,
  systemCode,
} from "./errors.ts";
export { exportPayload } from "./export/payload-file.ts";
export {
  checkRequestHash,
  type HashCheck,
  type HashForm,
  isChecksum,
  type RequestIdentity,
  requestHash,
  sha256Hex,
} from "./identity.ts";
export { type ArchiveLocation, archiveLocation } from "./location.ts";
export { SNIFF_BYTES, type SniffedType, sniffMediaType } from "./media-type.ts";
export { SCHEMA_VERSION } from "./migrations.ts";
export * from "./model.ts";
export { PayloadStore, type PayloadVerification, type StoredPayload } from "./payloads.ts";
export { type ArchiveDescription, ArchiveReader } from "./reader.ts";
export { AdapterRegistry } from "./registry.ts";
export {
  DataIoSession,
  type FetchOptions,
  type RequestInit,
  type SessionOptions,
  type SessionResponse,
  withSession,
} from "./session.ts";
export { type SidecarState, SidecarStore } from "./sidecars.ts";
export { type RecordedAsk, Store, type StoreOptions } from "./store.ts";
export { createClock, dayOf, formatTimestamp, parseTimestamp } from "./timestamps.ts";
