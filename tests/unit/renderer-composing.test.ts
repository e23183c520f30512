/** Requests taken over from other tools, and one for each of many values. */
import { describe, expect, it } from "vitest";
import { parseCurl, shellWords } from "../../src/renderer/features/fetch/curl-command.ts";
import { draftFaults, EMPTY_DRAFT, fetchParams, queued } from "../../src/renderer/features/fetch/draft.ts";
import { eachValues, forEach } from "../../src/renderer/features/fetch/for-each.ts";
import { parsePasted } from "../../src/renderer/features/fetch/pasted-request.ts";

describe("a pasted request", () => {
  it("is read from curl commands as shells read them", () => {
    expect(shellWords(`a 'b c'"d\\"e\\$"\\ f $'g\\n\\u00e9\\'' \\\n  h ''`)).toEqual([
      "a",
      'b cd"e$ f',
      "g\né'",
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
    });
    expect(parseCurl("curl -sG example.com -d a=1 --data-urlencode 'b=x y'").url).toBe(
      "http://example.com?a=1&b=x%20y",
    );
    expect(parseCurl("curl -s -G example.com -d a=1 --data-urlencode 'b=x y' -o out.json").url).toBe(
      "http://example.com?a=1&b=x%20y",
    );
    expect(parseCurl("curl -sXPATCH --url=https://a.example --data-raw @x")).toMatchObject({
      method: "PATCH",
      data: "@x",
    });
    expect(() => parseCurl("curl https://a.example -d@-")).toThrow("Data from a file");
  });

  it("becomes params, without the credentials that it has", () => {
    const { request, leftOut } = parsePasted(
      `curl https://example.com/x -H 'Authorization: Bearer abc' -b 'id=1' -H 'X-Trace: 7' -d '{"n": 1.10}'`,
    );
    expect(request.method).toBe("POST");
    expect(JSON.parse(request.paramsJson)).toEqual({ url: "https://example.com/x", headers: { "X-Trace": "7" } });
    expect(request.bodyJson).toBe('{"n": 1.10}');
    expect(leftOut).toEqual(["authorization", "cookie"]);
    const entry = {
      request: {
        url: "https://a.example/",
        method: "DELETE",
        headers: [
          { name: ":path", value: "/" },
          { name: "Cookie", value: "x" },
        ],
        postData: { text: "a=b" },
      },
    };
    expect(parsePasted(JSON.stringify({ log: { entries: [entry] } }))).toEqual({
      request: {
        method: "GET",
        paramsJson: JSON.stringify({ url: "https://a.example/", method: "DELETE" }, null, 2),
        bodyJson: '"a=b"',
      },
      leftOut: ["cookie"],
    });
    expect(JSON.parse(parsePasted(" https://a.example/?q=1 ").request.paramsJson)).toEqual({
      url: "https://a.example/?q=1",
    });
    expect(() => parsePasted("nothing")).toThrow("This is no URL");
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

  it("joins what was written before, and says what is missing", () => {
    const draft = {
      ...EMPTY_DRAFT,
      source: "s",
      kind: "k",
      paramsJson: '{"url": "https://a.example/{{value}}"}',
      each: "a\nb",
    };
    const second = { ...queued(draft), paramsJson: '{"url": "https://a.example/c"}', ttl: "1.5h", concurrency: "8" };
    const params = fetchParams(second, "archive");
    expect(params.requests.map(({ paramsJson }) => paramsJson)).toEqual(
      ["a", "b", "c"].map((end) => `{"url": "https://a.example/${end}"}`),
    );
    expect(params).toMatchObject({ ttlMs: 5_400_000, concurrency: 8, cache: "default" });
    expect(draftFaults({ ...second, each: "x" }).each).toContain("{{value}}");
    expect(draftFaults({ ...draft, each: "1990-01-01..2026-01-01" }).each).toContain("at most 10,000");
    expect(Object.keys(draftFaults({ ...draft, ttl: "soon", concurrency: "65" }))).toEqual(["ttl", "concurrency"]);
  });
});
