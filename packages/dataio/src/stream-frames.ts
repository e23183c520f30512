/**
 * The frames of one subscription as they stand in the archive, any part of them. Rows of a request are found in the order
 * in which they were written, which for a stream is the order in which they came.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { JsonNumber } from "./canonical-json.ts";
import type { ReadConnection } from "./database.ts";
import { metadataObject, objectOf } from "./file-facts.ts";
import { isChecksum } from "./identity.ts";
import type { PayloadStore } from "./payloads.ts";
import { asKnownText, asNumber, asText } from "./rows.ts";

/** One row of a subscription: an opening, a message, a closing. */
export interface StreamFrame {
  /** Id of the response. */
  readonly id: string;
  /** `stream_message`, `stream_open`, `stream_closed`, or what the streamer said instead. */
  readonly status: string;
  /** Number of the message, from 0; null for an opening or closing. */
  readonly sequence: number | null;
  /** Timestamp text. */
  readonly createdAt: string;
  readonly sizeBytes: number | null;
  readonly checksum: string | null;
  /** The beginning of the payload: as text, or as hexadecimal where it is none. Null where there are no bytes to read. */
  readonly head: { readonly form: "text" | "hex"; readonly text: string } | null;
  /** What the adapter said of it, as far as it is short: the name of an event, why it was closed. */
  readonly said: Readonly<Record<string, string | number | boolean>>;
}

/** Which frames are wanted. */
export interface StreamFrameQuery {
  readonly requestId: string;
  /** A frame to count from, so that those before it need not be passed; null: the first. */
  readonly from: string | null;
  /** Frames that are left out from there. */
  readonly skip: number;
  readonly limit: number;
}

/** What a list shows of a payload, in bytes. */
const HEAD_BYTES = 240;
const HEX_BYTES = 48;
const SAID_LENGTH = 500;

interface FrameRow extends Omit<StreamFrame, "head" | "said"> {
  readonly metaJson: string | null;
}

/** The SQL of {@link readFrames}; a test asserts that it passes no other rows than those of the request. */
export function framesSql(extended: boolean): string {
  const [meta, join] = extended ? ["m.meta_json", "LEFT JOIN response_meta m ON m.response_id = r.id"] : ["NULL", ""];
  return `SELECT ${asKnownText("r.id")} AS id, ${asKnownText("r.status")} AS status, ${asNumber("r.sequence")} AS sequence,
      ${asKnownText("r.created_at")} AS createdAt, ${asNumber("r.size_bytes")} AS sizeBytes, ${asText("r.checksum")} AS checksum,
      ${meta} AS metaJson
    FROM responses r ${join}
    WHERE r.request_id = @requestId AND r.rowid >= COALESCE((SELECT rowid FROM responses WHERE id = @from), 0)
    ORDER BY r.rowid LIMIT @limit OFFSET @skip`;
}

/** Frames in the order in which they came. For a thread that may wait for the disk. */
export function readFrames(
  connection: ReadConnection,
  payloads: PayloadStore,
  query: StreamFrameQuery,
): readonly StreamFrame[] {
  const rows = connection.prepare<[StreamFrameQuery], FrameRow>(framesSql(connection.isExtended())).all({ ...query });
  return rows.map(({ metaJson, ...row }) => ({
    ...row,
    head: headOf(payloads, row.checksum),
    said: saidIn(metaJson),
  }));
}

function headOf(payloads: PayloadStore, checksum: string | null): StreamFrame["head"] {
  if (!isChecksum(checksum)) return null;
  // Only what is a file is opened: a pipe would wait for a writer.
  if (payloads.statSync(checksum).state === "missing") return null;
  const bytes = Buffer.alloc(HEAD_BYTES);
  let file: number;
  try {
    file = openSync(payloads.pathOf(checksum), "r");
  } catch {
    return null;
  }
  try {
    const read = bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    const text = decoded(read);
    return text === null
      ? { form: "hex", text: read.subarray(0, HEX_BYTES).toString("hex").replaceAll(/../g, "$& ").trim() }
      : { form: "text", text };
  } finally {
    closeSync(file);
  }
}

/** Null for what is no UTF-8; a character that is cut at the end is left out. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

/** Members of `adapter_meta` that are plain values, the URL, and the message of an error. */
function saidIn(metaJson: string | null): StreamFrame["said"] {
  const said: Record<string, string | number | boolean> = {};
  const meta = metadataObject(metaJson);
  const adapterMeta = objectOf(meta?.adapter_meta);
  for (const [key, value] of [["url", meta?.url] as const, ...Object.entries(adapterMeta ?? {})]) {
    const shown = key === "error" ? objectOf(value)?.message : value;
    if (typeof shown === "string") said[key] = shown.slice(0, SAID_LENGTH);
    else if (shown instanceof JsonNumber) said[key] = Number(shown.text);
    else if (typeof shown === "number" || typeof shown === "boolean") said[key] = shown;
  }
  return said;
}
