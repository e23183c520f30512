/** What a fetch would ask, without asking: its hash and its URL. Nothing is written, and nothing goes out. */
import { type Adapter, adapterRequest } from "../adapters/adapter.ts";
import { HttpAdapter } from "../adapters/http.ts";
import { Redactor } from "../redaction.ts";
import type { RequestDefaults, RequestInit } from "../session-options.ts";
import { issueRequest } from "../session-request.ts";
import { type OpenedSource, openSource } from "./open-source.ts";
import type { SourceSettings } from "./source-settings.ts";

/** What a request would be. */
export interface PlannedRequest {
  readonly hash: string;
  /** Where it would go, without secrets; null where the adapter has no URLs. */
  readonly url: string | null;
}

/**
 * A mapped source as far as plans need it. Nothing of it runs and no secret is asked for: each is its own reference.
 * @param folder what paths are relative to
 * @throws PARAMS_INVALID; whoever opened it closes the adapter
 */
export async function planningSource(
  source: string,
  settings: SourceSettings,
  folder: string,
): Promise<Pick<OpenedSource, "adapter" | "redact">> {
  if (settings.adapter !== "http") return { adapter: {}, redact: new Redactor() };
  return await openSource(source, settings, { folder, secrets: (name) => `\${secret:${name}}` });
}

/**
 * What a request would be.
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
