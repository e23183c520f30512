import { describe, expect, it } from "vitest";
import { adapterRequest } from "../../src/adapters/adapter.ts";
import { type HttpDefaults, httpCall, httpHeaders, httpUrl, redirectedCall } from "../../src/adapters/http-call.ts";

const DEFAULTS: HttpDefaults = { baseUrl: undefined, headers: new Map(), userAgent: "test", timeoutMs: 30_000 };
const API: HttpDefaults = {
  ...DEFAULTS,
  baseUrl: httpUrl("baseUrl", "https://api.example/v1/"),
  headers: httpHeaders({ "X-Api-Key": "secret" }),
};

interface Call {
  readonly params: unknown;
  readonly method?: string;
  readonly body?: unknown;
}

/** Params may be given as JSON text, for numbers that JavaScript cannot hold. */
function request({ params, method = "GET", body }: Call) {
  return adapterRequest({
    kind: "k",
    method,
    paramsJson: typeof params === "string" ? params : JSON.stringify(params),
    bodyJson: body === undefined ? null : JSON.stringify(body),
  });
}

const call = (parts: Call, defaults = DEFAULTS) => httpCall(request(parts), null, defaults);
const invalid = (message: string) =>
  expect.objectContaining({ code: "PARAMS_INVALID", message: expect.stringContaining(message) });

describe("url", () => {
  it.each([
    [{ url: "http://a.example/x?b=1" }, DEFAULTS, "http://a.example/x?b=1"],
    [{ url: "prices/ES" }, API, "https://api.example/v1/prices/ES"],
    [{ url: "/prices" }, API, "https://api.example/prices"],
    [{}, API, "https://api.example/v1/"],
    [{ url: "http://other.example/" }, API, "http://other.example/"],
  ])("of %j", (params, defaults, expected) => {
    expect(call({ params }, defaults).url.href).toBe(expected);
  });

  it.each([
    [{}, "url is missing"],
    [{ url: "prices" }, "url must be an absolute URL"],
    [{ url: 5 }, "url must be a text"],
    [{ url: "" }, "url must be a text"],
    [{ url: "ftp://a.example/" }, "must be http or https, not ftp:"],
    [{ url: "file:///etc/passwd" }, "must be http or https, not file:"],
    [{ url: "http://u%zz@a.example/" }, "malformed credentials"],
    [null, "params must be an object"],
    [["http://a.example"], "params must be an object"],
  ])("refuses %j", (params, message) => {
    expect(() => call({ params })).toThrow(invalid(message));
  });

  it("turns its credentials into a header and keeps them out of the URL", () => {
    const { url, headers } = call({ params: { url: "http://us%20er:p%40ss@a.example/" } });
    expect(url.href).toBe("http://a.example/");
    expect(headers.get("authorization")).toBe(`Basic ${Buffer.from("us er:p@ss").toString("base64")}`);
    const explicit = call({ params: { url: "http://u:p@a.example/", headers: { Authorization: "Bearer t" } } });
    expect(explicit.headers.get("authorization")).toBe("Bearer t");
  });
});

describe("query", () => {
  it.each([
    ['{"url":"http://a.example/","query":{"q":"a b&c","n":30.0}}', "?q=a+b%26c&n=30.0"],
    ['{"url":"http://a.example/","params":{"id":12345678901234567890,"ok":true}}', "?id=12345678901234567890&ok=true"],
    ['{"url":"http://a.example/","query":{"s":["x","y"],"none":null}}', "?s=x&s=y"],
    ['{"url":"http://a.example/?keep=%20it","query":{"z":"ü"}}', "?keep=%20it&z=%C3%BC"],
    ['{"url":"http://a.example/","query":"?raw=1"}', "?raw=1"],
    ['{"url":"http://a.example/","query":{},"params":null}', ""],
  ])("of %s", (params, search) => {
    expect(call({ params }).url.search).toBe(search);
  });

  it.each([{ query: 1 }, { query: ["a"] }, { query: { a: { b: 1 } } }, { params: { a: [[1]] } }])(
    "refuses %j",
    (more) => {
      expect(() => call({ params: { url: "http://a.example/", ...more } })).toThrow(invalid("must be"));
    },
  );
});

describe("method", () => {
  const url = "http://a.example/";

  it.each([
    ["GET", {}, "GET"],
    ["POST", {}, "POST"],
    ["SEND", {}, "POST"],
    ["COMMAND", {}, "POST"],
    ["SUBSCRIBE", {}, "GET"],
    ["PATCH", {}, "PATCH"],
    ["GET", { method: "delete" }, "DELETE"],
  ])("of %s with %j is %s … %s", (method, more, expected) => {
    expect(call({ method, params: { url, ...more } }).method).toBe(expected);
  });

  it.each([
    ["GET", {}, "POST"],
    ["SEND", {}, "POST"],
    ["PUT", {}, "PUT"],
    ["SEND", { method: "GET" }, "GET"],
  ])("of a send with %s and %j is %s … %s", (method, more, expected) => {
    expect(httpCall(request({ method, params: { url, ...more } }), Buffer.from("x"), DEFAULTS).method).toBe(expected);
  });
});

describe("headers", () => {
  const url = "http://a.example/";

  it("asks for identity encoding and names the agent, unless the call has its own wishes", () => {
    expect(Object.fromEntries(call({ params: { url } }).headers)).toEqual({
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": "test",
    });
    const own = { "Accept-Encoding": "gzip", "USER-AGENT": "me", accept: null, "X-N": 30, "X-L": ["a", "b"] };
    expect(Object.fromEntries(call({ params: { url, headers: own } }).headers)).toEqual({
      "accept-encoding": "gzip",
      "user-agent": "me",
      "x-n": "30",
      "x-l": ["a", "b"],
    });
  });

  it("sends the adapter's headers to its base only", () => {
    expect(call({ params: { url: "x" } }, API).headers.get("x-api-key")).toBe("secret");
    expect(call({ params: { url: "https://other.example/" } }, API).headers.has("x-api-key")).toBe(false);
    const everywhere = { ...API, baseUrl: undefined };
    expect(call({ params: { url: "https://other.example/" } }, everywhere).headers.get("x-api-key")).toBe("secret");
  });

  it("leaves the length to what is sent", () => {
    expect(call({ params: { url, headers: { "Content-Length": "99" } } }).headers.has("content-length")).toBe(false);
  });

  it.each([{ headers: "a: b" }, { headers: ["a"] }, { headers: { a: { b: 1 } } }])("refuses %j", (more) => {
    expect(() => call({ params: { url, ...more } })).toThrow(invalid("headers"));
  });
});

describe("timeout", () => {
  it.each([
    ["30.0", 30_000],
    ["0.25", 250],
    ["1e-9", 1],
    ["1e12", 2 ** 31 - 1],
    ["null", 30_000],
  ])("%s seconds are %i ms", (seconds, milliseconds) => {
    expect(call({ params: `{"url":"http://a.example/","timeout":${seconds}}` }).timeoutMs).toBe(milliseconds);
  });

  it.each(["0", "-1", '"5"', "NaN", "[3,30]"])("refuses %s", (seconds) => {
    expect(() => call({ params: `{"url":"http://a.example/","timeout":${seconds}}` })).toThrow(invalid("timeout"));
  });
});

describe("body", () => {
  const url = "http://a.example/";
  const text = (body: Uint8Array | null) => (body === null ? null : Buffer.from(body).toString());

  it("is the exact JSON of the request", () => {
    const json = '{"price":30.0,"id":12345678901234567890}';
    const row = { kind: "k", method: "POST", paramsJson: JSON.stringify({ url }), bodyJson: json };
    const { body, headers } = httpCall(adapterRequest(row), null, DEFAULTS);
    expect(text(body)).toBe(json);
    expect(headers.get("content-type")).toBe("application/json");
  });

  it.each([
    ["application/vnd.api+json", { a: 1 }, '{"a":1}'],
    ["application/json", "text", '"text"'],
    ["text/plain", "a text", "a text"],
    ["application/x-www-form-urlencoded", { a: "x y", b: [1, 2] }, "a=x+y&b=1&b=2"],
    ["application/x-www-form-urlencoded; charset=utf-8", "a=1", "a=1"],
  ])("as %s of %j", (type, given, expected) => {
    const { body, headers } = call({ method: "POST", params: { url, headers: { "Content-Type": type } }, body: given });
    expect(text(body)).toBe(expected);
    expect(headers.get("content-type")).toBe(type);
  });

  it("is absent when the request has none", () => {
    const { body, headers } = call({ method: "POST", params: { url } });
    expect(body).toBeNull();
    expect(headers.has("content-type")).toBe(false);
  });

  it("of a send is the payload, JSON when it is the request's body", () => {
    const json = httpCall(request({ params: { url }, body: { a: 1 } }), Buffer.from('{"a":1}'), DEFAULTS);
    expect(json.headers.get("content-type")).toBe("application/json");
    const bytes = httpCall(request({ params: { url }, body: { a: 1 } }), Buffer.from([0, 255]), DEFAULTS);
    expect(bytes.headers.get("content-type")).toBe("application/octet-stream");
    expect(bytes.body).toEqual(Buffer.from([0, 255]));
  });
});

describe("members of bodies", () => {
  const OWN: HttpDefaults = { ...API, body: { token: "t", page: 1 } };
  const sent = (parts: Call) => call(parts, OWN).body?.toString() ?? null;

  it("are added where the body is an object, or could be one", () => {
    const params = { url: "x" };
    expect(sent({ params, method: "POST", body: { page: 2 } })).toBe('{"page":2,"token":"t"}');
    expect(sent({ params, method: "POST" })).toBe('{"page":1,"token":"t"}');
    expect(sent({ params, body: { q: 1 } })).toBe('{"page":1,"q":1,"token":"t"}');
    expect(sent({ params })).toBeNull();
    expect(sent({ params: { ...params, method: "HEAD" } })).toBeNull();
    expect(sent({ params, method: "POST", body: [1] })).toBe("[1]");
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(sent({ params: { ...params, ...form }, method: "POST", body: { q: "a b" } })).toBe("token=t&page=1&q=a+b");
    expect(httpCall(request({ params, method: "POST" }), Buffer.from("as it is"), OWN).body?.toString()).toBe(
      "as it is",
    );
  });

  it("go to the base alone", () => {
    expect(sent({ params: { url: "https://b.example/" }, method: "POST", body: { q: 1 } })).toBe('{"q":1}');
    const before = call({ params: { url: "x" }, method: "POST", body: { q: 1 } }, OWN);
    const within = redirectedCall(before, 307, "/y", OWN);
    expect(within.body).toEqual(before.body);
    expect(redirectedCall(within, 307, "https://b.example/", OWN).body?.toString()).toBe('{"q":1}');
    expect(redirectedCall(before, 303, "https://b.example/", OWN)).toMatchObject({ method: "GET", body: null });
  });
});

describe("redirectedCall", () => {
  const headers = { Authorization: "Bearer t", Cookie: "s=1", Host: "a.example", "X-Own": "1" };
  const from = (method: string, defaults = DEFAULTS) =>
    call({ method, params: { url: "http://a.example/dir/x", headers }, body: { a: 1 } }, defaults);

  it.each([
    ["GET", 301, "GET"],
    ["POST", 301, "GET"],
    ["POST", 302, "GET"],
    ["POST", 303, "GET"],
    ["PUT", 303, "GET"],
    ["HEAD", 303, "HEAD"],
    ["PUT", 301, "PUT"],
    ["POST", 307, "POST"],
    ["POST", 308, "POST"],
  ])("%s with %i becomes %s", (method, status, expected) => {
    const before = from(method);
    const next = redirectedCall(before, status, "y", DEFAULTS);
    expect(next.method).toBe(expected);
    expect(next.url.href).toBe("http://a.example/dir/y");
    const keeps = expected !== "GET" || method === "GET";
    expect(next.body).toEqual(keeps ? before.body : null);
    expect(next.headers.has("content-type")).toBe(keeps);
  });

  it("keeps credentials within an origin and drops them across", () => {
    expect(redirectedCall(from("GET"), 302, "/y", DEFAULTS).headers.get("authorization")).toBe("Bearer t");
    for (const location of ["https://a.example/", "http://a.example:81/", "//b.example/"]) {
      const next = redirectedCall(from("GET"), 302, location, DEFAULTS);
      expect([...next.headers.keys()].filter((name) => ["authorization", "cookie", "host"].includes(name))).toEqual([]);
      expect(next.headers.get("x-own")).toBe("1");
    }
  });

  it("drops the adapter's own headers when it leaves the base", () => {
    const before = call({ params: { url: "x" } }, API);
    expect(redirectedCall(before, 302, "/y", API).headers.has("x-api-key")).toBe(true);
    expect(redirectedCall(before, 302, "https://b.example/", API).headers.has("x-api-key")).toBe(false);
  });

  it("ignores credentials in the location", () => {
    expect(redirectedCall(from("GET"), 302, "http://u:p@b.example/", DEFAULTS).url.href).toBe("http://b.example/");
  });

  it.each(["ftp://b.example/", "javascript:alert(1)", "file:///etc/passwd", "http://[bad"])(
    "refuses %s",
    (location) => {
      expect(() => redirectedCall(from("GET"), 302, location, DEFAULTS)).toThrow(
        expect.objectContaining({ code: "REDIRECT_FAILED" }),
      );
    },
  );
});
