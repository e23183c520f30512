/** Requests as a session issues them: from values, from JSON text, or from an archived row. */

import { canonicalJson, type JsonValue, parseJson } from "./canonical-json.ts";
import { DataioError } from "./errors.ts";
import { requestHash, requestHashInForm } from "./identity.ts";
import { newId } from "./ids.ts";
import type { IssuedRequest, RequestDefaults, RequestInit } from "./session-options.ts";

/** Where and when a request is issued. */
export interface Issue {
  readonly sessionId: string;
  /** Timestamp text. */
  readonly createdAt: string;
}

/** @throws JSON_INVALID, PARAMS_INVALID; see `DataIoSession.request` */
export function issueRequest(init: RequestInit, defaults: RequestDefaults, issue: Issue): IssuedRequest {
  const { kind, method = "GET" } = init;
  const params = jsonValueOf(init.params, init.paramsJson) ?? {};
  const body = jsonValueOf(init.body, init.bodyJson);
  const asOfBucket = (init.asOfBucket === undefined ? defaults.asOfBucket : init.asOfBucket) ?? null;
  const cacheTag = (init.cacheTag === undefined ? defaults.cacheTag : init.cacheTag) ?? null;
  const identity = { kind, method, params, body, asOfBucket, cacheTag };
  const in030 = (init.hashForm ?? defaults.hashForm) === "0.3";
  return {
    id: newId(),
    sessionId: issue.sessionId,
    kind,
    method,
    paramsJson: canonicalJson(params),
    bodyJson: body === null ? null : canonicalJson(body),
    hash: in030 ? requestHashInForm(identity, "0.3") : requestHash(identity),
    createdAt: issue.createdAt,
    asOfBucket,
    cacheTag,
  };
}

/** @throws JSON_INVALID; see `DataIoSession.requestAgain` */
export function reissueRequest(archived: IssuedRequest, issue: Issue): IssuedRequest {
  const { kind, method, paramsJson, bodyJson, asOfBucket = null, cacheTag = null } = archived;
  const params = paramsJson === null ? null : parseJson(paramsJson);
  const body = bodyJson === null ? null : parseJson(bodyJson);
  return {
    ...archived,
    id: newId(),
    sessionId: issue.sessionId,
    hash: archived.hash ?? requestHash({ kind, method, params, body, asOfBucket, cacheTag }),
    createdAt: issue.createdAt,
  };
}

function jsonValueOf(value: JsonValue | undefined, text: string | undefined): JsonValue {
  if (value !== undefined && text !== undefined) {
    throw new DataioError("PARAMS_INVALID", "Give a value or its JSON text, not both.");
  }
  return text === undefined ? (value ?? null) : parseJson(text);
}
