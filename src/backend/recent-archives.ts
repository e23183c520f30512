/**
 * Archives that were opened before, newest first, with what one looked at in each.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { type LastView, lastView, type RecentArchive } from "../shared/contract.ts";
import { JsonFile } from "./json-file.ts";

const KEPT = 20;
const schema = z.array(z.object({ path: z.string(), openedAt: z.string(), view: lastView.optional() }));
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
    return this.#entries.map(({ path, openedAt }) => ({
      path,
      openedAt,
      name: basename(path),
      exists: existsSync(join(path, "dataio.sqlite")),
    }));
  }

  async remember(path: string): Promise<void> {
    const known = this.#entries.find((entry) => entry.path === path);
    const others = this.#entries.filter((entry) => entry !== known);
    await this.#replace([{ ...known, path, openedAt: new Date().toISOString() }, ...others].slice(0, KEPT));
  }

  /** What one looked at last in an archive; null for one that is not known. */
  viewOf(path: string): LastView | null {
    return this.#entries.find((entry) => entry.path === path)?.view ?? null;
  }

  /** Of an archive that was forgotten meanwhile nothing is kept. */
  async keepView(path: string, view: LastView): Promise<void> {
    if (this.#entries.some((entry) => entry.path === path)) {
      await this.#replace(this.#entries.map((entry) => (entry.path === path ? { ...entry, view } : entry)));
    }
  }

  async forget(path: string): Promise<void> {
    await this.#replace(this.#entries.filter((entry) => entry.path !== path));
  }

  async #replace(entries: readonly Entry[]): Promise<void> {
    this.#entries = entries;
    await this.#file.write([...entries]);
  }
}
