/**
 * A small JSON document of the app (settings, recent archives), checked when read and written whole. A file that cannot
 * be understood is put aside, not overwritten.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "@mxm/dataio";
import type { z } from "zod";

/** What Windows says while something else, such as a scanner, has one of the two files open. */
const HELD: readonly (string | undefined)[] = ["EPERM", "EBUSY", "EACCES"];
/** Milliseconds before each further try: a second and a half in all. */
const WAITS_MS = [10, 30, 100, 300, 1_000];

/** What a test does in other ways. */
export interface JsonFileSystem {
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly waitMs: (milliseconds: number) => Promise<unknown>;
}

export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #system: JsonFileSystem;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, schema: z.ZodType<T>, system: JsonFileSystem = { rename, waitMs: sleep }) {
    this.#path = path;
    this.#schema = schema;
    this.#system = system;
  }

  /** The document; null when there is none, or none that fits. */
  async read(): Promise<T | null> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return null;
      throw error;
    }
    const parsed = this.#schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    await this.#rename(this.#path, `${this.#path}.unreadable`);
    return null;
  }

  /** Replaces the document. Writes follow one another. */
  write(value: T): Promise<void> {
    const write = async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      const temporary = `${this.#path}.${process.pid}.tmp`;
      await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
      try {
        await this.#rename(temporary, this.#path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw error;
      }
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {});
    return written;
  }

  async #rename(from: string, to: string): Promise<void> {
    for (const wait of WAITS_MS) {
      try {
        await this.#system.rename(from, to);
        return;
      } catch (error) {
        if (!HELD.includes(systemCode(error))) throw error;
        await this.#system.waitMs(wait);
      }
    }
    await this.#system.rename(from, to);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
