/** The rows of another archive, which is opened for reading only. */
import { EntryReader } from "../export/entries.ts";
import { openContent, storedChunks, Unexportable } from "../export/payload-content.ts";
import { archiveLocation } from "../location.ts";
import type { Request, Resolution, Response, Session } from "../model.ts";
import { PayloadStore } from "../payloads.ts";
import { asText, REQUEST_COLUMNS, RESOLUTION_COLUMNS, RESPONSE_COLUMNS, SESSION_COLUMNS } from "../rows.ts";
import { SidecarStore } from "../sidecars.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";

const PAGE = 200;

/** All rows, table by table. @throws what opening an archive throws; CANCELLED */
export async function* archiveRows(
  path: string,
  take: TakePayload,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImportedRow, void, undefined> {
  const location = archiveLocation(path);
  using reader = await EntryReader.open(location, signal);
  const payloads = new PayloadStore(location.responsesDirectory);
  const sidecars = new SidecarStore(location.responsesDirectory);
  for await (const session of table<Session>(reader, "sessions", SESSION_COLUMNS("t"))) {
    yield { type: "session", session };
  }
  // A request whose hash another source has keeps it apart.
  const identity = reader.extended
    ? `(SELECT ${asText("i.hash")} FROM request_identities i WHERE i.request_id = t.id)`
    : "NULL";
  type Asked = Request & { identity: string | null };
  const columns = `${REQUEST_COLUMNS("t")}, ${identity} AS identity`;
  for await (const { identity: ownHash, ...request } of table<Asked>(reader, "requests", columns)) {
    yield { type: "request", request: { ...request, hash: request.hash ?? ownHash } };
  }
  const meta = reader.extended
    ? `(SELECT ${asText("m.meta_json")} FROM response_meta m WHERE m.response_id = t.id) AS metaJson`
    : "NULL AS metaJson";
  const facts = `${RESPONSE_COLUMNS("t")}, ${meta},
    (SELECT q.kind FROM requests q WHERE q.id = t.request_id) AS kind,
    (SELECT s.source FROM requests q JOIN sessions s ON s.id = q.session_id WHERE q.id = t.request_id) AS source`;
  type Row = Response & { metaJson: string | null; kind: string | null; source: string | null };
  for await (const { metaJson, kind, source, ...response } of table<Row>(reader, "responses", facts)) {
    try {
      const content = response.checksum === null ? null : openContent(payloads, response.checksum);
      const sidecar = content === null ? null : sidecars.readSync(content.checksum);
      yield {
        type: "response",
        response,
        kind: kind ?? "",
        source: source ?? "",
        metaJson,
        sidecar: sidecar?.state === "ok" ? sidecar.metadata : null,
        chunks: content === null ? null : () => storedChunks(payloads, content, signal),
      };
    } catch (error) {
      if (!(error instanceof Unexportable)) throw error;
      yield { type: "problem", problem: { item: response.id, code: error.code, message: error.message } };
    }
  }
  if (!reader.extended) return;
  for await (const resolution of table<Resolution>(reader, "resolutions", RESOLUTION_COLUMNS("t"))) {
    if (resolution.sentChecksum !== null) {
      try {
        await take(storedChunks(payloads, openContent(payloads, resolution.sentChecksum), signal));
      } catch (error) {
        if (!(error instanceof Unexportable)) throw error;
        yield { type: "problem", problem: { item: resolution.id, code: error.code, message: error.message } };
        continue;
      }
    }
    yield { type: "resolution", resolution };
  }
}

/** In the order in which they were written. */
async function* table<T>(
  reader: EntryReader,
  name: "sessions" | "requests" | "responses" | "resolutions",
  columns: string,
): AsyncGenerator<T, void, undefined> {
  const sql = `SELECT t.rowid AS pageKey, ${columns} FROM ${name} t WHERE t.rowid > @after ORDER BY t.rowid LIMIT ${PAGE}`;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await reader.all<T & { pageKey: number }>(sql, { after });
    for (const { pageKey, ...row } of page) {
      after = pageKey;
      yield row as T;
    }
    if (page.length < PAGE) return;
  }
}
