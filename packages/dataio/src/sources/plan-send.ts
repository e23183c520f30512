/** What a send would put on the wire, without sending: for a person who is asked. Nothing is written, and nothing goes out. */
import { type Adapter, adapterRequest } from "../adapters/adapter.ts";
import { HttpAdapter } from "../adapters/http.ts";
import { JsonNumber } from "../canonical-json.ts";
import { CREDENTIAL_HEADERS, REDACTED, type Redactor } from "../redaction.ts";
import type { RequestInit } from "../session-options.ts";
import { issueRequest } from "../session-request.ts";

/** A header field as it would be sent. */
export interface PlannedHeader {
  readonly name: string;
  /** Null for a credential. */
  readonly value: string | null;
}

/** What would be sent, as far as the adapter can say. */
export interface PlannedSend {
  /** Null where the adapter is no HTTP. */
  readonly http: {
    readonly method: string;
    /** Without secrets. */
    readonly url: string;
    readonly headers: readonly PlannedHeader[];
    readonly timeoutMs: number;
  } | null;
  /** Names of credential fields in the params: what params say is archived with the request. */
  readonly archivedCredentials: readonly string[];
}

/**
 * @param by an adapter that knows no secrets, but the references in their place; they are shown
 * @throws JSON_INVALID, PARAMS_INVALID (also for params that the adapter cannot use)
 */
export function planSend(
  init: RequestInit,
  payload: Uint8Array,
  by: { readonly adapter: Adapter; readonly redact: Redactor },
): PlannedSend {
  const request = adapterRequest(issueRequest(init, {}, { sessionId: "", createdAt: "" }));
  const archivedCredentials = credentialsIn(request.params);
  if (!(by.adapter instanceof HttpAdapter)) return { http: null, archivedCredentials };
  const call = by.adapter.sendCallOf(request, payload);
  // The connection's own fields among those of the call, as they go over the wire.
  const fields = new Map<string, string | readonly string[]>([
    ["host", call.url.host],
    ["connection", "keep-alive"],
    ...call.headers,
    ["content-length", String(payload.byteLength)],
  ]);
  return {
    http: {
      method: call.method,
      url: by.redact.text(call.url.href),
      headers: [...fields].flatMap(([name, values]) => [values].flat().map((value) => shown(name, value, by.redact))),
      timeoutMs: call.timeoutMs,
    },
    archivedCredentials,
  };
}

/** A credential is shown only as the secret that it refers to. */
function shown(name: string, value: string, redact: Redactor): PlannedHeader {
  const clean = redact.value({ [name]: value });
  const kept: unknown = typeof clean === "object" && clean !== null ? Reflect.get(clean, name) : undefined;
  if (typeof kept === "string" && kept !== REDACTED) return { name, value: kept };
  const reference = /^(\w+ )?\$\{secret:[^}]*\}$/.exec(value);
  return { name, value: reference?.[0] ?? null };
}

function credentialsIn(params: unknown): string[] {
  const headers: unknown = isObject(params) ? Reflect.get(params, "headers") : undefined;
  return isObject(headers)
    ? Object.keys(headers).filter((name) => CREDENTIAL_HEADERS.includes(name.toLowerCase()))
    : [];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
