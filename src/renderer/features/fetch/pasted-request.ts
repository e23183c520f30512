/** A request from the words of another tool: a URL, a curl command, an entry of a HAR file. */
import { type CurlCall, parseCurl } from "./curl-command.ts";
import type { RequestDraft } from "./draft.ts";

export interface PastedRequest {
  readonly request: Pick<RequestDraft, "method" | "paramsJson" | "bodyJson">;
  /** Names of credentials that were left out: what params say is archived. */
  readonly leftOut: readonly string[];
  /** What says nothing about what is asked, or nothing that could be taken over. */
  readonly ignored: readonly string[];
  /** Names in the URL that are usually those of credentials. */
  readonly revealing: readonly string[];
}

const CREDENTIALS =
  /^(authorization|proxy-authorization|cookie|x-api-key|api-key|x-auth-token|x-access-token|x-amz-security-token|x-csrf-token|x-xsrf-token)$/;
/** What the connection or the adapter says itself. */
const OF_THE_CONNECTION = /^(host|connection|content-length|accept-encoding|te|transfer-encoding|upgrade|:.*)$/;
const REVEALING =
  /^(api[-_]?key|key|(access|auth|id|refresh|session)?[-_]?token|auth|secret|client[-_]?secret|sig|signature|x-amz-signature|password|passwd|pwd|session[-_]?id|sid)$/i;

/** @throws Error that says what cannot be read */
export function parsePasted(text: string): PastedRequest {
  const trimmed = text.trim();
  if (/^(\$ )?curl(\.exe)?\s/i.test(trimmed)) return taken(parseCurl(trimmed.replace(/^\$ /, "")));
  if (trimmed.startsWith("{")) return taken(harCall(parsedHar(trimmed)));
  if (/^(https?|wss?):\/\/\S+$/i.test(trimmed) && URL.canParse(trimmed)) {
    return taken({ url: trimmed, method: null, headers: [], data: null, ignored: [] });
  }
  throw new Error("This is no URL, no curl command and no entry of a HAR file.");
}

/** What was taken over, for people. */
export function spokenTaking({ leftOut, ignored, revealing }: PastedRequest): string {
  return [
    leftOut.length === 0
      ? "Taken over."
      : `Taken over without ${leftOut.join(", ")}: params are archived. Map the source, and refer to a secret there.`,
    ...(revealing.length === 0
      ? []
      : [`The URL holds ${revealing.join(", ")}, and would be archived with it: take it out if it is a secret.`]),
    ...(ignored.length === 0 ? [] : [`Ignored: ${ignored.join(", ")}.`]),
  ].join(" ");
}

function parsedHar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no entry of a HAR file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Of an entry, or of a whole file with a single one. */
function harCall(value: unknown): CurlCall {
  const entries = memberOf(memberOf(value, "log"), "entries");
  if (Array.isArray(entries) && entries.length !== 1) throw new Error("Paste one entry of the HAR file.");
  const entry: unknown = Array.isArray(entries) ? entries[0] : value;
  const request = memberOf(entry, "request") ?? entry;
  const [url, method, posted] = [memberOf(request, "url"), memberOf(request, "method"), memberOf(request, "postData")];
  if (typeof url !== "string") throw new Error("The entry has no request with a url.");
  const headers = pairsOf(memberOf(request, "headers"));
  const type = memberOf(posted, "mimeType");
  const data = memberOf(posted, "text");
  const fields = pairsOf(memberOf(posted, "params"));
  if (typeof type === "string" && /^multipart\//i.test(type)) {
    throw new Error("Forms of several parts cannot be taken over.");
  }
  const isTyped = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    url,
    method: typeof method === "string" ? method : null,
    headers: typeof type === "string" && type !== "" && !isTyped ? [...headers, ["content-type", type]] : headers,
    data:
      typeof data === "string" && data !== ""
        ? data
        : fields.length > 0
          ? new URLSearchParams(fields.map(([name, text]): [string, string] => [name, text])).toString()
          : null,
    ignored: [],
  };
}

function pairsOf(fields: unknown): (readonly [name: string, value: string])[] {
  return (Array.isArray(fields) ? fields : []).flatMap((field: unknown): [string, string][] => {
    const [name, text] = [memberOf(field, "name"), memberOf(field, "value")];
    return typeof name === "string" && typeof text === "string" ? [[name, text]] : [];
  });
}

function taken({ url: address, method, headers, data, ignored }: CurlCall): PastedRequest {
  const verb = method ?? "GET";
  const { url, hadUser, revealing } = withoutUser(address);
  const lower = headers.map(([name, value]) => [name, value, name.toLowerCase()] as const);
  const passed = lower.filter(([, , name]) => OF_THE_CONNECTION.test(name));
  const left = lower.filter(([, , name]) => CREDENTIALS.test(name));
  const kept = lower.filter(([, , name]) => !OF_THE_CONNECTION.test(name) && !CREDENTIALS.test(name));
  const isTyped = kept.some(([, , name]) => name === "content-type");
  const saysJson = kept.some(([, value, name]) => name === "content-type" && /[/+]json/i.test(value));
  const isJsonBody = data !== null && isJson(data) && (saysJson || (!isTyped && /^\s*[[{]/.test(data)));
  // What is sent without a type is a form, unless it can be seen to be JSON.
  const typed = data === null || isTyped || isJsonBody ? [] : ([["content-type", FORM_TYPE]] as const);
  const sent = joined([...kept, ...typed]);
  const params = {
    url,
    ...(verb === "GET" || verb === "POST" ? {} : { method: verb }),
    ...(Object.keys(sent).length === 0 ? {} : { headers: sent }),
  };
  return {
    request: {
      method: verb === "POST" ? "POST" : "GET",
      paramsJson: JSON.stringify(params, null, 2),
      bodyJson: data === null ? "" : isJsonBody ? data : JSON.stringify(data),
    },
    leftOut: [...new Set([...left.map(([, , name]) => name), ...(hadUser ? ["the user in the URL"] : [])])],
    ignored: [...new Set([...ignored, ...passed.map(([, , name]) => name).filter((name) => !name.startsWith(":"))])],
    revealing,
  };
}

const FORM_TYPE = "application/x-www-form-urlencoded";

/** A field that is there twice has both values. */
function joined(fields: readonly (readonly [name: string, value: string, ...rest: string[]])[]) {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    headers[name] = known === undefined ? value : [...(typeof known === "string" ? [known] : known), value];
  }
  return headers;
}

function withoutUser(address: string) {
  const url = URL.parse(address);
  if (url === null) return { url: address, hadUser: false, revealing: [] as string[] };
  const revealing = [...new Set([...url.searchParams.keys()].filter((name) => REVEALING.test(name)))];
  if (url.username === "" && url.password === "") return { url: address, hadUser: false, revealing };
  url.username = "";
  url.password = "";
  return { url: url.href, hadUser: true, revealing };
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
