/** A request from the words of another tool: a URL, a curl command, an entry of a HAR file. */
import { type CurlCall, parseCurl } from "./curl-command.ts";
import type { RequestDraft } from "./draft.ts";

export interface PastedRequest {
  readonly request: Pick<RequestDraft, "method" | "paramsJson" | "bodyJson">;
  /** Names of header fields that were left out: what params say is archived, and these are credentials. */
  readonly leftOut: readonly string[];
}

const CREDENTIALS =
  /^(authorization|proxy-authorization|cookie|x-api-key|api-key|x-auth-token|x-access-token|x-amz-security-token|x-csrf-token|x-xsrf-token)$/;
/** What the connection or the adapter says itself. */
const OF_THE_CONNECTION = /^(host|connection|content-length|accept-encoding|:.*)$/;

/** @throws Error that says what cannot be read */
export function parsePasted(text: string): PastedRequest {
  const trimmed = text.trim();
  if (/^curl\s/.test(trimmed)) return taken(parseCurl(trimmed));
  if (trimmed.startsWith("{")) return taken(harCall(JSON.parse(trimmed)));
  if (/^https?:\/\/\S+$/i.test(trimmed) && URL.canParse(trimmed)) {
    return taken({ url: trimmed, method: null, headers: [], data: null });
  }
  throw new Error("This is no URL, no curl command and no entry of a HAR file.");
}

/** Of an entry, or of a whole file with a single one. */
function harCall(value: unknown): CurlCall {
  const entries = memberOf(memberOf(value, "log"), "entries");
  if (Array.isArray(entries) && entries.length !== 1) throw new Error("Paste one entry of the HAR file.");
  const entry: unknown = Array.isArray(entries) ? entries[0] : value;
  const request = memberOf(entry, "request") ?? entry;
  const [url, method, fields] = [memberOf(request, "url"), memberOf(request, "method"), memberOf(request, "headers")];
  if (typeof url !== "string") throw new Error("The entry has no request with a url.");
  const headers = (Array.isArray(fields) ? fields : []).flatMap((field: unknown): [string, string][] => {
    const [name, text] = [memberOf(field, "name"), memberOf(field, "value")];
    return typeof name === "string" && typeof text === "string" ? [[name, text]] : [];
  });
  const data = memberOf(memberOf(request, "postData"), "text");
  return {
    url,
    method: typeof method === "string" ? method : null,
    headers,
    data: typeof data === "string" ? data : null,
  };
}

function taken({ url, method, headers, data }: CurlCall): PastedRequest {
  const verb = method ?? "GET";
  const own = headers.filter(([name]) => !OF_THE_CONNECTION.test(name.toLowerCase()));
  const [left, kept] = [true, false].map((isCredential) =>
    own.filter(([name]) => CREDENTIALS.test(name.toLowerCase()) === isCredential),
  );
  const params = {
    url,
    ...(verb === "GET" || verb === "POST" ? {} : { method: verb }),
    ...(kept === undefined || kept.length === 0 ? {} : { headers: Object.fromEntries(kept) }),
  };
  return {
    request: {
      method: verb === "POST" ? "POST" : "GET",
      paramsJson: JSON.stringify(params, null, 2),
      bodyJson: data === null ? "" : isJson(data) ? data : JSON.stringify(data),
    },
    leftOut: [...new Set((left ?? []).map(([name]) => name.toLowerCase()))],
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
