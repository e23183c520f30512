/** What a fetch would ask, without asking: its hash and its URL. Nothing is written, and nothing goes out. */
import { type Adapter, adapterRequest } from "../adapters/adapter.ts";
import { HttpAdapter } from "../adapters/http.ts";
import type { Redactor } from "../redaction.ts";
import type { RequestDefaults, RequestInit } from "../session-options.ts";
import { issueRequest } from "../session-request.ts";

/** What a request would be. */
export interface PlannedRequest {
  readonly hash: string;
  /** Where it would go, without secrets; null where the adapter has no URLs. */
  readonly url: string | null;
}

/**
 * @throws JSON_INVALID, PARAMS_INVALID (also for params that the adapter cannot use)
 */
export function planRequest(
  init: RequestInit,
  defaults: RequestDefaults,
  by: { readonly adapter: Adapter; readonly redact: Redactor },
): PlannedRequest {
  const request = issueRequest(init, defaults, { sessionId: "", createdAt: "" });
  const url = by.adapter instanceof HttpAdapter ? by.redact.text(by.adapter.urlOf(adapterRequest(request))) : null;
  return { hash: request.hash ?? "", url };
}
