/**
 * HTTP Archive 1.2 as a JSON schema, by its description (http://www.softwareishard.com/blog/har-12-spec/): what has to be there,
 * what may be, and of which form. Members of one's own begin with an underscore; others are mistakes.
 */

type Schema = Readonly<Record<string, unknown>>;

const text = { type: "string" } as const;
/** -1 where it is not known. */
const count = { type: "integer", minimum: -1 } as const;
const milliseconds = { type: "number", minimum: 0 } as const;
/** -1 where it does not apply. */
const phase = { anyOf: [milliseconds, { const: -1 }] } as const;
/** ISO 8601 with a zone: YYYY-MM-DDThh:mm:ss.sTZD. */
const moment = {
  type: "string",
  pattern: "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]([.][0-9]+)?(Z|[+-][0-2][0-9]:[0-5][0-9])$",
} as const;

function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}): Schema {
  return {
    type: "object",
    required: Object.keys(required),
    properties: { ...required, ...optional, comment: text },
    patternProperties: { "^_": {} },
    additionalProperties: false,
  };
}
const list = (items: Schema): Schema => ({ type: "array", items });

const pair = object({ name: text, value: text });
const cookie = object(
  { name: text, value: text },
  { path: text, domain: text, expires: moment, httpOnly: { type: "boolean" }, secure: { type: "boolean" } },
);
const tool = object({ name: text, version: text });
const postData = {
  ...object(
    { mimeType: text },
    { text, params: list(object({ name: text }, { value: text, fileName: text, contentType: text })) },
  ),
  // The one excludes the other.
  not: { required: ["text", "params"] },
};
const message = {
  httpVersion: text,
  cookies: list(cookie),
  headers: list(pair),
  headersSize: count,
  bodySize: count,
} as const;
const request = object(
  {
    method: { type: "string", minLength: 1 },
    url: { type: "string", pattern: "^[a-z]+:" },
    queryString: list(pair),
    ...message,
  },
  { postData },
);
const content = object(
  { size: { type: "integer", minimum: 0 }, mimeType: text },
  { compression: { type: "integer" }, text, encoding: text },
);
const response = object({
  status: { type: "integer", minimum: 0, maximum: 999 },
  statusText: text,
  content,
  redirectURL: text,
  ...message,
});
const stored = {
  anyOf: [{ type: "null" }, object({ lastAccess: moment, eTag: text, hitCount: count }, { expires: moment })],
};
const entry = object(
  {
    startedDateTime: moment,
    time: milliseconds,
    request,
    response,
    cache: object({}, { beforeRequest: stored, afterRequest: stored }),
    timings: object(
      { send: milliseconds, wait: milliseconds, receive: milliseconds },
      { blocked: phase, dns: phase, connect: phase, ssl: phase },
    ),
  },
  { pageref: text, serverIPAddress: text, connection: text },
);
const page = object({
  startedDateTime: moment,
  id: text,
  title: text,
  pageTimings: object({}, { onContentLoad: phase, onLoad: phase }),
});

export const HAR_SCHEMA: Schema = object({
  log: object({ version: { const: "1.2" }, creator: tool, entries: list(entry) }, { browser: tool, pages: list(page) }),
});
