/** What the main thread and the worker that keeps an index say to one another. */
import type { ArchiveLocation, IndexStanding } from "@mxm/dataio";

export interface IndexWorkerData {
  readonly role: "index";
  readonly location: ArchiveLocation;
  readonly cacheDirectory: string;
}
export type IndexCall = { readonly type: "refresh"; readonly id: number } | { readonly type: "close" };
export type IndexAnswer =
  | { readonly type: "standing"; readonly standing: IndexStanding }
  | { readonly type: "refreshed"; readonly id: number };
