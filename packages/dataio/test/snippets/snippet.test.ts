import { describe, expect, it } from "vitest";
import { type SnippetForm, type SnippetRequest, snippetOf, snippetText } from "../../src/index.ts";
import { pythonString, shellWord } from "../../src/snippets/quoting.ts";

const QUOTE: SnippetRequest = {
  archive: "/data/it's here",
  source: "demo",
  kind: "quote",
  method: "GET",
  paramsJson: '{"limit":30.0,"url":"https://example.com/q?s=ES"}',
  bodyJson: null,
  bucket: null,
  tag: null,
};

function copied(form: SnippetForm, request: Partial<SnippetRequest>): string {
  const result = snippetOf(form, { ...QUOTE, ...request });
  return "text" in result ? snippetText(form, [result.text]) : `obstacle: ${result.obstacle}`;
}

describe("an archived request in HTTP", () => {
  it("reads params as the adapter does", () => {
    const paramsJson = JSON.stringify({
      url: "https://example.com/q?s=ES",
      headers: { "X-Two": ["a", "b"], accept: null, "content-length": "3" },
      query: { n: 1, list: ["x", null, "y z"] },
      params: "?more=1",
      method: "patch",
    }).replace('"n":1', '"n":1.10');
    expect(copied("curl", { paramsJson, bodyJson: '{"a":1}' })).toBe(
      [
        "curl --globoff --location",
        "--request 'PATCH'",
        "--url 'https://example.com/q?s=ES&n=1.10&list=x&list=y+z&more=1'",
        "--header 'x-two: a'",
        "--header 'x-two: b'",
        "--header 'content-type: application/json'",
        `--data-raw '{"a":1}'`,
      ].join(" \\\n  "),
    );
  });

  it("sends forms and texts as their type says", () => {
    const sent = (type: string, bodyJson: string) => {
      const paramsJson = JSON.stringify({ url: "http://h/", headers: { "Content-Type": type } });
      return copied("fetch", { method: "SEND", paramsJson, bodyJson });
    };
    expect(sent("application/x-www-form-urlencoded", '{"a":1.0,"b":"x y"}')).toContain('body: "a=1.0&b=x+y"');
    expect(sent("text/plain", '"line\\nnext"')).toContain('body: "line\\nnext"');
    expect(sent("application/json", '"text"')).toContain('method: "POST"');
    expect(sent("application/json", '"text"')).toContain('body: "\\"text\\""');
  });

  it("refuses what is no web address, and headers that would become others", () => {
    for (const paramsJson of [
      '{"url":"file:///etc/passwd"}',
      '{"url":"--output=/tmp/x"}',
      '{"path":"a.csv"}',
      "null",
      "no JSON",
      '{"url":"http://h/","headers":{"a":"b\\r\\nc: d"}}',
      '{"url":"http://h/","headers":{"@/etc/passwd":"b"}}',
    ]) {
      for (const form of ["curl", "fetch", "requests"] as const) {
        expect(copied(form, { paramsJson })).toMatch(/^obstacle/);
      }
    }
  });

  it("holds no credentials, but for the command that asks this very archive once more", () => {
    const paramsJson = '{"headers":{"X-API-Key":"hunter2","x":"1"},"url":"https://anna:secret@h/a?b=c@d"}';
    for (const form of ["curl", "fetch", "requests"] as const) {
      const text = copied(form, { paramsJson });
      expect(text).not.toMatch(/hunter2|anna|secret|YW5uYT/);
      expect(text).toContain("https://h/a?b=c@d");
      expect(text.match(/\[redacted\]/g)).toHaveLength(2);
    }
    expect(copied("dataio", { paramsJson })).toContain(`--params='${paramsJson}'`);
  });
});

describe("copy as", () => {
  it("writes a plain request in every form", () => {
    expect(copied("curl", {})).toBe("curl --globoff --location \\\n  --url 'https://example.com/q?s=ES'");
    expect(copied("fetch", {})).toBe(
      'const response = await fetch("https://example.com/q?s=ES", {\n  method: "GET",\n});',
    );
    expect(copied("requests", {})).toBe(
      'import requests\n\nresponse = requests.request(\n    "GET",\n    "https://example.com/q?s=ES",\n)',
    );
    expect(copied("dataio", {})).toBe(
      [
        "dataio --archive='/data/it'\\''s here' fetch --cache=bypass",
        "--source='demo'",
        "--kind='quote'",
        `--params='{"limit":30.0,"url":"https://example.com/q?s=ES"}'`,
      ].join(" \\\n  "),
    );
  });

  it("keeps bodies and headers", () => {
    const request = {
      method: "POST",
      paramsJson: '{"headers":{"x":"","y":"1"},"url":"http://h/"}',
      bodyJson: '{"n":1.10}',
    };
    expect(copied("curl", request)).toBe(
      [
        "curl --globoff --location",
        "--url 'http://h/'",
        "--header 'x;'",
        "--header 'y: 1'",
        "--header 'content-type: application/json'",
        `--data-raw '{"n":1.10}'`,
      ].join(" \\\n  "),
    );
    expect(copied("requests", request)).toContain('data="{\\"n\\":1.10}".encode(),');
    expect(copied("dataio", { ...request, bucket: "2026-01-01", tag: "-x" })).toContain(
      '--method=POST \\\n  --params=\'{"headers":{"x":"","y":"1"},"url":"http://h/"}\' \\\n  --body=\'{"n":1.10}\' \\\n  --bucket=\'2026-01-01\' \\\n  --tag=\'-x\'',
    );
  });

  it("says why there is none", () => {
    expect(copied("curl", { paramsJson: '{"path":"a.csv"}' })).toMatch(/^obstacle/);
    expect(copied("dataio", { paramsJson: '{"path":"a.csv"}' })).toContain("--adapter=local-file \\\n  --params");
    expect(copied("dataio", { paramsJson: '{"path":"/in/a.csv"}' })).toContain("--adapter=local-file \\\n  --root='/'");
    expect(copied("dataio", { source: null })).toMatch(/^obstacle/);
    expect(copied("dataio", { method: "DELETE" })).toMatch(/^obstacle/);
    expect(copied("dataio", { kind: "a\0b" })).toMatch(/^obstacle/);
    expect(copied("fetch", { bodyJson: "{}" })).toMatch(/^obstacle/);
  });
});

describe("literals", () => {
  it("hold hostile texts and nothing else", () => {
    expect(shellWord("it's $(rm -rf ~) `id` !! \\")).toBe("'it'\\''s $(rm -rf ~) `id` !! \\'");
    expect(shellWord("a\x1b[2J\x03'\\\u202e")).toBe("$'a\\x1b[2J\\x03\\'\\\\\\xe2\\x80\\xae'");
    expect(shellWord("")).toBe("''");
    expect(pythonString('"\\\n\u2028\u{1f600}\ud800')).toBe('"\\"\\\\\\n\\u2028\u{1f600}\\ud800"');
  });
});
