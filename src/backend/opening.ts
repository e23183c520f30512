/** Sources made ready for a session: as a file maps them, or by the adapter that a person chose. */
import {
  type Adapter,
  DataioError,
  HttpAdapter,
  LocalFileAdapter,
  type OpenedSource,
  parseJson,
  planningSource,
  Redactor,
  SseAdapter,
  WebSocketAdapter,
} from "@mxm/dataio";
import type { BackendContext } from "./context.ts";

/** Adapters that need no mapping: params say all that they need. */
export type PlainAdapter = "http" | "local-file" | "websocket" | "sse";

/** What a session of the source is opened with. @throws ADAPTER_UNKNOWN, TRUST_NEEDED, CONFIG_INVALID … */
export async function sourceFor(
  { mappings }: BackendContext,
  archiveId: string,
  source: string,
  adapter: PlainAdapter | "mapped",
): Promise<OpenedSource> {
  if (adapter !== "mapped") return { source, adapter: createAdapter(adapter), redact: new Redactor() };
  const mapping = await mappings.find(archiveId, source);
  if (mapping === undefined) throw notMapped(source);
  return await mappings.open(archiveId, source, mapping);
}

/** As `sourceFor`, but runs nothing and knows no secret: each is its own reference. */
export async function plannedSourceFor(
  { mappings }: BackendContext,
  archiveId: string,
  source: string,
  adapter: PlainAdapter | "mapped",
): Promise<Pick<OpenedSource, "adapter" | "redact">> {
  if (adapter !== "mapped") return { adapter: createAdapter(adapter), redact: new Redactor() };
  const mapping = await mappings.find(archiveId, source);
  if (mapping === undefined) throw notMapped(source);
  return await planningSource(source, mapping.settings, mapping.folder);
}

export function notMapped(source: string): DataioError {
  return new DataioError("ADAPTER_UNKNOWN", `No file maps "${source}" to an adapter.`, { details: { source } });
}

export function createAdapter(name: PlainAdapter): Adapter {
  switch (name) {
    case "http":
      return new HttpAdapter();
    case "local-file":
      return new LocalFileAdapter();
    case "websocket":
      return new WebSocketAdapter();
    case "sse":
      return new SseAdapter();
  }
}

/** Params as people write them are an object. @throws JSON_INVALID, PARAMS_INVALID */
export function requireObject(paramsJson: string): void {
  const params = parseJson(paramsJson);
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new DataioError("PARAMS_INVALID", "Params are a JSON object.");
  }
}
