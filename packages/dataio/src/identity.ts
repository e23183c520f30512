/**
 * The identity of a request and of a payload, as text that both implementations compute alike.
 *
 *     request hash = sha256("<kind>:RequestMethod.<METHOD>:<canonical JSON of {"body", "params"}>")
 *     checksum     = sha256(payload bytes)
 *
 * Source of the formulas: mxm-dataio 0.1 to 0.3; see docs/archive-format.md.
 */

import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue, parseJson } from "./canonical-json.ts";
import { DataioError, isDataioError } from "./errors.ts";
import type { Request } from "./model.ts";

/** What a request hash is computed on. An absent bucket or tag is the same as null. */
export interface RequestIdentity {
  readonly kind: string;
  /** The method's word, such as `GET`. */
  readonly method: string;
  readonly params: JsonValue;
  readonly body: JsonValue;
  /** The day (YYYY-MM-DD) that the answer belongs to, when the identity is to change with it. */
  readonly asOfBucket?: string | null;
  readonly cacheTag?: string | null;
}

/**
 * Which writer's formula a hash follows: mxm-dataio up to 0.2; 0.3, where bucket and tag are hashed even when they are
 * null; 0.3 with a bucket; 0.2 under Python 3.10, where the method is written without `RequestMethod.`.
 */
export type HashForm = "0.2" | "0.3" | "0.3-bucket" | "python-3.10";

/** A bucket and a tag that a hash may have been computed with. */
export type HashMarks = Required<Pick<RequestIdentity, "asOfBucket" | "cacheTag">>;

/** What became of comparing an archived hash with its row. */
export type HashCheck =
  /** `tag` is there only when a cache tag is part of the hash. */
  | { readonly state: "match"; readonly form: HashForm; readonly bucket: string | null; readonly tag?: string }
  /** `expected` is the hash in the 0.2 form. */
  | { readonly state: "mismatch"; readonly expected: string }
  /** The row has no hash; `expected` is null when none can be computed. */
  | { readonly state: "absent"; readonly expected: string | null }
  | { readonly state: "uncheckable"; readonly reason: string };

/**
 * Lower-case hex SHA-256 of bytes, or of a text's UTF-8 form.
 *
 * @throws DataioError JSON_INVALID for a text with a lone surrogate: it has no UTF-8 form (Python raises as well).
 */
export function sha256Hex(data: Uint8Array | string): string {
  if (typeof data === "string" && !data.isWellFormed()) {
    throw new DataioError("JSON_INVALID", "A text with a lone surrogate has no UTF-8 form, and so no hash");
  }
  return createHash("sha256").update(data).digest("hex");
}

/** True for 64 lower-case hex digits: the only texts that may name a payload. */
export function isChecksum(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

/**
 * The hash that we write: the 0.2 form, or the 0.3 form when the identity has a bucket or a tag.
 *
 * @throws DataioError JSON_INVALID when params or body have no JSON form, or a kind or method has no UTF-8 form.
 */
export function requestHash(identity: RequestIdentity): string {
  const extended = (identity.asOfBucket ?? null) !== null || (identity.cacheTag ?? null) !== null;
  return requestHashInForm(identity, extended ? "0.3" : "0.2");
}

/**
 * The hash in a given writer's form. Form 0.3 takes the identity's bucket and tag in, null or not; the others ignore
 * them.
 *
 * @throws DataioError JSON_INVALID as {@link requestHash} does.
 */
export function requestHashInForm(identity: RequestIdentity, form: Exclude<HashForm, "0.3-bucket">): string {
  const { kind, method, asOfBucket, cacheTag } = identity;
  const call = { kind, method, params: canonicalJson(identity.params), body: canonicalJson(identity.body) };
  return sha256Hex(form === "0.3" ? preimage030(call, asOfBucket, cacheTag) : preimage020(call, form));
}

/**
 * Compares a row's hash with its fields, trying the forms in turn: 0.2, 0.3 without a bucket, 0.3 with each of
 * the `recorded` buckets and tags (of asks by this library; see `hashMarksOf`), 0.3 with each of `buckets` (days such as
 * 2025-10-22, for Python's 0.3 stored its bucket nowhere), Python 3.10. Cache tags cannot be guessed, so a row that
 * Python wrote with one is a mismatch.
 *
 * Each form is tried on the columns' canonical JSON and, where they differ, on the columns' very text: Python sorts
 * integer keys as integers before it writes them as strings.
 */
export function checkRequestHash(
  request: Pick<Request, "kind" | "method" | "paramsJson" | "bodyJson" | "hash">,
  buckets: readonly string[] = [],
  recorded: readonly HashMarks[] = [],
): HashCheck {
  const { kind, method, hash } = request;
  try {
    const stored = { kind, method, params: request.paramsJson ?? "null", body: request.bodyJson ?? "null" };
    const canonical = { ...stored, params: recanonicalised(stored, "params"), body: recanonicalised(stored, "body") };
    const expected = sha256Hex(preimage020(canonical, "0.2"));
    if (hash === null) return { state: "absent", expected };

    const verbatim = canonical.params !== stored.params || canonical.body !== stored.body;
    const calls = verbatim ? [canonical, stored] : [canonical];
    const follows = (preimage: (call: Call) => string) => calls.some((call) => sha256Hex(preimage(call)) === hash);
    if (follows((call) => preimage020(call, "0.2"))) return { state: "match", form: "0.2", bucket: null };
    if (follows((call) => preimage030(call, null, null))) return { state: "match", form: "0.3", bucket: null };
    for (const { asOfBucket, cacheTag } of recorded) {
      if (!follows((call) => preimage030(call, asOfBucket, cacheTag))) continue;
      const form = asOfBucket === null ? "0.3" : "0.3-bucket";
      return { state: "match", form, bucket: asOfBucket, ...(cacheTag === null ? {} : { tag: cacheTag }) };
    }
    for (const bucket of buckets) {
      if (follows((call) => preimage030(call, bucket, null))) return { state: "match", form: "0.3-bucket", bucket };
    }
    if (follows((call) => preimage020(call, "python-3.10"))) {
      return { state: "match", form: "python-3.10", bucket: null };
    }
    return { state: "mismatch", expected };
  } catch (error) {
    if (!isDataioError(error, "JSON_INVALID")) throw error;
    return hash === null ? { state: "absent", expected: null } : { state: "uncheckable", reason: error.message };
  }
}

/** A call with its params and body as JSON text. */
interface Call {
  readonly kind: string;
  readonly method: string;
  readonly params: string;
  readonly body: string;
}

function preimage020(call: Call, form: "0.2" | "python-3.10"): string {
  const method = form === "0.2" ? `RequestMethod.${call.method}` : call.method;
  return `${call.kind}:${method}:{"body":${call.body},"params":${call.params}}`;
}

function preimage030(call: Call, bucket: string | null | undefined, tag: string | null | undefined): string {
  const asOf = canonicalJson(bucket ?? null);
  const cacheTag = canonicalJson(tag ?? null);
  const json = `{"as_of_bucket":${asOf},"body":${call.body},"cache_tag":${cacheTag},"params":${call.params}}`;
  return `${call.kind}:RequestMethod.${call.method}:${json}`;
}

function recanonicalised(call: Call, column: "params" | "body"): string {
  try {
    return canonicalJson(parseJson(call[column]));
  } catch (error) {
    if (!isDataioError(error)) throw error;
    throw new DataioError(error.code, `${column}_json: ${error.message}`, { details: error.details, cause: error });
  }
}
