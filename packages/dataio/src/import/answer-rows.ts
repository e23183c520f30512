/** The rows of answers that came in a file over HTTP: what they were where the file says it, else an exchange over HTTP. */
import { daysOf } from "../archived-hash.ts";
import { hashMarksOf } from "../cache-policy.ts";
import { canonicalJson, type JsonObject, parseJson } from "../canonical-json.ts";
import { checkRequestHash } from "../identity.ts";
import type { Request, Response, Session } from "../model.ts";
import { Redactor } from "../redaction.ts";
import { foreignRows, foreignSession, type Span } from "./foreign.ts";
import { derivedId } from "./merge.ts";
import type { OwnRecord } from "./own-record.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow } from "./rows.ts";
import { type WebExchange, webAnswer } from "./web-answer.ts";

/** A record that says which session and request a row was of. */
type PlacedRecord = OwnRecord & { readonly [K in "session" | "request"]: NonNullable<OwnRecord[K]> };

/** Whether the session of a row is on record; else it is of the one that stands for its file. */
export function saysItsPlace(record: OwnRecord | null): record is PlacedRecord {
  return record !== null && record.session !== null && record.request !== null;
}

/** Makes rows, each session and each request once. */
export class AnswerRows {
  readonly #source: string | undefined;
  readonly #name: string;
  readonly #span: () => Promise<Span | null>;
  /** Of answers that say of no session that they were of. */
  #own: Session | null = null;
  readonly #sessions = new Map<string, Session>();
  readonly #requests = new Set<string>();

  /**
   * @param name of the file; the source of what says none, unless `from` does
   * @param span of the answers that say of no session that they were of; asked for once there is one
   */
  constructor(from: ImportSource, name: string, span: () => Promise<Span | null>) {
    this.#source = from.source;
    this.#name = name;
    this.#span = span;
  }

  async *of(exchange: WebExchange, record: OwnRecord | null): AsyncGenerator<ImportedRow, void, undefined> {
    if (!saysItsPlace(record)) {
      yield* foreignRows(yield* this.#ownSession(exchange.time), webAnswer(exchange), record?.status);
      return;
    }
    const { request } = record;
    const session = yield* this.#recordedSession(record.session);
    const asked: Request = {
      ...request,
      // One that was only concluded is not the row that it resembles.
      id: record.requestInferred ? derivedId("inferred request", record.response, request.id) : request.id,
      hash: hashOf(record, request),
      sessionId: session.id,
    };
    const key = `${session.id} ${asked.id}`;
    if (!this.#requests.has(key)) {
      this.#requests.add(key);
      yield { type: "request", request: asked };
    }
    const { checksum, sizeBytes } = exchange;
    // A body that was decoded is another payload, of which the metadata do not speak.
    const isSame = record.checksum === checksum;
    const { metadata } = webAnswer(exchange);
    const facts = new Redactor().value((isSame ? metadataOf(record) : null) ?? metadata) as JsonObject;
    const isShared = isSame && record.metadataOf === "sidecar";
    const response: Response = {
      id: isSame ? record.response : derivedId("decoded response", record.response, checksum),
      requestId: asked.id,
      status: record.status,
      sequence: record.sequence,
      checksum,
      path: null,
      createdAt: record.time,
      sizeBytes,
    };
    yield {
      type: "response",
      response,
      kind: asked.kind,
      source: session.source,
      metaJson: isShared ? null : canonicalJson(facts, { ensureAscii: false }),
      sidecar: facts,
      chunks: null,
    };
    const { ask } = record;
    if (ask === null) return;
    yield {
      type: "resolution",
      resolution: {
        ...ask,
        id: isSame ? ask.id : derivedId("ask for a decoded response", ask.id, checksum),
        sessionId: session.id,
        requestId: asked.id,
        responseId: response.id,
        sentChecksum: null,
      },
    };
  }

  async *#ownSession(time: string): AsyncGenerator<ImportedRow, Session, undefined> {
    if (this.#own !== null) return this.#own;
    const span = (await this.#span()) ?? { startedAt: time, endedAt: time };
    this.#own = foreignSession(this.#source ?? this.#name, this.#name, span);
    yield { type: "session", session: this.#own };
    return this.#own;
  }

  /** Under another source it is another session. */
  *#recordedSession(recorded: Session): Generator<ImportedRow, Session, undefined> {
    const known = this.#sessions.get(recorded.id);
    if (known !== undefined) return known;
    const source = this.#source ?? recorded.source;
    const id =
      source === recorded.source ? recorded.id : derivedId("session under another source", recorded.id, source);
    const session = { ...recorded, id, source };
    this.#sessions.set(recorded.id, session);
    yield { type: "session", session };
    return session;
  }
}

/** Whose params were changed, or only concluded, has none; and one that does not follow from the request would find what was not asked. */
function hashOf(
  { session, time, requestInferred, redacted, ask }: OwnRecord,
  request: Omit<Request, "sessionId">,
): string | null {
  if (requestInferred || redacted) return null;
  const days = daysOf([session?.asOf, session?.startedAt, request.createdAt, time]);
  const marks = hashMarksOf(ask?.policyJson ?? null);
  return checkRequestHash(request, days, marks === null ? [] : [marks]).state === "match" ? request.hash : null;
}

function metadataOf({ metadata }: OwnRecord): JsonObject | null {
  if (metadata === null) return null;
  try {
    const value = parseJson(metadata);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}
