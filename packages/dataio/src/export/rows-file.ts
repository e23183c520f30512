/** Rows as lines of a text file: JSON for programs, CSV for spreadsheets. */
import { canonicalJson, type JsonValue, parseJson } from "../canonical-json.ts";
import type { SidecarStore } from "../sidecars.ts";
import type { ExportEntry } from "./entries.ts";
import { metadataOf } from "./metadata.ts";
import type { ExportTarget } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

/** The columns, in the order of a CSV. */
const COLUMNS = [
  "type",
  "id",
  "time",
  "source",
  "session",
  "kind",
  "method",
  "status",
  "sequence",
  "request",
  "response",
  "params",
  "body",
  "checksum",
  "sizeBytes",
  "contentType",
  "transportStatus",
  "durationMs",
  "url",
  "metadataOf",
  "orphan",
  "sessionInferred",
  "requestInferred",
  "error",
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string | number | boolean | null>>;
/** Their texts are JSON. */
const JSON_COLUMNS: readonly string[] = ["params", "body", "error"];

/** Writes rows as NDJSON or CSV. Make one with {@link RowsFile.create}. */
export class RowsFile implements ExportSink {
  readonly #file: TextFile;
  readonly #sidecars: SidecarStore;
  readonly #line: (row: Row) => string;

  private constructor(file: TextFile, sidecars: SidecarStore, line: (row: Row) => string) {
    this.#file = file;
    this.#sidecars = sidecars;
    this.#line = line;
  }

  /** @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(
    target: ExportTarget & { readonly type: "ndjson" | "csv" },
    sidecars: SidecarStore,
  ): Promise<RowsFile> {
    const file = await TextFile.create(target.path, target.existing ?? "refuse");
    if (target.type === "ndjson") return new RowsFile(file, sidecars, jsonLine);
    const guarded = target.formulas !== true;
    await file.write(`${COLUMNS.join(",")}\r\n`);
    return new RowsFile(file, sidecars, (row) => csvLine(row, guarded));
  }

  async add(entry: ExportEntry): Promise<Written> {
    const metadata = metadataOf(this.#sidecars, entry);
    const { session, request } = entry;
    await this.#file.write(
      this.#line({
        type: entry.ref?.type ?? "payload",
        id: entry.ref?.id ?? null,
        time: entry.time,
        source: session?.source ?? null,
        session: session?.id ?? null,
        kind: request?.kind ?? null,
        method: request?.method ?? null,
        status: entry.status,
        sequence: entry.sequence,
        request: request?.id ?? null,
        response: entry.responseId,
        params: request?.paramsJson ?? null,
        body: request?.bodyJson ?? null,
        checksum: entry.checksum,
        sizeBytes: entry.recordedSize,
        contentType: metadata.mediaType,
        transportStatus: metadata.transportStatus,
        durationMs: metadata.elapsedMs,
        url: metadata.url,
        metadataOf: metadata.origin,
        orphan: entry.orphan,
        sessionInferred: entry.sessionInferred,
        requestInferred: entry.requestInferred,
        error: entry.errorJson,
      }),
    );
    return { name: null, bytes: 0 };
  }

  async finish(): Promise<void> {
    await this.#file.finish();
  }

  async discard(): Promise<void> {
    this.#file.discard();
  }
}

function jsonLine(row: Row): string {
  const members = COLUMNS.map((name) => {
    const value = row[name];
    if (value === null || !JSON_COLUMNS.includes(name)) return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    const json = strictJson(String(value));
    // Python also writes NaN, which is no JSON: then the text as it is, under a name of its own.
    return json === null
      ? `${JSON.stringify(name)}:null,${JSON.stringify(`${name}Text`)}:${JSON.stringify(value)}`
      : `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join(",")}}\n`;
}

/** The same JSON in one line, numbers with all their digits; null for a text that is none. */
function strictJson(text: string): string | null {
  try {
    JSON.parse(text);
    const value: JsonValue = parseJson(text);
    return canonicalJson(value, { ensureAscii: false });
  } catch {
    return null;
  }
}

function csvLine(row: Row, guarded: boolean): string {
  return `${COLUMNS.map((name) => csvCell(row[name], guarded)).join(",")}\r\n`;
}

/**
 * A cell by RFC 4180. A text that a spreadsheet would take for a formula is made text by an apostrophe before it, as OWASP
 * advises; numbers stay numbers.
 */
export function csvCell(value: string | number | boolean | null, guarded: boolean): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = guarded && /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
