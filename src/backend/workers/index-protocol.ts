/** What the main thread and the worker that keeps an index say to one another. */
import type { ArchiveLocation, CheckedPayload, IndexStanding, PayloadTextSettings } from "@mxm/dataio";

export interface IndexWorkerData {
  readonly role: "index";
  readonly location: ArchiveLocation;
  readonly cacheDirectory: string;
}
/** What is asked of the keeper, and answered when it is done. */
export type IndexTask =
  | { readonly type: "refresh" }
  | { readonly type: "searchContents"; readonly settings: PayloadTextSettings | null }
  | { readonly type: "takeInChecked"; readonly checked: readonly CheckedPayload[]; readonly all: boolean };
export type IndexCall = (IndexTask & { readonly id: number }) | { readonly type: "close" };
export type IndexAnswer =
  | { readonly type: "standing"; readonly standing: IndexStanding }
  /** A build reads without its second thread. */
  | { readonly type: "alone"; readonly reason: string }
  | { readonly type: "done"; readonly id: number };
