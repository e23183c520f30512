/**
 * Which adapter answers for a source. Without a configured mapping the params decide: a `url` is fetched over HTTP, a
 * `path` is read from this machine.
 */
import { type Adapter, DataioError, HttpAdapter, LocalFileAdapter, parseJson, type Request } from "@mxm/dataio";

export type AdapterName = "http" | "local-file";

export function createAdapter(name: AdapterName): Adapter {
  switch (name) {
    case "http":
      return new HttpAdapter();
    case "local-file":
      return new LocalFileAdapter();
  }
}

/**
 * The adapter that fits an archived request.
 * @throws CAPABILITY_MISSING for a method that does more than ask; ADAPTER_UNKNOWN, JSON_INVALID when its params do not say
 */
export function proposeAdapter(request: Pick<Request, "kind" | "method" | "paramsJson">): AdapterName {
  if (request.method !== "GET" && request.method !== "POST") {
    throw new DataioError(
      "CAPABILITY_MISSING",
      `"${request.kind}" is a ${request.method} request; only GET and POST are fetched again from here.`,
    );
  }
  const params = request.paramsJson === null ? null : parseJson(request.paramsJson);
  if (typeof params === "object" && params !== null) {
    if (typeof Reflect.get(params, "url") === "string") return "http";
    if (typeof Reflect.get(params, "path") === "string") return "local-file";
  }
  throw new DataioError(
    "ADAPTER_UNKNOWN",
    `The params of "${request.kind}" name neither a url nor a path, so no adapter here can fetch it.`,
  );
}
