/**
 * Keeps the text indexes beside one browse index: requests and metadata always, contents of payloads where a person asked for
 * them. One that fails is made anew once; the browse index goes on without.
 */
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import { PayloadPass, type PayloadTextProgress } from "./payload-pass.ts";
import type { PayloadTextSettings } from "./payload-text.ts";
import { TextPass } from "./text-pass.ts";
import { openTextFile, PAYLOAD_TABLES, readTextMeta, storeTextMeta, TEXT_TABLES, TEXT_VERSION } from "./text-schema.ts";

/** How the search in contents of payloads stands. */
export type PayloadTextStanding =
  | { readonly state: "off" }
  /** What was read so far can be searched at `path`. */
  | ({ readonly state: "on"; readonly path: string } & PayloadTextSettings & PayloadTextProgress)
  | { readonly state: "failed"; readonly reason: string };

/** How texts stand. */
export interface TextStanding {
  /** Where texts of requests and metadata can be searched; null until all are in. */
  readonly path: string | null;
  /** Rows of the archive whose text is not in yet. */
  readonly pending: number;
  readonly payloads: PayloadTextStanding;
}

export interface TextFilesOptions {
  readonly archive: ReadConnection;
  readonly indexPath: string;
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
}

/** A file of texts and what fills it. */
interface Filled<P> {
  readonly db: Database.Database;
  readonly pass: P;
}

export class TextFiles {
  readonly #options: TextFilesOptions;
  readonly #textPath: string;
  readonly #payloadPath: string;
  #text: Filled<TextPass> | null = null;
  #contents: (Filled<PayloadPass> & { readonly settings: PayloadTextSettings }) | null = null;
  #failures = 0;
  #contentsFailure: string | null = null;

  constructor(options: TextFilesOptions) {
    this.#options = options;
    this.#textPath = textPathOf(options.indexPath);
    this.#payloadPath = payloadPathOf(options.indexPath);
    if (existsSync(this.#payloadPath)) this.#guardContents(() => this.#openContents());
  }

  /** Reads the next texts. @returns false when there was nothing left to do */
  async step(): Promise<boolean> {
    if (this.#failures < 2) {
      try {
        if (this.#openText().pass.step()) return true;
      } catch (error) {
        this.#failures += 1;
        this.#text?.db.close();
        this.#text = null;
        if (!isBusy(error)) removeDatabase(this.#textPath);
        return true;
      }
    }
    const contents = this.#contents;
    if (contents === null) return false;
    try {
      return await contents.pass.step();
    } catch (error) {
      if (isBusy(error)) return true;
      this.#failContents(error);
      return false;
    }
  }

  standing(): TextStanding {
    const text = this.#text;
    return {
      path: text?.pass.isComplete() === true ? this.#textPath : null,
      pending: text?.pass.pending() ?? 0,
      payloads: this.#contentsStanding(),
    };
  }

  /** Begins to search contents, with other limits from the beginning; null ends it and removes what was made for it. */
  searchContents(settings: PayloadTextSettings | null): void {
    this.#contents?.db.close();
    this.#contents = null;
    this.#contentsFailure = null;
    removeDatabase(this.#payloadPath);
    if (settings === null) return;
    this.#guardContents(() => {
      const db = openTextFile(this.#payloadPath, PAYLOAD_TABLES);
      storeTextMeta(db, "settings", settings);
      db.close();
      this.#openContents();
    });
  }

  close(): void {
    this.#text?.db.close();
    this.#text = null;
    this.#contents?.db.close();
    this.#contents = null;
  }

  #openText(): Filled<TextPass> {
    if (this.#text !== null) return this.#text;
    const { archive, sidecars } = this.#options;
    const db = openTextFile(this.#textPath, TEXT_TABLES);
    this.#text = { db, pass: new TextPass(archive, db, sidecars) };
    return this.#text;
  }

  #openContents(): void {
    const db = openTextFile(this.#payloadPath, PAYLOAD_TABLES);
    // Only this class writes them.
    const settings = readTextMeta(db, "settings") as PayloadTextSettings | undefined;
    if (settings === undefined) {
      db.close();
      removeDatabase(this.#payloadPath);
      return;
    }
    const { archive, payloads, indexPath } = this.#options;
    this.#contents = { db, settings, pass: new PayloadPass(archive, db, payloads, basename(indexPath), settings) };
  }

  #guardContents(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failContents(error);
    }
  }

  #failContents(error: unknown): void {
    this.#contents?.db.close();
    this.#contents = null;
    this.#contentsFailure = error instanceof Error ? error.message : String(error);
  }

  #contentsStanding(): PayloadTextStanding {
    if (this.#contentsFailure !== null) return { state: "failed", reason: this.#contentsFailure };
    if (this.#contents === null) return { state: "off" };
    const { settings, pass } = this.#contents;
    return { state: "on", path: this.#payloadPath, ...settings, ...pass.progress() };
  }
}

/** Where texts are kept that belong to this browse index and no other. */
export function textPathOf(indexPath: string): string {
  return indexPath.replace(/\.sqlite$/, `.text${TEXT_VERSION}`);
}

/** Where contents of payloads are kept: they are the same for every index of an archive. */
function payloadPathOf(indexPath: string): string {
  const [key = ""] = basename(indexPath).split(".");
  return join(dirname(indexPath), `${key}.payloads${TEXT_VERSION}`);
}

/** Removes a database with what belongs to it, where it can be. */
export function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) {
    try {
      rmSync(path + suffix, { force: true });
    } catch {
      // In use on Windows, or not ours: it stays, and is not opened again.
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}
