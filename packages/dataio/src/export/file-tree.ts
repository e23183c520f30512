/**
 * Files below one target, be it a folder or a zip. Nothing has its final name before {@link FileTree.finish}, and what is
 * not finished is removed by {@link FileTree.discard}.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { opendir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import type { FileToWrite, PayloadThreads, ZipFacts } from "./payload-threads.ts";
import type { ExistingTarget } from "./report.ts";

/** What was written under one name. */
export interface WrittenFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A target that takes files. Names are relative, with `/` between their parts, and safe. */
export interface FileTree {
  /** True when the target has this name already, and it is not to be replaced. */
  isTaken(name: string): boolean;
  /** Writes a file that is in memory. @throws NO_SPACE, ACCESS_DENIED, IO_FAILED */
  addBytes(name: string, bytes: Uint8Array): void;
  /**
   * The same, perhaps by another thread: the bytes have to stay as they are until {@link FileTree.settled}.
   * @param facts where they are known already
   * @throws also what an earlier file failed with
   */
  addShared(name: string, data: Uint8Array | string, facts: ZipFacts | null): void;
  /** Resolves when the bytes that were shared so far are not needed any more. Never rejects. */
  settled(): Promise<void>;
  /** Writes a file as it arrives; nothing is left of it when `chunks` throws, which is passed on. */
  addChunks(name: string, chunks: AsyncIterable<Uint8Array>, sizeHint: number): Promise<WrittenFile>;
  /** Gives everything its final name. @throws ALREADY_EXISTS, NO_SPACE, ACCESS_DENIED, IO_FAILED */
  finish(): Promise<void>;
  /** Removes what was not finished. Never throws. */
  discard(): Promise<void>;
}

/** Writes a whole file descriptor's worth, also where the system takes it in parts. */
export function writeAll(descriptor: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

/** What is at a path itself, a symlink included; undefined where nothing is. */
export function entryAt(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fromSystemError(error, `Cannot look at ${path}`);
  }
}

/** The path of something unfinished beside, or in, a folder. A crash leaves it; its name says what it is. */
export function unfinishedPath(folder: string, label: string): string {
  return join(folder, `.${label.slice(0, 60)}.${randomUUID()}.unfinished`);
}

/**
 * A folder. What is new is built beside it under a name that says it is unfinished, and takes its place in one step;
 * into one that is there, finished files are moved one by one.
 */
export class FolderTree implements FileTree {
  readonly #target: string;
  readonly #staging: string;
  readonly #existing: ExistingTarget;
  readonly #isNew: boolean;
  readonly #folders = new Set<string>();
  readonly #threads: PayloadThreads | null;
  #shared: FileToWrite[] = [];
  readonly #writing = new Set<Promise<void>>();
  #failure: unknown = null;

  /** @param threads that write what is shared with them. @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  constructor(target: string, existing: ExistingTarget, threads: PayloadThreads | null = null) {
    this.#target = target;
    this.#existing = existing;
    this.#threads = threads;
    try {
      const found = entryAt(target);
      // A symlink to a folder is one that a person chose; below it, none is followed.
      const isFolder = found !== undefined && (found.isDirectory() || (found.isSymbolicLink() && isDirectory(target)));
      if (found !== undefined && !isFolder) {
        throw new DataioError("ALREADY_EXISTS", `Cannot export to ${target}: it is not a folder.`);
      }
      const isEmpty = isFolder && readdirSync(target).length === 0;
      this.#isNew = !isFolder || (isEmpty && found.isDirectory());
      if (isFolder && !isEmpty && existing === "refuse") {
        throw new DataioError("ALREADY_EXISTS", `Cannot export to ${target}: the folder is not empty.`);
      }
      const parent = this.#isNew ? dirname(target) : target;
      mkdirSync(parent, { recursive: true });
      this.#staging = unfinishedPath(parent, basename(target));
      mkdirSync(this.#staging);
    } catch (error) {
      throw fromSystemError(error, `Cannot export to ${target}`);
    }
  }

  /** Where it is built. */
  get staging(): string {
    return this.#staging;
  }

  isTaken(name: string): boolean {
    return !this.#isNew && this.#existing === "add" && existsSync(join(this.#target, name));
  }

  addBytes(name: string, bytes: Uint8Array): void {
    const path = this.#place(name);
    try {
      const file = openSync(path, "wx");
      try {
        writeAll(file, bytes);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${name}`);
    }
  }

  addShared(name: string, data: Uint8Array | string): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#threads === null) this.addBytes(name, typeof data === "string" ? Buffer.from(data) : data);
    else {
      this.#place(name);
      this.#shared.push({ name, data });
    }
  }

  async settled(): Promise<void> {
    const files = this.#shared;
    this.#shared = [];
    if (this.#threads === null || files.length === 0 || this.#failure !== null) return;
    const writing = this.#threads.write(`${this.#staging}/`, files).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#writing.add(writing);
    await writing;
    this.#writing.delete(writing);
  }

  async addChunks(name: string, chunks: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
    const path = this.#place(name);
    const sha256 = createHash("sha256");
    let sizeBytes = 0;
    let file: number;
    try {
      file = openSync(path, "wx");
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${name}`);
    }
    let whole = false;
    try {
      for await (const chunk of chunks) {
        try {
          writeAll(file, chunk);
        } catch (error) {
          throw fromSystemError(error, `Cannot write ${name}`);
        }
        sha256.update(chunk);
        sizeBytes += chunk.length;
      }
      whole = true;
    } finally {
      closeSync(file);
      if (!whole) unlinkSync(path);
    }
    return { sizeBytes, sha256: sha256.digest("hex") };
  }

  async finish(): Promise<void> {
    await this.settled();
    await Promise.all(this.#writing);
    if (this.#failure !== null) throw this.#failure;
    try {
      if (this.#isNew) {
        // Fails where something came into the folder meanwhile.
        if (entryAt(this.#target)?.isDirectory() === true && process.platform === "win32") rmSync(this.#target);
        renameSync(this.#staging, this.#target);
      } else {
        await this.#moveInto(this.#staging, this.#target);
        await rm(this.#staging, { recursive: true, force: true });
      }
    } catch (error) {
      if (systemCode(error) === "ENOTEMPTY" || systemCode(error) === "ENOTDIR") {
        throw new DataioError("ALREADY_EXISTS", `Cannot export to ${this.#target}: something else was put there.`);
      }
      throw fromSystemError(error, `Cannot export to ${this.#target}`);
    }
  }

  async discard(): Promise<void> {
    await rm(this.#staging, { recursive: true, force: true }).catch(() => {});
  }

  #place(name: string): string {
    const slash = name.lastIndexOf("/");
    const folder = name.slice(0, Math.max(slash, 0));
    if (folder !== "" && !this.#folders.has(folder)) {
      try {
        mkdirSync(join(this.#staging, folder), { recursive: true });
      } catch (error) {
        throw fromSystemError(error, `Cannot write ${name}`);
      }
      this.#folders.add(folder);
    }
    // Names are as they should be: join() would look through all of it each time.
    return `${this.#staging}/${name}`;
  }

  /** Never through a symlink, and never over a file unless that was asked for. */
  async #moveInto(from: string, to: string): Promise<void> {
    for await (const entry of await opendir(from)) {
      const target = join(to, entry.name);
      const found = entryAt(target);
      if (entry.isDirectory()) {
        if (found === undefined) {
          renameSync(join(from, entry.name), target);
          continue;
        }
        if (!found.isDirectory()) throw new DataioError("ALREADY_EXISTS", `${target} is no folder.`);
        await this.#moveInto(join(from, entry.name), target);
      } else {
        if (found !== undefined && (this.#existing !== "replace" || !found.isFile())) {
          throw new DataioError("ALREADY_EXISTS", `There is already a ${target}.`);
        }
        renameSync(join(from, entry.name), target);
      }
    }
  }
}

function isDirectory(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}
