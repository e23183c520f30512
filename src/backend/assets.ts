/**
 * Files by URL, the same for both hosts: the renderer's own files, payload bytes, and what exports wrote. Reads only; nothing
 * outside the renderer's folder, the open archives' payloads and the targets of this host's exports can be named. A payload is hostile: it is never sent as a document
 * type, never sniffed by the browser, and could run nothing if it were opened.
 */
import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { DataioError, decodedWithinLimit, type PayloadStore } from "@mxm/dataio";
import type { ErrorShape } from "../shared/contract.ts";
import { parseExportPath } from "../shared/export-url.ts";
import { encodeProblem, PROBLEM_HEADER, parsePayloadPath } from "../shared/payload-url.ts";
import { parseRange } from "./byte-range.ts";
import type { FetchedFile } from "./exported-files.ts";
import { type Log, logToStderr, toErrorShape } from "./failure.ts";
import { IMAGE_HEAD_BYTES, imageType } from "./image-type.ts";
import { payloadMissing, requireIntact } from "./intact.ts";

/** What is read of an archive's payloads. */
export type PayloadSource = Pick<PayloadStore, "stat" | "verify" | "readRange" | "readChunks">;

export interface AssetsOptions {
  /** The built renderer; holds `index.html`. */
  readonly rendererDirectory: string;
  /** The payloads of an open archive, or null when there is none of that id. */
  payloads(archiveId: string): PayloadSource | null;
  /** What an export job wrote. @throws NOT_FOUND where there is none to be fetched */
  exported?(jobId: string, signal: AbortSignal): Promise<FetchedFile>;
  readonly log?: Log;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};

const SAFE_HEADERS = { "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" };

const PAYLOAD_HEADERS = {
  ...SAFE_HEADERS,
  "content-security-policy": "default-src 'none'; sandbox",
  // A damaged payload may be healed under the same ETag; and archived bytes have no place in a browser's disk cache.
  "cache-control": "no-store",
  "accept-ranges": "bytes",
};

const HTTP_STATUS: Readonly<Record<string, number>> = {
  ACCESS_DENIED: 403,
  CHECKSUM_INVALID: 400,
  NOT_FOUND: 404,
  PAYLOAD_CORRUPT: 409,
  PAYLOAD_MISSING: 404,
  PAYLOAD_UNDECODABLE: 422,
  TOO_LARGE: 413,
};

/**
 * Makes the handler. `GET` and `HEAD` alone; a failure is answered as JSON ({@link ErrorShape}), in a header too, for `HEAD` has no
 * body. A payload asked for with `download` is verified before the first byte: 409 `PAYLOAD_CORRUPT` unless `damaged=1`; with
 * `decode` as well, `HEAD` says 422 or 413 of what cannot be decoded to its end, or to more than anyone meant, where `GET`
 * breaks off. The handler never rejects.
 */
export function createAssets(options: AssetsOptions): (request: Request) => Promise<Response> {
  const { log = logToStderr } = options;

  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      const headers = { ...SAFE_HEADERS, allow: "GET, HEAD" };
      return new Response(null, { status: 405, headers });
    }
    const url = new URL(request.url);
    try {
      const job = parseExportPath(url.pathname);
      if (job !== null && options.exported !== undefined) {
        return await exportedFile(request, await options.exported(job.jobId, request.signal), log);
      }
      const named = parsePayloadPath(url.pathname);
      if (named === null) return await rendererFile(request, url, options.rendererDirectory);
      const source = options.payloads(named.archiveId);
      if (source === null) throw new DataioError("NOT_FOUND", "No archive of this id is open");
      return await payload(request, url, source, named.checksum, log);
    } catch (error) {
      return failure(request, toErrorShape(error, `${request.method} ${url.pathname}`, log));
    }
  };
}

function failure(request: Request, error: ErrorShape): Response {
  const headers = {
    ...SAFE_HEADERS,
    "cache-control": "no-store",
    "content-type": "application/json",
    [PROBLEM_HEADER]: encodeProblem(error),
  };
  const body = request.method === "HEAD" ? null : JSON.stringify(error);
  return new Response(body, { status: HTTP_STATUS[error.code] ?? 500, headers });
}

// ── The renderer's files ────────────────────────────────────────────────────────────────────────────────────────────

async function rendererFile(request: Request, url: URL, directory: string): Promise<Response> {
  const path = await findFile(directory, url.pathname === "/" ? "/index.html" : url.pathname);
  const headers = {
    ...SAFE_HEADERS,
    "content-type": MEDIA_TYPES[extname(path).toLowerCase()] ?? "application/octet-stream",
    // Names under assets/ hold a hash of their content.
    "cache-control": url.pathname.startsWith("/assets/") ? "private, max-age=31536000, immutable" : "no-cache",
    // Also on scripts: a worker runs under the policy of its own file.
    "content-security-policy": appPolicy(url),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
  };
  const bytes = await readFile(path);
  return new Response(request.method === "HEAD" ? null : bytes, {
    headers: { ...headers, "content-length": String(bytes.byteLength) },
  });
}

/** The real path of a regular file inside `directory`. @throws NOT_FOUND */
async function findFile(directory: string, pathname: string): Promise<string> {
  const notFound = (cause?: unknown) => new DataioError("NOT_FOUND", `There is no ${pathname}`, { cause });
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch (error) {
    throw notFound(error);
  }
  if (name.includes("\0")) throw notFound();
  const root = await realpath(directory);
  // Resolved first and compared then, so that neither `..` nor a link leads out.
  const path = await realpath(join(root, name)).catch((error: unknown) => Promise.reject(notFound(error)));
  if (!path.startsWith(root + sep) || !(await stat(path)).isFile()) throw notFound();
  return path;
}

/** What the app's own pages may do: their own scripts and data, nothing from anywhere else, and no frames. */
function appPolicy(url: URL): string {
  // Some browsers do not count the WebSocket of the same host as 'self'.
  const bridge = url.protocol === "http:" ? ` ws://${url.host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src 'self'${bridge}`,
    "worker-src 'self' blob:",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

// ── What exports wrote ──────────────────────────────────────────────────────────────────────────────────────────────

/** Never as a document: it holds payloads. */
async function exportedFile(request: Request, file: FetchedFile, log: Log): Promise<Response> {
  const headers = {
    ...PAYLOAD_HEADERS,
    "accept-ranges": "none",
    "content-type": "application/octet-stream",
    "content-length": String(file.sizeBytes),
    "content-disposition": attachment(file.name),
  };
  if (request.method === "HEAD") {
    await file.discard();
    return new Response(null, { headers });
  }
  const sent = async function* () {
    try {
      yield* file.chunks();
    } finally {
      await file.discard();
    }
  };
  // Also where nobody takes the first chunk.
  request.signal.addEventListener("abort", () => void file.discard(), { once: true });
  return new Response(closingStream(sent(), request.signal, log), { headers });
}

// ── Payloads ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function payload(
  request: Request,
  url: URL,
  source: PayloadSource,
  checksum: string,
  log: Log,
): Promise<Response> {
  const found = await source.stat(checksum);
  if (found.state === "missing") throw payloadMissing(checksum);
  const { sizeBytes } = found;
  const etag = `"${checksum}"`;
  const headers = new Headers({ ...PAYLOAD_HEADERS, etag });

  const download = url.searchParams.get("download");
  if (download !== null) {
    const isWhole = url.searchParams.get("damaged") !== "1";
    if (isWhole) await requireIntact(source, checksum, request.signal);
    headers.set("content-disposition", attachment(download === "" ? `${checksum}.bin` : download));
    const decode = url.searchParams.get("decode");
    if (decode === "gzip" || decode === "zstd") {
      headers.delete("accept-ranges");
      headers.set("content-type", "application/octet-stream");
      const decoded = decodedWithinLimit(source.readChunks(checksum), decode, sizeBytes);
      if (request.method === "HEAD") {
        if (isWhole) await drained(decoded, request.signal);
        return new Response(null, { status: 200, headers });
      }
      // Nobody knows its length before; what cannot be decoded to its end breaks the connection.
      return new Response(closingStream(decoded, request.signal, log), { status: 200, headers });
    }
  } else if (matchesTag(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }

  const ifRange = request.headers.get("if-range");
  const rangeHeader = ifRange === null || ifRange === etag ? request.headers.get("range") : null;
  const range = parseRange(request.method === "GET" ? rangeHeader : null, sizeBytes);
  if (range.kind === "unsatisfiable") {
    headers.set("content-range", `bytes */${sizeBytes}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, endExclusive } = range.kind === "part" ? range : { start: 0, endExclusive: sizeBytes };
  if (range.kind === "part") headers.set("content-range", `bytes ${start}-${endExclusive - 1}/${sizeBytes}`);
  headers.set("content-length", String(endExclusive - start));
  // Only what may be drawn is looked at: a whole payload that is not to be saved.
  const drawable = download === null && range.kind === "whole";
  const type = drawable ? await imageType(await source.readRange(checksum, 0, IMAGE_HEAD_BYTES)) : null;
  headers.set("content-type", type ?? "application/octet-stream");
  const chunks = exactBytes(source, checksum, start, endExclusive);
  const body = request.method === "HEAD" ? null : closingStream(chunks, request.signal, log);
  return new Response(body, { status: range.kind === "part" ? 206 : 200, headers });
}

/** Reads all, for what is thrown on the way. @throws what `chunks` throws; AbortError */
async function drained(chunks: AsyncGenerator<Uint8Array, void>, signal: AbortSignal): Promise<void> {
  for await (const _ of chunks) signal.throwIfAborted();
}

/**
 * The bytes from `start` up to `endExclusive`. Their number was promised in the headers, so a file that became shorter
 * has to break the connection rather than pass as the payload.
 */
async function* exactBytes(source: PayloadSource, checksum: string, start: number, endExclusive: number) {
  let left = endExclusive - start;
  for await (const chunk of source.readChunks(checksum, { start, endExclusive })) {
    left -= chunk.byteLength;
    yield chunk;
  }
  if (left > 0) throw new DataioError("IO_FAILED", `Payload ${checksum} became shorter while it was sent`);
}

/** Reads a chunk for each that is taken. The file is closed at the end, when the stream is cancelled, or by `signal`. */
function closingStream<T>(chunks: AsyncGenerator<T, void>, signal: AbortSignal, log: Log): ReadableStream<T> {
  const close = () => chunks.return().catch((error: unknown) => log("A payload could not be closed", error));
  signal.addEventListener("abort", close, { once: true });
  return ReadableStream.from(chunks);
}

/** `If-None-Match` (RFC 9110, 13.1.2): a list of tags, compared weakly, or `*`. */
function matchesTag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}

/** `Content-Disposition` with the name in both forms of RFC 6266, without what could make it another path or name. */
function attachment(name: string): string {
  const safe = name.replaceAll(/[\p{Cc}\p{Bidi_Control}/\\]/gu, "_");
  const ascii = safe.replaceAll(/[^ -~]|["%]/g, "_");
  const extended = encodeURIComponent(safe).replaceAll(/['()*]/g, percentEncode);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
