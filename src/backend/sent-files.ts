/**
 * Files that a person chose to be sent. A window names them by an id of ours, never by a path: those of this machine come from
 * the host's own dialog and stay where they are, those of a browser lie in a folder of the host's own until it ends. What is
 * read is what was shown, or nothing.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { DataioError, fromSystemError, SNIFF_BYTES, sha256Hex, sniffMediaType } from "@mxm/dataio";
import type { SentFile } from "../shared/contract.ts";
import { MOST_SENT, MOST_SENT_BYTES, parseUploadUrl } from "../shared/upload-url.ts";
import { coded } from "./coded-error.ts";
import { type Log, toErrorShape } from "./failure.ts";
import { OwnFolder, removed } from "./own-folder.ts";

/** Files that are kept at hand; of a browser's the others are removed. */
const KEPT = 8;
const CHUNK_BYTES = 256 * 1024;
const NAME_LENGTH = 255;

interface Held {
  readonly file: SentFile;
  readonly path: string;
  /** Whether it is ours to remove. */
  readonly isOwn: boolean;
}

export class SentFiles {
  readonly #own: OwnFolder;
  readonly #held = new Map<string, Held>();

  /** @param directory for what comes from browsers; made when first needed, may be shared with other hosts */
  constructor(directory: string) {
    this.#own = new OwnFolder(directory);
  }

  /** A file of this machine, read once. @throws NOT_FOUND, ACCESS_DENIED, PARAMS_INVALID for what is no file, TOO_LARGE */
  async choose(path: string): Promise<SentFile> {
    try {
      if (!(await stat(path)).isFile()) throw new DataioError("PARAMS_INVALID", `${path} is not a file.`);
      const facts = await factsOf(createReadStream(path, { highWaterMark: CHUNK_BYTES }), async () => {});
      return await this.#keep({ path, isOwn: false, file: { id: randomUUID(), name: shownName(path), ...facts } });
    } catch (error) {
      throw fromSystemError(error, `Cannot read ${path}`);
    }
  }

  /** A file as it comes from a browser. Nothing is left of one that fails. @throws TOO_LARGE, NO_SPACE, ACCESS_DENIED, IO_FAILED */
  async take(name: string, chunks: AsyncIterable<Uint8Array>): Promise<SentFile> {
    const id = randomUUID();
    const path = join(await this.#folder(), id);
    try {
      const handle = await open(path, "wx", 0o600);
      try {
        const facts = await factsOf(chunks, async (chunk) => void (await handle.writeFile(chunk)));
        return await this.#keep({ path, isOwn: true, file: { id, name: shownName(name), ...facts } });
      } finally {
        await handle.close();
      }
    } catch (error) {
      await removed(path);
      throw fromSystemError(error, "Cannot keep the file that is to be sent");
    }
  }

  /** The bytes that were shown. @throws NOT_FOUND where the file is not kept (any more), SEND_CHANGED where it has others by now */
  async read(id: string): Promise<{ readonly file: SentFile; readonly bytes: Buffer }> {
    const held = this.#held.get(id);
    if (held === undefined)
      throw new DataioError("NOT_FOUND", "This file is not at hand any more. Choose it once more.");
    const { file, path } = held;
    try {
      const found = await stat(path);
      const bytes = found.size === file.sizeBytes ? await readFile(path) : null;
      if (bytes === null || sha256Hex(bytes) !== file.checksum) {
        throw coded(
          "SEND_CHANGED",
          `${file.name} has changed since it was chosen. Choose it once more; nothing was sent.`,
        );
      }
      return { file, bytes };
    } catch (error) {
      throw error instanceof Error && "shape" in error ? error : fromSystemError(error, `Cannot read ${file.name}`);
    }
  }

  /** Removes what came from browsers. */
  async close(): Promise<void> {
    this.#held.clear();
    await this.#own.close();
  }

  async #keep(held: Held): Promise<SentFile> {
    this.#held.set(held.file.id, held);
    for (const [id, { isOwn, path }] of [...this.#held].slice(0, -KEPT)) {
      this.#held.delete(id);
      if (isOwn) await removed(path);
    }
    return held.file;
  }

  async #folder(): Promise<string> {
    try {
      return await this.#own.path();
    } catch (error) {
      throw fromSystemError(error, "Cannot keep the file that is to be sent");
    }
  }
}

/**
 * Takes files from browsers: `PUT` alone, answered with the file's facts as JSON, or with why it is not taken. The host has
 * made sure of who asks. The handler never rejects.
 */
export function createUploads(
  files: SentFiles,
  { readOnly, log }: { readonly readOnly: boolean; readonly log: Log },
): (request: Request) => Promise<Response> {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return async (request) => {
    try {
      const named = parseUploadUrl(new URL(request.url));
      if (named === null) throw new DataioError("NOT_FOUND", "Files are not taken under this address.");
      if (request.method !== "PUT") return new Response(null, { status: 405, headers: { ...headers, allow: "PUT" } });
      if (readOnly) throw new DataioError("READ_ONLY", "This app was started read-only, so nothing can be sent.");
      if (Number(request.headers.get("content-length") ?? 0) > MOST_SENT_BYTES) throw tooLarge();
      return Response.json(await files.take(named.name, request.body ?? nothing()), { headers });
    } catch (error) {
      const shape = toErrorShape(error, "Taking a file", log);
      return Response.json(shape, { status: STATUS[shape.code] ?? 500, headers });
    }
  };
}

const STATUS: Readonly<Record<string, number>> = { NOT_FOUND: 404, READ_ONLY: 403, TOO_LARGE: 413, NO_SPACE: 507 };

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

/** What a person is shown of bytes, as they go by. @throws TOO_LARGE */
async function factsOf(
  chunks: AsyncIterable<Uint8Array>,
  each: (chunk: Uint8Array) => Promise<void>,
): Promise<Omit<SentFile, "id" | "name">> {
  const sha256 = createHash("sha256");
  const head: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    if (sizeBytes < SNIFF_BYTES) head.push(chunk.slice(0, SNIFF_BYTES - sizeBytes));
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MOST_SENT_BYTES) throw tooLarge();
    sha256.update(chunk);
    await each(chunk);
  }
  const { mediaType } = await sniffMediaType(Buffer.concat(head), sizeBytes <= SNIFF_BYTES);
  return { sizeBytes, checksum: sha256.digest("hex"), mediaType };
}

function tooLarge(): DataioError {
  return new DataioError("TOO_LARGE", `At most ${MOST_SENT} are sent at once; this file is larger.`, {
    details: { limitBytes: MOST_SENT_BYTES },
  });
}

/** Its last part: a name of a browser's file says nothing of a place here. */
function shownName(path: string): string {
  return basename(path.replaceAll("\\", "/")).slice(0, NAME_LENGTH) || "file";
}
