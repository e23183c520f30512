/**
 * Rows into an archive that may have them already. A row keeps its id unless another row has it; then it gets one that follows
 * from what it is, so that the same row is found again by the next import. Call it inside a write transaction.
 */
import type Database from "better-sqlite3";
import { v5 } from "uuid";
import { type Prepare, preparing } from "../database.ts";
import { sha256Hex } from "../identity.ts";
import type { Request, Resolution, Response, Session } from "../model.ts";
import { requestLabel } from "../request-label.ts";
import { asText } from "../rows.ts";

/** Of ids that are made here; any fixed UUID would do. */
const NAMESPACE = "7d3e51a6-4f0b-5c8e-9a57-2b1f0f6d8c11";

/** The id that follows from what a row is. */
export function derivedId(...parts: readonly (string | number | null)[]): string {
  return v5(sha256Hex(JSON.stringify(parts).toWellFormed()), NAMESPACE);
}

/** What became of one row. */
export interface Merged {
  /** Under which id the archive has it. */
  readonly id: string;
  readonly added: boolean;
}

/** Merges rows, each into what it is part of: sessions first, then requests, responses, resolutions. */
export class Merge {
  readonly #prepare: Prepare;
  readonly #importId: string;
  readonly #note: (table: string, id: string, originalId: string) => void;

  /** @param importId the row of `imports` that added rows point to */
  constructor(db: Database.Database, importId: string) {
    this.#prepare = preparing(db);
    this.#importId = importId;
    this.#note = (table, id, originalId) => {
      this.#prepare<[string, string, string, string], never>(
        "INSERT INTO imported_rows (row_table, row_id, import_id, original_id) VALUES (?, ?, ?, ?)",
      ).run(table, id, importId, originalId);
    };
  }

  /** Says what the import is that added rows point to; once. */
  noteImport(kind: string, name: string, importedAt: string): void {
    this.#prepare<string[], never>(
      "INSERT OR IGNORE INTO imports (id, kind, name, imported_at) VALUES (?, ?, ?, ?)",
    ).run(this.#importId, kind, name, importedAt);
  }

  /** A session is the same when source, mode and times are; one that had not ended may have ended since. */
  session(row: Session): Merged {
    const { id, source, mode, asOf, startedAt, endedAt } = row;
    const known = this.#firstSame([id, derivedId("session", id, source, mode, asOf, startedAt)], (one) => {
      const found = this.#prepare<[string], { source: string; mode: string; asOf: string; startedAt: string }>(
        "SELECT source, mode, as_of AS asOf, started_at AS startedAt FROM sessions WHERE id = ?",
      ).get(one);
      if (found === undefined) return "free";
      const same = found.source === source && found.mode === mode && found.asOf === asOf;
      return same && found.startedAt === startedAt ? "same" : "other";
    });
    if (!known.added) {
      this.#prepare<[string | null, string], never>(
        "UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
      ).run(endedAt, known.id);
      return known;
    }
    this.#prepare<unknown[], never>(
      "INSERT INTO sessions (id, source, mode, as_of, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(known.id, source, mode, asOf, startedAt, endedAt);
    this.#note("sessions", known.id, id);
    return known;
  }

  /** A request with a hash is that of its source; see docs/archive-format.md for hashes that another source has. */
  request(row: Request, source: string): Merged {
    const { id, sessionId, kind, method, paramsJson, bodyJson, hash, createdAt } = row;
    const content = [kind, method, paramsJson, bodyJson] as const;
    const known = this.#firstSame([id, derivedId("request", id, sessionId, createdAt, ...content)], (one) => {
      const found = this.#prepare<[string], Omit<Request, "hash">>(
        `SELECT session_id AS sessionId, kind, method, params_json AS paramsJson, body_json AS bodyJson
         FROM requests WHERE id = ?`,
      ).get(one);
      if (found === undefined) return "free";
      const asked = [found.kind, found.method, found.paramsJson, found.bodyJson];
      return found.sessionId === sessionId && asked.every((value, at) => value === content[at]) ? "same" : "other";
    });
    if (!known.added) return known;
    let ownHash = hash;
    if (hash !== null) {
      const holder = this.#prepare<[string], { id: string; source: string | null }>(
        "SELECT q.id, (SELECT s.source FROM sessions s WHERE s.id = q.session_id) AS source FROM requests q WHERE q.hash = ?",
      ).get(hash);
      if (holder?.source === source) return { id: holder.id, added: false };
      if (holder !== undefined) {
        const other = this.#prepare<[string, string], { id: string }>(
          "SELECT request_id AS id FROM request_identities WHERE source = ? AND hash = ?",
        ).get(source, hash);
        if (other !== undefined) return { id: other.id, added: false };
        ownHash = null;
      }
    }
    this.#prepare<unknown[], never>(
      `INSERT INTO requests (id, session_id, kind, method, params_json, body_json, hash, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(known.id, sessionId, ...content, ownHash, createdAt);
    if (hash !== null && ownHash === null) {
      this.#prepare<unknown[], never>("INSERT INTO request_identities (source, hash, request_id) VALUES (?, ?, ?)").run(
        source,
        hash,
        known.id,
      );
    }
    this.#note("requests", known.id, id);
    return known;
  }

  /** Where the archive has this response, or may have it under a new id. Writes nothing. */
  response(row: Response): Merged {
    const { id, requestId, status, sequence, checksum, createdAt } = row;
    const content = [requestId, status, sequence, checksum, createdAt] as const;
    const known = this.#firstSame([id, derivedId("response", id, ...content)], (one) => {
      const found = this.#prepare<[string], Response>(
        `SELECT request_id AS requestId, status, sequence, checksum, created_at AS createdAt FROM responses WHERE id = ?`,
      ).get(one);
      if (found === undefined) return "free";
      const has = [found.requestId, found.status, found.sequence, found.checksum, found.createdAt];
      return has.every((value, at) => value === content[at]) ? "same" : "other";
    });
    if (!known.added) return known;
    const twin = this.#prepare<unknown[], { id: string }>(
      `SELECT id FROM responses WHERE request_id = ? AND status = ? AND sequence IS ? AND checksum IS ? AND created_at = ?`,
    ).get(...content);
    return twin === undefined ? known : { id: twin.id, added: false };
  }

  /** What a request of this archive asks; empty for one that is not there. */
  labelOf(requestId: string): string {
    const asked = this.#prepare<[string], Pick<Request, "paramsJson" | "bodyJson">>(
      `SELECT ${asText("params_json")} AS paramsJson, ${asText("body_json")} AS bodyJson FROM requests WHERE id = ?`,
    ).get(requestId);
    return asked === undefined ? "" : requestLabel(asked);
  }

  /** Adds what {@link response} found to be new. `row` has its new id. */
  addResponse(row: Response, originalId: string, metaJson: string | null): void {
    const { id, requestId, status, sequence, checksum, path, createdAt, sizeBytes } = row;
    this.#prepare<unknown[], never>(
      `INSERT INTO responses (id, request_id, status, sequence, checksum, path, created_at, size_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(id, requestId, status, sequence, checksum, path, createdAt, sizeBytes);
    if (metaJson !== null) {
      this.#prepare<unknown[], never>("INSERT INTO response_meta (response_id, meta_json) VALUES (?, ?)").run(
        id,
        metaJson,
      );
    }
    this.#note("responses", id, originalId);
  }

  /** The ids that it points to are those of this archive. */
  resolution(row: Resolution): Merged {
    const { id, sessionId, requestId, responseId, kind, errorJson, sentChecksum, policyJson, startedAt, endedAt } = row;
    const content = [sessionId, requestId, responseId, kind, startedAt] as const;
    const known = this.#firstSame([id, derivedId("resolution", id, ...content)], (one) => {
      const found = this.#prepare<[string], Resolution>(
        `SELECT session_id AS sessionId, request_id AS requestId, response_id AS responseId, kind, started_at AS startedAt
         FROM resolutions WHERE id = ?`,
      ).get(one);
      if (found === undefined) return "free";
      const has = [found.sessionId, found.requestId, found.responseId, found.kind, found.startedAt];
      return has.every((value, at) => value === content[at]) ? "same" : "other";
    });
    if (!known.added) return known;
    this.#prepare<unknown[], never>(
      `INSERT INTO resolutions (id, session_id, request_id, response_id, kind, error_json, sent_checksum, policy_json,
         started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(known.id, sessionId, requestId, responseId, kind, errorJson, sentChecksum, policyJson, startedAt, endedAt);
    this.#note("resolutions", known.id, id);
    return known;
  }

  #firstSame(ids: readonly string[], look: (id: string) => "free" | "same" | "other"): Merged {
    for (const id of ids) {
      const state = look(id);
      if (state !== "other") return { id, added: state === "free" };
    }
    // The id follows from all that was compared, so only someone who made it on purpose can have it.
    throw new Error(`The id ${ids.at(-1)} belongs to another row.`);
  }
}
