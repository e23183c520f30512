/**
 * Archives that were opened before, newest first.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import type { RecentArchive } from "../shared/contract.ts";
import { JsonFile } from "./json-file.ts";

const KEPT = 20;
const schema = z.array(z.object({ path: z.string(), openedAt: z.string() }));
type Entry = z.infer<typeof schema>[number];

export class RecentArchives {
  readonly #file: JsonFile<Entry[]>;
  #entries: readonly Entry[];

  private constructor(file: JsonFile<Entry[]>, entries: readonly Entry[]) {
    this.#file = file;
    this.#entries = entries;
  }

  static async load(dataDirectory: string): Promise<RecentArchives> {
    const file = new JsonFile(join(dataDirectory, "recent-archives.json"), schema);
    return new RecentArchives(file, (await file.read()) ?? []);
  }

  list(): RecentArchive[] {
    return this.#entries.map((entry) => ({
      ...entry,
      name: basename(entry.path),
      exists: existsSync(join(entry.path, "dataio.sqlite")),
    }));
  }

  async remember(path: string): Promise<void> {
    const others = this.#entries.filter((entry) => entry.path !== path);
    await this.#replace([{ path, openedAt: new Date().toISOString() }, ...others].slice(0, KEPT));
  }

  async forget(path: string): Promise<void> {
    await this.#replace(this.#entries.filter((entry) => entry.path !== path));
  }

  async #replace(entries: readonly Entry[]): Promise<void> {
    this.#entries = entries;
    await this.#file.write([...entries]);
  }
}
