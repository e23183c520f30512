/** How `dataio show` tells what it found: as JSON, and for people. */
import type { MetadataView, PayloadFacts, RowDetail, SessionSummary } from "../browse-model.ts";
import type { JsonObject } from "../canonical-json.ts";
import type { HashCheck } from "../identity.ts";
import type { FoundId } from "../listing.ts";
import type { Request, Response, Session } from "../model.ts";
import { requestJson, shortTime } from "./formats.ts";
import type { Output } from "./output.ts";
import { printable, printableLines } from "./printable.ts";
import { archivedJson, plainJson } from "./row-output.ts";
import { writeFacts, writeTable } from "./table.ts";

/** What an id stands for. `responses` are those of a request, a session or a payload, newest first. */
export interface Shown extends FoundId {
  readonly detail: RowDetail | null;
  readonly session: SessionSummary | null;
  readonly responses: readonly Response[];
  /** All of them, also those that are not listed. */
  readonly responseCount: number;
}

export function shownJson(shown: Shown): JsonObject {
  const { type, id, detail, session } = shown;
  const responses =
    type === "response" || type === "resolution"
      ? {}
      : { responseCount: shown.responseCount, responses: shown.responses.map(plainJson) };
  if (detail === null) return { type, id, session: nullable(session, plainJson), ...responses };
  const { row } = detail;
  return {
    type,
    id,
    orphan: row.orphan,
    sessionInferred: row.sessionInferred,
    requestInferred: row.requestInferred,
    response: nullable(detail.response, plainJson),
    request: nullable(detail.request, requestJson),
    session: nullable(detail.session, plainJson),
    resolution: nullable(detail.resolution, ({ errorJson, policyJson, ...rest }) => ({
      ...plainJson(rest),
      ...archivedJson("error", errorJson),
      ...archivedJson("policy", policyJson),
    })),
    hashCheck: nullable(detail.hashCheck, plainJson),
    payload: nullable(detail.payload, plainJson),
    metadata: metadataJson(detail.metadata),
    ...responses,
  };
}

function nullable<T>(value: T | null, json: (value: T) => JsonObject): JsonObject | null {
  return value === null ? null : json(value);
}

function metadataJson(metadata: MetadataView): JsonObject {
  const { origin } = metadata;
  switch (origin) {
    case "none":
      return { origin };
    case "response":
      return { origin, ...archivedJson("value", metadata.text) };
    case "sidecar": {
      const { owner } = metadata;
      return { origin, owner: owner === null ? null : { ...owner }, ...archivedJson("value", metadata.text) };
    }
    case "invalid":
      return { origin, reason: metadata.reason, text: metadata.text };
  }
}

/** @throws OutputClosed */
export async function writeShown(output: Output, shown: Shown): Promise<void> {
  const { detail } = shown;
  if (shown.session !== null) await writeSession(output, shown.session, false);
  if (detail !== null) {
    const { row, response, request, session, resolution } = detail;
    if (response !== null) {
      await writeFacts(output, `Response ${printable(response.id)}`, {
        status: response.status,
        created: response.createdAt,
        sequence: response.sequence,
        request: row.orphan ? `${response.requestId} (this row does not exist)` : response.requestId,
        source: row.source,
      });
    }
    if (resolution !== null) {
      await writeFacts(output, "Asked", {
        "came to": resolution.kind,
        from: resolution.startedAt,
        to: resolution.endedAt,
        policy: resolution.policyJson,
        sent: resolution.sentChecksum,
        failure: row.failure === null ? null : `${row.failure.code}: ${row.failure.message}`,
      });
    }
    if (detail.payload !== null) await writePayload(output, detail.payload);
    if (request !== null) await writeRequest(output, request, detail.hashCheck, row.requestInferred);
    if (session !== null) await writeSession(output, session, row.sessionInferred);
    await writeMetadata(output, detail.metadata);
  }
  if (shown.responses.length > 0) await writeResponses(output, shown);
}

async function writePayload(output: Output, payload: PayloadFacts): Promise<void> {
  const { state, actualChecksum, sizeBytes, recordedSizeBytes } = payload;
  const said = {
    ok: "intact: the bytes match the checksum",
    corrupt: `CORRUPT: the bytes hash to ${actualChecksum}`,
    missing: "MISSING: there is no file",
    unaddressable: "UNADDRESSABLE: the row has no usable checksum",
    unchecked: "not checked",
    none: "none",
  }[state];
  await writeFacts(output, "Payload", {
    checksum: payload.checksum,
    integrity: said,
    bytes: sizeBytes,
    "recorded bytes": recordedSizeBytes === sizeBytes ? null : recordedSizeBytes,
    "declared type": payload.declaredType,
    "recognised type": payload.sniffedType,
    name: payload.suggestedName,
  });
}

async function writeRequest(
  output: Output,
  request: Request,
  check: HashCheck | null,
  inferred: boolean,
): Promise<void> {
  await writeFacts(output, `Request ${printable(request.id)}${inferred ? " (inferred: it got the same bytes)" : ""}`, {
    kind: request.kind,
    method: request.method,
    created: request.createdAt,
    hash: request.hash,
    "hash check": check === null ? null : hashCheckText(check),
    params: request.paramsJson,
    body: request.bodyJson,
  });
}

function hashCheckText(check: HashCheck): string {
  switch (check.state) {
    case "match":
      return `matches, in the ${check.form} form${check.bucket === null ? "" : ` of ${check.bucket}`}`;
    case "mismatch":
      return `DOES NOT MATCH: expected ${check.expected}`;
    case "absent":
      return "the row has no hash";
    case "uncheckable":
      return `cannot be checked: ${check.reason}`;
  }
}

async function writeSession(output: Output, session: Session | SessionSummary, inferred: boolean): Promise<void> {
  const counts =
    "requestCount" in session
      ? {
          requests: session.requestCount,
          responses: session.responseCount,
          "inferred responses": session.inferredResponseCount,
          failed: session.failedCount,
          reused: session.reusedCount,
        }
      : {};
  await writeFacts(output, `Session ${printable(session.id)}${inferred ? " (inferred from the time)" : ""}`, {
    source: session.source,
    mode: session.mode,
    "as of": session.asOf,
    started: session.startedAt,
    ended: session.endedAt ?? "never",
    ...counts,
  });
}

async function writeMetadata(output: Output, metadata: MetadataView): Promise<void> {
  if (metadata.origin === "none") return;
  const title = {
    response: "Metadata of this response",
    sidecar: "Metadata of the first response with these bytes",
    invalid: "Metadata that cannot be used",
  }[metadata.origin];
  await output.line(output.bold(title));
  if (metadata.origin === "invalid") await output.line(`  ${printable(metadata.reason)}`);
  if (metadata.text !== null && metadata.text !== "") {
    await output.line(`  ${printableLines(metadata.text).replaceAll("\n", "\n  ")}`);
  }
}

async function writeResponses(output: Output, shown: Shown): Promise<void> {
  const { responses, responseCount } = shown;
  const count = responses.length < responseCount ? `the newest ${responses.length} of ${responseCount}` : responseCount;
  await output.line(output.bold(`Responses: ${count}`));
  await writeTable(
    output,
    [
      { title: "CREATED", value: (row: Response) => shortTime(row.createdAt) },
      { title: "ID", value: (row) => row.id },
      { title: "STATUS", value: (row) => row.status },
      { title: "BYTES", value: (row) => row.sizeBytes, align: "right" },
      { title: "CHECKSUM", value: (row) => row.checksum },
    ],
    responses,
  );
}
