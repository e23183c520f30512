/** What a source of an import gives: rows in the archive's own terms, whatever they were. */
import type { JsonObject } from "../canonical-json.ts";
import type { Request, Resolution, Response, Session } from "../model.ts";
import type { StoredPayload } from "../payloads.ts";
import type { ImportProblem } from "./report.ts";

/** Stores bytes; in a dry run only looks what they are. */
export type TakePayload = (chunks: AsyncIterable<Uint8Array>) => Promise<Pick<StoredPayload, "checksum" | "sizeBytes">>;

/** One piece of what is imported. Sessions and requests come before what points to them. */
export type ImportedRow =
  | { readonly type: "session"; readonly session: Session }
  | { readonly type: "request"; readonly request: Request }
  | {
      readonly type: "response";
      readonly response: Response;
      /** Of the request, for the preview. */
      readonly kind: string;
      readonly source: string;
      readonly metaJson: string | null;
      readonly sidecar: JsonObject | null;
      /** Bytes that are stored only where the response is new; null where there are none, or they were taken already. */
      readonly chunks: (() => AsyncIterable<Uint8Array>) | null;
    }
  | { readonly type: "resolution"; readonly resolution: Resolution }
  | { readonly type: "problem"; readonly problem: ImportProblem };
