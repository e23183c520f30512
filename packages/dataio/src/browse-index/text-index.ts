/** Reads the text indexes of an archive: which of its rows contain a text. Never writes. */
import Database from "better-sqlite3";
import { DataioError } from "../errors.ts";
import { Phrase, phraseOf } from "./phrases.ts";
import { NONE } from "./schema.ts";
import { isTextComplete } from "./text-pass.ts";
import { TEXT_VERSION } from "./text-schema.ts";

/** What a row is found by: columns of the browse index. */
export interface FoundDocuments {
  /** Rowids; the request that is an identity has the text of all that ask the same. */
  readonly requests: readonly number[];
  /** Ids of rows. */
  readonly ids: readonly number[];
  readonly sums: readonly number[];
  /** True for a row of one of the sums that it does not hold for. */
  readonly isExempt: (id: number) => boolean;
}

/** A text that was looked for. */
export interface TextSearch {
  /** Null where there are more than `most` of them. */
  documents(most: number): FoundDocuments | null;
  matches(id: number, identity: number, sum: number): boolean;
}

/** A file that texts are looked for in. */
export interface TextSource {
  /** Another number after each change of the file. */
  version(): number;
  /** Null for a text that is too short. */
  search(text: string): TextSearch | null;
  close(): void;
}

function open(path: string): Database.Database {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
  db.pragma("cache_size = -16384");
  if (db.pragma("user_version", { simple: true }) === TEXT_VERSION) return db;
  db.close();
  throw new DataioError("NOT_FOUND", `There is no text index to be read at ${path}.`);
}

const version = (db: Database.Database) => Number(db.pragma("data_version", { simple: true }));

/** Texts of requests, metadata and failures. @throws NOT_FOUND where they are not all in yet */
export function openTexts(path: string): TextSource {
  const db = open(path);
  if (!isTextComplete(db)) {
    db.close();
    throw new DataioError("NOT_FOUND", `The text index at ${path} is not whole yet.`);
  }
  const isOwn = db.prepare<[number], number>("SELECT 1 FROM own WHERE row = ?").pluck();
  const linkedTo = db.prepare<[number], number>("SELECT response FROM links WHERE row = ?").pluck();
  const linksTo = db
    .prepare<[string], number>("SELECT row FROM links WHERE response IN (SELECT value FROM json_each(?))")
    .pluck();
  const sidecarOf = db.prepare<[number], number>("SELECT id FROM sidecars WHERE sum = ?").pluck();
  const sumsOf = db
    .prepare<[string], number>("SELECT sum FROM sidecars WHERE id IN (SELECT value FROM json_each(?))")
    .pluck();
  const isExempt = (id: number) => isOwn.get(linkedTo.get(id) ?? id) !== undefined;
  return {
    version: () => version(db),
    close: () => db.close(),
    search(text) {
      const phrase = phraseOf(text);
      if (phrase === null) return null;
      const requests = new Phrase(db, "request_text", phrase);
      const rows = new Phrase(db, "row_text", phrase);
      const sidecars = new Phrase(db, "sidecar_text", phrase);
      return {
        documents(most) {
          const found = { requests: requests.ids(most + 1), ids: rows.ids(most + 1), sidecars: sidecars.ids(most + 1) };
          if (found.requests.length + found.ids.length + found.sidecars.length > most) return null;
          return {
            requests: found.requests,
            ids: [...found.ids, ...linksTo.all(JSON.stringify(found.ids))],
            sums: sumsOf.all(JSON.stringify(found.sidecars)),
            isExempt,
          };
        },
        matches(id, identity, sum) {
          if (identity > 0 && requests.has(identity)) return true;
          const source = linkedTo.get(id) ?? id;
          if (rows.has(source)) return true;
          const sidecar = sum === NONE ? undefined : sidecarOf.get(sum);
          return sidecar !== undefined && sidecars.has(sidecar) && isOwn.get(source) === undefined;
        },
      };
    },
  };
}

/** Contents of payloads, those that were read so far. @throws NOT_FOUND */
export function openPayloadTexts(path: string): TextSource {
  const db = open(path);
  const payloadOf = db.prepare<[number], number>("SELECT id FROM payloads WHERE sum = ?").pluck();
  const sumsOf = db
    .prepare<[string], number>("SELECT sum FROM payloads WHERE id IN (SELECT value FROM json_each(?))")
    .pluck();
  return {
    version: () => version(db),
    close: () => db.close(),
    search(text) {
      const phrase = phraseOf(text);
      if (phrase === null) return null;
      const payloads = new Phrase(db, "payload_text", phrase);
      return {
        documents(most) {
          const found = payloads.ids(most + 1);
          if (found.length > most) return null;
          return { requests: [], ids: [], sums: sumsOf.all(JSON.stringify(found)), isExempt: () => false };
        },
        matches(_id, _identity, sum) {
          const payload = sum === NONE ? undefined : payloadOf.get(sum);
          return payload !== undefined && payloads.has(payload);
        },
      };
    },
  };
}
