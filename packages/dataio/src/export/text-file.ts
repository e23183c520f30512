/** One file that is written as text and has its name only when it is whole. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PendingFile } from "../atomic-file.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { entryAt } from "./file-tree.ts";
import type { ExistingTarget } from "./report.ts";

const BUFFERED_UNITS = 64 * 1024;
/** Most of what is written at once, in UTF-8. */
const BUFFER_BYTES = 4 * BUFFERED_UNITS;

/** Buffered writing to an unfinished file. Make one with {@link TextFile.create}. */
export class TextFile {
  readonly #target: string;
  readonly #existing: ExistingTarget;
  readonly #file: PendingFile;
  readonly #hash = createHash("sha256");
  /** Taken for all of it: V8 is slow to give back what lies outside of its heap. */
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #pending = "";
  #sizeBytes = 0;

  private constructor(target: string, existing: ExistingTarget, file: PendingFile) {
    this.#target = target;
    this.#existing = existing;
    this.#file = file;
  }

  /** @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(target: string, existing: ExistingTarget): Promise<TextFile> {
    const found = entryAt(target);
    if (found !== undefined && (existing !== "replace" || !found.isFile())) {
      throw new DataioError("ALREADY_EXISTS", `There is already a ${target}.`);
    }
    const file = await PendingFile.create(dirname(target), { label: basename(target), durable: false });
    return new TextFile(target, existing, file);
  }

  /** @throws NO_SPACE, IO_FAILED */
  async write(text: string): Promise<void> {
    if (this.append(text)) await this.#flush();
  }

  /** Keeps a text for the next {@link write}, which is due when this gives true. */
  append(text: string): boolean {
    this.#pending += text;
    return this.#pending.length > BUFFERED_UNITS;
  }

  /** @throws NO_SPACE, IO_FAILED */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#put(bytes);
  }

  /** Ends the writing; what was written can then be read once more. */
  async close(): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
    await this.#flush();
    await this.#file.flush(this.#target);
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest("hex") };
  }

  /** What was written, after {@link close}, in chunks that each hold only until the next one is asked for. @throws IO_FAILED */
  async *read(): AsyncGenerator<Buffer, void, undefined> {
    const { path } = this.#file;
    try {
      await using file = await open(path, "r");
      for (;;) {
        const { bytesRead } = await file.read(this.#buffer, 0, BUFFER_BYTES);
        if (bytesRead === 0) return;
        yield this.#buffer.subarray(0, bytesRead);
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot read ${path}`);
    }
  }

  /** Gives the file its name. @throws ALREADY_EXISTS when something took it meanwhile */
  async finish(): Promise<void> {
    await this.close();
    if (this.#existing === "replace") this.#file.rename(this.#target);
    else if (!this.#file.link(this.#target)) {
      throw new DataioError("ALREADY_EXISTS", `There is already a ${this.#target}.`);
    }
  }

  discard(): void {
    this.#file.discard();
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    if (text === "") return;
    // A unit of UTF-16 has three bytes at most.
    const fits = text.length * 3 <= BUFFER_BYTES;
    await this.#put(fits ? this.#buffer.subarray(0, this.#buffer.write(text)) : Buffer.from(text, "utf8"));
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes);
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
  }
}
