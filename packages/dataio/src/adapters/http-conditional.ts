/**
 * The question whether an archived answer still holds, in HTTP (RFC 9110 section 13). It is put only to the very URL that
 * gave the validators, so that one resource's answer never stands in for another's. Nothing here touches the network.
 */

import { JsonNumber, type JsonObject, type JsonValue } from "../canonical-json.ts";
import type { HttpCall, HttpHeaders } from "./http-call.ts";

const CONDITIONS = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"];

/**
 * The fields to add to a call, by the transport facts of the archived answer; undefined when the question cannot be put:
 * there are no validators, they are another URL's, the call does not read, or it has conditions of its own.
 */
export function conditionalHeaders(call: HttpCall, metadata: JsonObject): HttpHeaders | undefined {
  const reads = call.method === "GET" || call.method === "HEAD";
  if (!reads || isConditional(call) || !isSameUrl(call.url, metadata.url)) return undefined;
  const fields = lowerCaseFields(metadata.headers);
  const etag = fields.get("etag");
  const lastModified = fields.get("last-modified");
  const conditions = new Map<string, string>();
  if (etag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(etag)) conditions.set("if-none-match", etag);
  if (lastModified !== undefined && isTelling(lastModified, fields.get("date"))) {
    conditions.set("if-modified-since", lastModified);
  }
  return conditions.size === 0 ? undefined : conditions;
}

/** True for a call that brings conditions of its own: its answer may be that nothing has changed. */
export function isConditional(call: HttpCall): boolean {
  return CONDITIONS.some((name) => call.headers.has(name));
}

/**
 * Last-Modified counts whole seconds. What was sent within the second of its modification may have changed once more in
 * that second, and no later question would tell (RFC 9110 section 8.8.2.2).
 */
function isTelling(lastModified: string, date: string | undefined): boolean {
  return Date.parse(date ?? "") - Date.parse(lastModified) >= 1000;
}

function isSameUrl(url: URL, text: JsonValue | undefined): boolean {
  return typeof text === "string" && URL.parse(text)?.href === url.href;
}

/** Fields with one value. Other writers keep names in other letters. */
function lowerCaseFields(headers: JsonValue | undefined): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (typeof headers !== "object" || headers === null || headers instanceof JsonNumber) return fields;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") fields.set(name.toLowerCase(), value);
  }
  return fields;
}
