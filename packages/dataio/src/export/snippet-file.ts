/** The requests of rows as a script for another tool: each once, one after another. */
import { hash } from "node:crypto";
import { type SnippetForm, snippetHead, snippetOf, snippetPart } from "../snippets/snippet.ts";
import type { ExportEntry } from "./entries.ts";
import { FlatSet } from "./flat-set.ts";
import { Unexportable } from "./payload-content.ts";
import type { ExportTarget } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

/** So many words of a digest tell texts apart for certain. */
const SEEN_WORDS = 4;

/** Writes what rows asked for over HTTP. Make one with {@link SnippetFile.create}. */
export class SnippetFile implements ExportSink {
  readonly #file: TextFile;
  readonly #form: SnippetForm;
  readonly #archive: string;
  readonly #seen = new FlatSet(SEEN_WORDS);
  #count = 0;

  private constructor(file: TextFile, form: SnippetForm, archive: string) {
    this.#file = file;
    this.#form = form;
    this.#archive = archive;
  }

  /** @param archive its folder. @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(target: ExportTarget & { readonly type: "snippets" }, archive: string): Promise<SnippetFile> {
    const file = await TextFile.create(target.path, target.existing ?? "refuse");
    await file.write(snippetHead(target.form, true));
    return new SnippetFile(file, target.form, archive);
  }

  async add({ request, session }: ExportEntry): Promise<Written> {
    if (request === null) throw new Unexportable("NOT_FOUND", "Its request is not in the archive.");
    const source = session?.source ?? null;
    const written = snippetOf(this.#form, { ...request, source, archive: this.#archive, bucket: null, tag: null });
    if ("obstacle" in written) throw new Unexportable("PARAMS_INVALID", written.obstacle);
    const digest = hash("sha256", written.text, "buffer");
    const key = Uint32Array.from({ length: SEEN_WORDS }, (_, word) => digest.readUInt32LE(word * 4));
    if (this.#seen.has(key)) return { name: null, bytes: 0, duplicate: true };
    this.#seen.add(key);
    await this.#file.write(snippetPart(this.#form, written.text, this.#count));
    this.#count += 1;
    return { name: null, bytes: 0 };
  }

  async finish(): Promise<void> {
    await this.#file.write("\n");
    await this.#file.finish();
  }

  async discard(): Promise<void> {
    this.#file.discard();
  }
}
