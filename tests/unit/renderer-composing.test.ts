/** What is composed: params as a form, requests taken over from other tools, many requests of one session. */
import { describe, expect, it } from "vitest";
import { parseCurl } from "../../src/renderer/features/fetch/curl-command.ts";
import {
  answeredBy,
  type ComposerDraft,
  draftFaults,
  EMPTY_DRAFT,
  fetchParams,
} from "../../src/renderer/features/fetch/draft.ts";
import { eachValues, forEach } from "../../src/renderer/features/fetch/for-each.ts";
import {
  fieldText,
  formText,
  type ParamsForm,
  type ParamType,
  paramFault,
  readForm,
  withFieldText,
  withName,
  withoutParam,
  withParam,
  withType,
} from "../../src/renderer/features/fetch/params-form.ts";
import { parsePasted, spokenTaking } from "../../src/renderer/features/fetch/pasted-request.ts";
import {
  added,
  countOf,
  duplicated,
  moved,
  removed,
  requestsOf,
  written,
} from "../../src/renderer/features/fetch/request-list.ts";
import { shellWords } from "../../src/renderer/features/fetch/shell-words.ts";

function formOf(text: string): ParamsForm {
  const reading = readForm(text);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.form;
}

function refusal(text: string): string {
  const reading = readForm(text);
  return reading.ok ? "none" : reading.reason;
}

describe("params as a form", () => {
  const text = `{ "url" : "https:\\/\\/a.example/\\u00e9",
  "limit": 30.0, "most":1e400,"id": 12345678901234567890,
  "day": "2026-02-28", "noDay": "2026-02-30", "deep": true, "none": null, "nan": NaN,
  "headers": {"b": 1, "a": [1.10]}, "bell": "a\\r\\u0007", "lines": "a\\nb" }\n`;

  it("has a field for each param by its value, and is its text to the letter", () => {
    const form = formOf(text);
    const fields = form.params.map((param) => [param.type, fieldText(param)]);
    expect(fields).toEqual([
      ["text", "https://a.example/é"],
      ["number", "30.0"],
      ["number", "1e400"],
      ["number", "12345678901234567890"],
      ["date", "2026-02-28"],
      ["text", "2026-02-30"],
      ["boolean", "true"],
      ["null", "null"],
      ["number", "NaN"],
      ["json", '{"b": 1, "a": [1.10]}'],
      ["json", '"a\\r\\u0007"'],
      ["text", "a\nb"],
    ]);
    for (const one of [text, "{}", " { } ", "{\n}", '{"a":1}', '{"a": {"a": 1}}', "\ufeff{}"]) {
      expect(formText(formOf(one))).toBe(one);
    }
  });

  it("changes just what is changed", () => {
    const form = formOf(text);
    const [url, limit, most] = form.params;
    if (url === undefined || limit === undefined || most === undefined) throw new Error("no params");
    expect(formText(withFieldText(form, limit.id, "1.50"))).toBe(text.replace("30.0", "1.50"));
    expect(formText(withFieldText(form, url.id, 'x"y'))).toBe(text.replace(/"https[^"]*"/, () => '"x\\"y"'));
    expect(formText(withName(form, most.id, "mö st"))).toBe(text.replace('"most"', '"mö st"'));
    expect(formText(withoutParam(form, most.id))).toBe(text.replace(' "most":1e400,', ""));
    const deep = formOf('{\n  "h": {\n    "a": 1\n  }\n}');
    expect(deep.params.map(fieldText)).toEqual(['{\n  "a": 1\n}']);
    const typed = withFieldText(deep, 0, '{\n  "a": 1.0,\n  "b": [\n\n  ]\n}');
    expect(formText(typed)).toBe('{\n  "h": {\n    "a": 1.0,\n    "b": [\n  \n    ]\n  }\n}');
    expect(typed.params.map(fieldText)).toEqual(['{\n  "a": 1.0,\n  "b": [\n\n  ]\n}']);
    const small = formOf('{ "a": 1, "b": 2 }');
    expect(formText(withoutParam(small, 0))).toBe('{ "b": 2 }');
    expect(formText(withoutParam(small, 1))).toBe('{ "a": 1 }');
    expect(formText(withoutParam(withoutParam(small, 0), 1))).toBe("{}");
    expect(formText(withParam(small))).toBe('{ "a": 1, "b": 2, "param": "" }');
    expect(formText(withParam(withParam(formOf("{}"))))).toBe('{"param": "", "param2": ""}');
    expect(formText(withParam(formOf('{\n  "a": 1\n}')))).toBe('{\n  "a": 1,\n  "param": ""\n}');
  });

  it("takes values over from one type to another as far as they go", () => {
    const as = (value: string, ...types: ParamType[]) =>
      types.reduce((form, type) => withType(form, 0, type), formOf(`{"a": ${value}}`));
    const value = (form: ParamsForm) => formText(form).slice('{"a": '.length, -1);
    expect(value(as("30.0", "text"))).toBe('"30.0"');
    expect(value(as("30.0", "text", "number"))).toBe("30.0");
    expect(value(as('"2026-03-01"', "text", "date"))).toBe('"2026-03-01"');
    expect(value(as('"false"', "boolean", "text"))).toBe('"false"');
    expect(value(as('"[1.10]"', "json"))).toBe("[1.10]");
    expect(value(as('"x"', "json"))).toBe('"x"');
    expect(value(as('{"b": 1}', "text"))).toBe('"{\\"b\\": 1}"');
    expect(value(as("1", "null"))).toBe("null");
    const word = as('"many"', "number");
    expect(word.params.map(paramFault)).toEqual(["This is no number."]);
    expect(draftFaults({ ...EMPTY_DRAFT, source: "s", kind: "k", paramsJson: formText(word) })).toHaveProperty(
      "params",
    );
  });

  it("says what is wrong with a value, and never lets one become another param unseen", () => {
    const number = withFieldText(formOf('{"n": 1, "b": 2}'), 0, '1, "c": 3');
    expect(number.params.map(({ value }) => value)).toEqual(["1c3", "2"]);
    expect(number.params.map(paramFault)).toEqual(["This is no number.", null]);
    expect(withFieldText(formOf('{"n": 1}'), 0, "30.").params.map(paramFault)).toEqual(["This is no number."]);
    const json = withFieldText(formOf('{"j": [1]}'), 0, "[1");
    expect(json.params.map(paramFault)).toEqual(["Line 1, column 3: the text ends where “,” or “]” should stand."]);
    expect(refusal(formText(json))).toMatch(/^Line 1/);
    const split = withFieldText(json, 0, '[1], "k": 2');
    expect(split.params.map(({ name, value }) => name + value)).toEqual(['"j"[1]', '"k"2']);
  });

  it("is none for what has no fields, or would lose some", () => {
    expect(refusal("[1]")).toBe("Only a JSON object has a form.");
    expect(refusal('"a"')).toBe("Only a JSON object has a form.");
    expect(refusal('{"a": 1, "\\u0061": 2}')).toBe("“a” is named twice in one object.");
    expect(refusal('{"h": [{"b": 1, "b": 1}]}')).toBe("“b” is named twice in one object.");
    expect(refusal('{"a": {"a": "a"}, "b": ["a", "a"]}')).toBe("none");
    expect(refusal('{"a": 01}')).toMatch(/^Line 1, column 7: /);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`p${at}`, at])));
    expect(refusal(wide)).toBe("More than 200 params are edited as text.");
    expect(draftFaults({ ...EMPTY_DRAFT, source: "s", kind: "k", paramsJson: '{"a": 1, "a": 2}' })).toEqual({
      params: "“a” is named twice in one object.",
    });
  });
});

describe("a pasted request", () => {
  it("is read from curl commands as shells read them", () => {
    expect(shellWords(`a 'b c'"d\\"e\\$"\\ f $'g\\n\\u00e9\\'\\xc3\\xa9\\303\\251' \\\n  h ''`)).toEqual([
      "a",
      'b cd"e$ f',
      "g\né'éé",
      "h",
      "",
    ]);
    expect(() => shellWords("curl 'https://x")).toThrow("A quote is not closed.");
    const chrome = `curl 'https://example.com/q?a=1&b=2' \\
      -X 'PUT' -H 'Accept: application/json' -H $'X-Note: it\\'s' \\
      --data-raw '{"n": 1.10}' --compressed`;
    expect(parseCurl(chrome)).toEqual({
      url: "https://example.com/q?a=1&b=2",
      method: "PUT",
      headers: [
        ["Accept", "application/json"],
        ["X-Note", "it's"],
      ],
      data: '{"n": 1.10}',
      ignored: ["--compressed"],
    });
    expect(parseCurl("curl -sG example.com -d a=1 --data-urlencode 'b=x y'").url).toBe(
      "http://example.com?a=1&b=x%20y",
    );
    expect(
      parseCurl(
        "curl -s -G 'example.com/?z=0#top' -d a=1 --data-urlencode '=p&q' --data-urlencode 'b=x=y' --url-query c=ü -o out.json",
      ),
    ).toMatchObject({
      url: "http://example.com/?z=0&c=%C3%BC&a=1&p%26q&b=x%3Dy#top",
      method: "GET",
      ignored: ["-s", "-o out.json"],
    });
    expect(parseCurl("curl -sXPATCH --url=https://a.example --data-raw @x")).toMatchObject({
      method: "PATCH",
      data: "@x",
    });
    expect(parseCurl(`curl https://a.example --json '{"a":' --json '1}' -r 0-9 -k https://b.example`)).toMatchObject({
      method: "POST",
      data: '{"a":1}',
      headers: [
        ["content-type", "application/json"],
        ["accept", "application/json"],
        ["range", "bytes=0-9"],
      ],
      ignored: ["-k", "https://b.example"],
    });
    // A value that looks like a URL, and an option that begins a second request.
    expect(parseCurl("curl -x http://proxy:3128 -b jar.txt https://a.example --next https://b.example")).toMatchObject({
      url: "https://a.example",
      headers: [],
      ignored: ["-x http://proxy:3128", "-b jar.txt", "further requests behind --next"],
    });
    for (const command of ["curl https://a.example -d@-", "curl a --json @f", "curl a --data-urlencode n@f"]) {
      expect(() => parseCurl(command)).toThrow("Data from a file");
    }
    expect(() => parseCurl("curl a -F x=@photo.png")).toThrow("Forms of several parts");
    expect(() => parseCurl("curl -T up.csv a")).toThrow("An upload of a file");
  });

  it("is read from what browsers copy for cmd.exe", () => {
    const windows = [
      'curl ^"https://example.com/q?a=1^&b=^%^20x^" ^',
      '  -H ^"accept: */*^" ^',
      '  -H ^"x-note: say ^\\^"hi^\\^"^" ^',
      '  --data-raw ^"^{^\\^"n^\\^":1.10^}^" ^',
      "  --compressed",
    ].join("\r\n");
    expect(parseCurl(windows)).toEqual({
      url: "https://example.com/q?a=1&b=%20x",
      method: "POST",
      headers: [
        ["accept", "*/*"],
        ["x-note", 'say "hi"'],
      ],
      data: '{"n":1.10}',
      ignored: ["--compressed"],
    });
  });

  it("becomes params, without the credentials that it has, and says what it does without", () => {
    const pasted = parsePasted(
      `curl https://me:pw@example.com/x?api_key=1 -u a:b -H 'Authorization: Bearer abc' -b 'id=1' -H 'X-Trace: 7' -H 'X-Trace: 8' -H 'Accept-Encoding: br' --compressed -d '{"n": 1.10}'`,
    );
    const { request, leftOut } = pasted;
    expect(request.method).toBe("POST");
    expect(JSON.parse(request.paramsJson)).toEqual({
      url: "https://example.com/x?api_key=1",
      headers: { "X-Trace": ["7", "8"] },
    });
    expect(request.bodyJson).toBe('{"n": 1.10}');
    expect(leftOut).toEqual(["authorization", "cookie", "the user in the URL"]);
    expect(spokenTaking(pasted)).toBe(
      "Taken over without authorization, cookie, the user in the URL: params are archived. Map the source, and refer to a secret there. " +
        "The URL holds api_key, and would be archived with it: take it out if it is a secret. Ignored: --compressed, accept-encoding.",
    );
    // What curl sends without a type is a form.
    const form = parsePasted("curl https://example.com/x -d 'a=b' -d 7").request;
    expect(JSON.parse(form.paramsJson).headers).toEqual({ "content-type": "application/x-www-form-urlencoded" });
    expect(form.bodyJson).toBe('"a=b&7"');
    const entry = {
      request: {
        url: "https://a.example/",
        method: "DELETE",
        headers: [
          { name: ":path", value: "/" },
          { name: "Cookie", value: "x" },
        ],
        postData: { mimeType: "text/plain", text: "a=b" },
      },
    };
    expect(parsePasted(JSON.stringify({ log: { entries: [entry] } }))).toEqual({
      request: {
        method: "GET",
        paramsJson: JSON.stringify(
          { url: "https://a.example/", method: "DELETE", headers: { "content-type": "text/plain" } },
          null,
          2,
        ),
        bodyJson: '"a=b"',
      },
      leftOut: ["cookie"],
      ignored: [],
      revealing: [],
    });
    const fields = { mimeType: FORM, params: [{ name: "q", value: "x y" }] };
    expect(
      parsePasted(JSON.stringify({ url: "https://a.example/", method: "POST", postData: fields })).request.bodyJson,
    ).toBe('"q=x+y"');
    const url = parsePasted(" https://a.example/?q=1 ");
    expect(JSON.parse(url.request.paramsJson)).toEqual({ url: "https://a.example/?q=1" });
    expect(spokenTaking(url)).toBe("Taken over.");
    const feed = parsePasted("wss://a.example/feed");
    expect(JSON.parse(feed.request.paramsJson)).toEqual({ url: "wss://a.example/feed" });
    expect(() => parsePasted("nothing")).toThrow("This is no URL");
    expect(() => parsePasted("{nothing")).toThrow("This is no entry of a HAR file: ");
  });
});

const FORM = "application/x-www-form-urlencoded";

describe("the params that one begins with", () => {
  const draft: ComposerDraft = { ...EMPTY_DRAFT, source: "desk", kind: "quote" };

  it("are those of who answers, as long as nothing was written", () => {
    const command = answeredBy(draft, "mapped", { adapter: "command", run: ["quotes"] });
    expect(command).toMatchObject({ adapter: "mapped", paramsJson: "{}" });
    expect(answeredBy(command, "local-file", null).paramsJson).toBe('{"path": ""}');
    expect(answeredBy(command, "http", null).paramsJson).toBe(EMPTY_DRAFT.paramsJson);
    const below = answeredBy(draft, "mapped", { adapter: "http", baseUrl: "https://desk.example" });
    expect(below.paramsJson).toBe('{"url": ""}');
    expect(answeredBy(draft, "mapped", { adapter: "http" }).paramsJson).toBe(EMPTY_DRAFT.paramsJson);
    const written = { ...draft, paramsJson: '{"url": "https://desk.example/1"}' };
    expect(answeredBy(written, "mapped", { adapter: "command", run: ["quotes"] }).paramsJson).toBe(written.paramsJson);
  });

  it("have to be filled in, however they are laid out, unless a mapping needs none", () => {
    expect(draftFaults({ ...draft, paramsJson: '{\n  "url": "https://"\n}' }).params).toBe(
      "Say which address is asked.",
    );
    expect(draftFaults(answeredBy(draft, "local-file", null)).params).toBe("Say which file is read.");
    expect(draftFaults(answeredBy(draft, "mapped", { adapter: "command", run: ["quotes"] }))).toEqual({});
    expect(draftFaults({ ...draft, paramsJson: '{"url": "https://desk.example"}' })).toEqual({});
  });
});

describe("for each", () => {
  it("makes a request of each value and of each day of a range", () => {
    expect(eachValues("a\n\n b \n2026-02-27..2026-03-01\n2026-02-31..x")).toEqual([
      "a",
      "b",
      "2026-02-27",
      "2026-02-28",
      "2026-03-01",
      "2026-02-31..x",
    ]);
    expect(eachValues("1900-01-01..2100-01-01").length).toBe(10_001);
    const request = {
      kind: "q {{value}}",
      method: "GET",
      paramsJson: '{"s": "{{value}}", "n": 1.10}',
      bodyJson: "",
    } as const;
    expect(forEach(request, ['x"y']).map(({ kind, paramsJson }) => [kind, paramsJson])).toEqual([
      ['q x"y', '{"s": "x\\"y", "n": 1.10}'],
    ]);
  });
});

describe("the requests of a session", () => {
  const draft: ComposerDraft = {
    ...EMPTY_DRAFT,
    source: "s",
    kind: "k",
    paramsJson: '{"url": "https://a.example/{{value}}"}',
    each: "a\nb",
  };
  const urls = (one: ComposerDraft) =>
    fetchParams(one, "archive").requests.map(({ paramsJson }) => paramsJson.slice(27, -2));

  it("stay in their order, whichever of them is written", () => {
    const second = { ...added(draft), paramsJson: '{"url": "https://a.example/c"}' };
    expect([urls(second), second.place, countOf(second)]).toEqual([["a", "b", "c"], 1, 3]);
    const third = { ...duplicated(second, 1), paramsJson: '{"url": "https://a.example/d"}' };
    expect(urls(third)).toEqual(["a", "b", "c", "d"]);
    const back = written(third, 0);
    expect([back.each, urls(back)]).toEqual(["a\nb", ["a", "b", "c", "d"]]);
    expect(urls({ ...back, each: "x" })).toEqual(["x", "c", "d"]);
    expect(urls(moved(back, 2, -1))).toEqual(["a", "b", "d", "c"]);
    const down = moved(back, 0, 1);
    expect([urls(down), down.place, down.each]).toEqual([["c", "a", "b", "d"], 1, "a\nb"]);
    expect(moved(back, 0, -1)).toBe(back);
    expect(urls(removed(back, 0))).toEqual(["c", "d"]);
    expect(removed(back, 0).paramsJson).toBe('{"url": "https://a.example/c"}');
    expect(removed(third, 0)).toMatchObject({ place: 1, paramsJson: third.paramsJson });
    expect(removed(draft, 0)).toBe(draft);
    expect(new Set(requestsOf(duplicated(third, 0)).map(({ id }) => id)).size).toBe(4);
  });

  it("are sent as one order, and say what is missing", () => {
    const params = fetchParams({ ...added(draft), ttl: "1.5h", concurrency: "8" }, "archive");
    expect(params).toMatchObject({ ttlMs: 5_400_000, concurrency: 8, cache: "default" });
    expect(draftFaults({ ...draft, paramsJson: "{}" }).each).toContain("{{value}}");
    expect(draftFaults({ ...draft, each: " " }).each).toBe("Say which values {{value}} stands for.");
    expect(draftFaults({ ...draft, each: "1990-01-01..2026-01-01" }).each).toContain("at most 10,000");
    expect(draftFaults({ ...added({ ...draft, kind: " " }), kind: "k", paramsJson: '{"a": 1}' })).toEqual({
      others: "Request 1 cannot be sent as it is.",
    });
    const long = `{"url": "{{value}}", "a": "${"x".repeat(2_000_000)}"}`;
    expect(draftFaults({ ...draft, paramsJson: long }).others).toContain("at most 3,000,000 characters");
    expect(draftFaults({ ...draft, paramsJson: long, each: "a" })).toEqual({});
    expect(Object.keys(draftFaults({ ...draft, ttl: "soon", concurrency: "65" }))).toEqual(["ttl", "concurrency"]);
  });
});
