/**
 * What an archived request means in HTTP, as far as its row says: the same reading as the library's HTTP adapter (url,
 * method, headers, query or params, body). What the adapter adds by itself, such as its user agent, is left out.
 */
import { jsonItems, jsonMembers, stringValue } from "../format/json-text.ts";

export interface ArchivedRequest {
  readonly method: string;
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case; a name may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
}

/** The HTTP request, or why the row is none that can be written down. */
export function httpRequest(request: ArchivedRequest): HttpRequest | { readonly obstacle: string } {
  const params = membersOf(request.paramsJson);
  const url = urlOf(params);
  if (url === null) return { obstacle: "Its params hold no web address." };
  const headers = headersOf(params.get("headers"));
  if (headers === null) return { obstacle: "Its headers are none that HTTP can send." };
  const method = params.get("method");
  return {
    method:
      method === undefined ? (HTTP_METHODS.get(request.method) ?? request.method) : stringValue(method).toUpperCase(),
    url,
    ...withBody(request.bodyJson, headers),
  };
}

/** DataIO's methods that HTTP does not know. */
const HTTP_METHODS: ReadonlyMap<string, string> = new Map([
  ["SEND", "POST"],
  ["COMMAND", "POST"],
  ["SUBSCRIBE", "GET"],
]);
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Members by name, a repeated name with its last value; what is null is not there. */
function membersOf(json: string | null | undefined): ReadonlyMap<string, string> {
  const members = json == null ? null : jsonMembers(json);
  return new Map((members ?? []).filter(({ text }) => text !== "null").map(({ key, text }) => [key, text]));
}

function urlOf(params: ReadonlyMap<string, string>): string | null {
  const url = URL.parse(stringValue(params.get("url") ?? ""));
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  const query = queryOf(params.get("query")) + queryOf(params.get("params"));
  if (query !== "") url.search = `${url.search}${url.search === "" ? "" : "&"}${query.slice(1)}`;
  return url.href;
}

function queryOf(json: string | undefined): string {
  if (json === undefined) return "";
  if (json.startsWith('"')) {
    const text = stringValue(json);
    return text === "" ? "" : `&${text.replace(/^\?/, "")}`;
  }
  const pairs = formPairs(json);
  return pairs.size === 0 ? "" : `&${pairs}`;
}

function formPairs(json: string): URLSearchParams {
  const pairs = new URLSearchParams();
  for (const [name, text] of membersOf(json)) for (const value of scalars(text)) pairs.append(name, value);
  return pairs;
}

/** A value, or those of a list; numbers with the text that the archive has for them. */
function scalars(text: string): string[] {
  const items = jsonItems(text);
  if (items === null) return [stringValue(text)];
  return items.filter((item) => item.text !== "null").map((item) => stringValue(item.text));
}

function headersOf(json: string | undefined): [string, string][] | null {
  const headers = [...membersOf(json)].flatMap(([name, text]) =>
    scalars(text).map((value): [string, string] => [name.toLowerCase(), value]),
  );
  // The length is what is sent, whatever an archived request said.
  const sent = headers.filter(([name]) => name !== "content-length");
  return sent.every(([name, value]) => TOKEN.test(name) && !/[\0\r\n]/.test(value)) ? sent : null;
}

function withBody(json: string | null, headers: [string, string][]): Pick<HttpRequest, "headers" | "body"> {
  if (json === null || json === "null") return { headers, body: null };
  const declared = headers.find(([name]) => name === "content-type")?.[1].toLowerCase();
  if (declared === undefined) return { headers: [...headers, ["content-type", "application/json"]], body: json };
  if (declared.startsWith("application/x-www-form-urlencoded") && json.startsWith("{")) {
    return { headers, body: formPairs(json).toString() };
  }
  if (!/[/+]json/.test(declared) && json.startsWith('"')) return { headers, body: stringValue(json) };
  return { headers, body: json };
}
