/**
 * A small JSON document of the app (settings, recent archives), checked when read and written whole. A file that cannot
 * be understood is put aside, not overwritten.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "@mxm/dataio";
import type { z } from "zod";

export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
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
    await rename(this.#path, `${this.#path}.unreadable`);
    return null;
  }

  /** Replaces the document. Writes follow one another. */
  write(value: T): Promise<void> {
    const write = async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      const temporary = `${this.#path}.${process.pid}.tmp`;
      await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
      await rename(temporary, this.#path);
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {});
    return written;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
