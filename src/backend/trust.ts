/**
 * What a person allowed archives to run, and to whom they may give secrets: digests by the folder of the archive. What
 * changed since has another digest, and is asked for again.
 */
import { join } from "node:path";
import { z } from "zod";
import { JsonFile } from "./json-file.ts";

/** Digests by the absolute folder of the archive. */
const schema = z.record(z.string(), z.array(z.string().regex(/^[0-9a-f]{64}$/)));

export class TrustStore {
  readonly #file: JsonFile<z.infer<typeof schema>>;
  #trusted: Readonly<Record<string, readonly string[]>>;

  private constructor(file: JsonFile<z.infer<typeof schema>>, trusted: Readonly<Record<string, readonly string[]>>) {
    this.#file = file;
    this.#trusted = trusted;
  }

  static async load(dataDirectory: string): Promise<TrustStore> {
    const file = new JsonFile(join(dataDirectory, "trusted.json"), schema);
    return new TrustStore(file, (await file.read()) ?? {});
  }

  has(folder: string, digest: string): boolean {
    return Object.hasOwn(this.#trusted, folder) && this.#trusted[folder]?.includes(digest) === true;
  }

  async grant(folder: string, digest: string): Promise<void> {
    if (this.has(folder, digest)) return;
    const before = Object.hasOwn(this.#trusted, folder) ? (this.#trusted[folder] ?? []) : [];
    this.#trusted = { ...this.#trusted, [folder]: [...before, digest] };
    await this.#file.write(Object.fromEntries(Object.entries(this.#trusted).map(([key, list]) => [key, [...list]])));
  }
}
