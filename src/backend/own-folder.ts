/** A folder of the host's own for what is kept only while it runs, beside those of other hosts. */
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Left behind by a host that died: nobody needs it for so long. */
const LEFT_OVER_MS = 86_400_000;

export class OwnFolder {
  readonly #directory: string;
  #own: Promise<string> | null = null;

  /** @param directory made when first needed; may be shared with other hosts */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Its path; it is made when first asked for, and tried again after a failure. @throws what the system says */
  async path(): Promise<string> {
    try {
      this.#own ??= this.#begin();
      const own = await this.#own;
      // Another host takes one for left over into which nothing was put for a day.
      await mkdir(own, { recursive: true, mode: 0o700 });
      return own;
    } catch (error) {
      this.#own = null;
      throw error;
    }
  }

  /** Removes it with all that is in it. */
  async close(): Promise<void> {
    const own = await this.#own?.catch(() => null);
    if (own !== undefined && own !== null) await removed(own);
  }

  async #begin(): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
      if (age > LEFT_OVER_MS) await removed(path);
    }
    return await mkdtemp(join(this.#directory, "host-"));
  }
}

/** Removes a file or a folder. Never fails: what stays is removed a day later. */
export async function removed(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {});
}
