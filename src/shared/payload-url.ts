/**
 * Payload bytes are read by URL, never over the bridge. Host and renderer share these few lines so that neither can
 * write a path that the other does not understand.
 */
import type { ErrorShape } from "./contract.ts";

export interface PayloadUrlOptions {
  /** Answer as an attachment with this file name, after the whole payload was verified. */
  readonly download?: string;
  /** Serve a damaged payload as well (only together with `download`): the person asked for it, knowing. */
  readonly evenIfDamaged?: boolean;
  /** What the bytes decode to, or nothing that would pass for it (only together with `download`). Without ranges. */
  readonly decode?: "gzip" | "zstd" | undefined;
}

/** The path of a payload, relative to the page. Ranges are honoured; the `ETag` is the checksum. */
export function payloadUrl(archiveId: string, checksum: string, options: PayloadUrlOptions = {}): string {
  const query = new URLSearchParams();
  if (options.download !== undefined) query.set("download", options.download);
  if (options.evenIfDamaged) query.set("damaged", "1");
  if (options.decode !== undefined) query.set("decode", options.decode);
  const suffix = query.size > 0 ? `?${query}` : "";
  return `payload/${encodeURIComponent(archiveId)}/${encodeURIComponent(checksum)}${suffix}`;
}

/** Reads such a path (without leading slash); null when it is another. */
export function parsePayloadPath(pathname: string): { archiveId: string; checksum: string } | null {
  const match = /^\/?payload\/([^/]+)\/([^/]+)$/.exec(pathname);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  try {
    return { archiveId: decodeURIComponent(match[1]), checksum: decodeURIComponent(match[2]) };
  } catch {
    return null;
  }
}

/** Why a URL is refused, also where the answer has no body. */
export const PROBLEM_HEADER = "x-dataio-problem";

/** A problem as a header's value. */
export function encodeProblem({ code, message }: ErrorShape): string {
  return encodeURIComponent(JSON.stringify({ code, message: message.toWellFormed() }));
}

/** The problem that a header's value names; null for none. */
export function decodeProblem(value: string | null): ErrorShape | null {
  if (value === null) return null;
  try {
    const { code, message } = JSON.parse(decodeURIComponent(value));
    return typeof code === "string" && typeof message === "string" ? { code, message, details: {} } : null;
  } catch {
    return null;
  }
}
