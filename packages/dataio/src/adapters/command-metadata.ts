/**
 * What a program says about its payload, and what was seen of the program, as the facts of a result. Nothing that it said
 * is dropped: what cannot be used is kept as text, with the reason.
 */

import { isUtf8 } from "node:buffer";
import { JsonNumber, type JsonObject, type JsonValue, parseJson } from "../canonical-json.ts";
import { isDataioError } from "../errors.ts";
import type { AdapterResultInit, HeaderMap } from "../model.ts";

/** The part of a result that metadata can say. */
export type DeclaredMetadata = Pick<
  AdapterResultInit,
  "contentType" | "encoding" | "transportStatus" | "url" | "elapsedMs" | "headers"
> & { readonly adapterMeta: Readonly<Record<string, JsonValue>> };

export type MetadataReading =
  /** The program said nothing. */
  | { readonly state: "none" }
  | { readonly state: "ok"; readonly declared: DeclaredMetadata }
  /** `problem` is for people, `text` what the program said. */
  | { readonly state: "invalid"; readonly problem: string; readonly text: string };

/**
 * Reads the sidecar's keys; null says nothing. A key that the sidecar does not know goes into `adapter_meta`.
 * @param data UTF-8; empty when the program said nothing
 * @param reserved keys of `adapter_meta` that a program may not set
 */
export function readMetadata(data: Buffer, reserved: readonly string[]): MetadataReading {
  const text = data.toString("utf8");
  const invalid = (problem: string) => ({ state: "invalid", problem, text }) as const;
  if (!isUtf8(data)) return invalid("The metadata are not UTF-8 text.");
  if (text.trim() === "") return { state: "none" };
  try {
    // The strict parser first: a sidecar with the NaN that Python writes is no JSON for others.
    JSON.parse(text);
    const metadata = parseJson(text);
    if (!isObject(metadata)) throw new MetadataProblem("are JSON, but not an object");
    return { state: "ok", declared: declaredIn(metadata, reserved) };
  } catch (error) {
    if (error instanceof MetadataProblem) return invalid(`The metadata ${error.message}.`);
    if (!(error instanceof SyntaxError) && !isDataioError(error, "JSON_INVALID")) throw error;
    return invalid(`The metadata are not JSON: ${error.message}.`);
  }
}

class MetadataProblem extends Error {}

function declaredIn(metadata: JsonObject, reserved: readonly string[]): DeclaredMetadata {
  const { content_type, encoding, transport_status, url, elapsed_ms, headers, adapter_meta, ...others } = metadata;
  if (adapter_meta !== undefined && adapter_meta !== null && !isObject(adapter_meta)) {
    throw new MetadataProblem('have an "adapter_meta" that is no object');
  }
  const own = adapter_meta ?? {};
  for (const key of [...Object.keys(own), ...Object.keys(others)]) {
    if (reserved.includes(key)) throw new MetadataProblem(`have "${key}", which is recorded by the adapter itself`);
    if (Object.hasOwn(own, key) && Object.hasOwn(others, key)) throw new MetadataProblem(`have "${key}" in two places`);
  }
  return {
    contentType: textIn("content_type", content_type),
    encoding: textIn("encoding", encoding),
    transportStatus: numberIn("transport_status", transport_status),
    url: textIn("url", url),
    elapsedMs: numberIn("elapsed_ms", elapsed_ms),
    headers: headersIn(headers),
    adapterMeta: { ...own, ...others },
  };
}

function textIn(key: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new MetadataProblem(`have a "${key}" that is no text`);
}

function numberIn(key: string, value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = value instanceof JsonNumber ? Number(value.text) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new MetadataProblem(`have a "${key}" that is no number`);
}

function headersIn(value: JsonValue | undefined): HeaderMap | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new MetadataProblem('have "headers" that are no object');
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, header] of Object.entries(value)) {
    const isList = Array.isArray(header) && header.every((item) => typeof item === "string");
    if (typeof header !== "string" && !isList) {
      throw new MetadataProblem(`have a header "${name}" that is neither a text nor a list of texts`);
    }
    headers[name] = header;
  }
  return headers;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
