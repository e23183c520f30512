/**
 * What the main thread and a reader worker say to one another.
 */
import type { ArchiveLocation } from "@mxm/dataio";
import type { ErrorShape } from "../../shared/contract.ts";
import type { Browsing } from "./browsing.ts";

/** The reader's operations that a worker offers. */
export const READER_METHODS = [
  "describe",
  "counts",
  "changed",
  "sessions",
  "rows",
  "row",
  "history",
  "sameBytes",
  "sources",
  "find",
  "frames",
  "plannedAnswer",
  "facets",
  "identities",
  "sessionTable",
  "sumSessions",
  "overview",
  "activity",
  "sizeParts",
  "sizes",
  "measureExport",
  "exportPreview",
  "setIndex",
] as const;
export type ReaderMethod = (typeof READER_METHODS)[number];
export type ReaderArgs<M extends ReaderMethod> = Parameters<Browsing[M]>;
export type ReaderResult<M extends ReaderMethod> = Awaited<ReturnType<Browsing[M]>>;

export interface ReaderWorkerData {
  readonly role: "reader";
  readonly location: ArchiveLocation;
}
export interface ReaderCall {
  readonly id: number;
  readonly method: ReaderMethod;
  readonly args: readonly unknown[];
}
export type ReaderAnswer =
  | { readonly type: "opened" }
  | { readonly type: "refused"; readonly error: ErrorShape }
  | { readonly type: "value"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: ErrorShape };
