/** How sessions, requests and responses are written, as rows. */
import type { SessionSummary } from "../browse-model.ts";
import type { JsonObject } from "../canonical-json.ts";
import type { ListedRequest, ListedResponse } from "../listing.ts";
import type { Request } from "../model.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import { archivedJson, plainJson, type RowFormat } from "./row-output.ts";

/** A timestamp for people, in UTC to the second; a text that is none as it is. */
export function shortTime(text: string): string {
  const moment = parseTimestamp(text)?.epochMicros;
  if (moment === undefined) return text;
  try {
    return `${formatTimestamp(moment).slice(0, 19).replace("T", " ")}Z`;
  } catch {
    return text;
  }
}

/** Said of what no row says but other rows suggest; in front, so that it is read also where the cell is cut. */
export const inferred = (text: string | null, isInferred: boolean) =>
  text !== null && isInferred ? `(inferred) ${text}` : text;

export const SESSION_FORMAT: RowFormat<SessionSummary> = {
  columns: [
    { title: "STARTED", value: (row) => shortTime(row.startedAt) },
    { title: "ENDED", value: (row) => (row.endedAt === null ? null : shortTime(row.endedAt)) },
    { title: "ID", value: (row) => row.id },
    { title: "MODE", value: (row) => row.mode, cuttable: true },
    { title: "REQUESTS", value: (row) => row.requestCount, align: "right" },
    { title: "RESPONSES", value: (row) => row.responseCount + row.inferredResponseCount, align: "right" },
    { title: "FAILED", value: (row) => row.failedCount, align: "right" },
    { title: "REUSED", value: (row) => row.reusedCount, align: "right" },
    { title: "SOURCE", value: (row) => row.source, cuttable: true },
  ],
  json: plainJson,
};

export const REQUEST_FORMAT: RowFormat<ListedRequest> = {
  columns: [
    { title: "CREATED", value: (row) => shortTime(row.createdAt) },
    { title: "ID", value: (row) => row.id },
    { title: "SOURCE", value: (row) => row.source, cuttable: true },
    { title: "METHOD", value: (row) => row.method, cuttable: true },
    { title: "KIND", value: (row) => row.kind, cuttable: true },
    { title: "RESPONSES", value: (row) => row.responseCount, align: "right" },
    { title: "LATEST", value: (row) => row.latestStatus, cuttable: true },
    { title: "PARAMS", value: (row) => row.paramsJson, cuttable: true },
  ],
  json: requestJson,
};

export const RESPONSE_FORMAT: RowFormat<ListedResponse> = {
  columns: [
    { title: "CREATED", value: (row) => shortTime(row.createdAt) },
    { title: "ID", value: (row) => row.id },
    { title: "SOURCE", value: (row) => inferred(row.source, row.sessionInferred), cuttable: true },
    { title: "METHOD", value: (row) => row.method, cuttable: true },
    { title: "STATUS", value: (row) => row.status, cuttable: true },
    { title: "BYTES", value: (row) => row.sizeBytes, align: "right" },
    { title: "KIND", value: (row) => inferred(row.kind, row.requestInferred), cuttable: true },
  ],
  json: plainJson,
};

/** A request with its params and body as the JSON that they are. */
export function requestJson(row: Request): JsonObject {
  const { paramsJson, bodyJson, ...rest } = row;
  return { ...plainJson(rest), ...archivedJson("params", paramsJson), ...archivedJson("body", bodyJson) };
}
