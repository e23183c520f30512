import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  mediaTypesDiffer,
  normalizeMediaType,
  sniffMediaType,
  sniffPlainText,
  suggestFileName,
} from "../src/media-type.ts";

const bytes = (text: string) => Buffer.from(text, "utf8");
const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex");

describe("sniffing", () => {
  it.each<[string, Buffer, string | null, string]>([
    ["a JSON object", bytes('{"a": 1}'), "application/json", "json"],
    ["JSON of Python", bytes('{"a": NaN, "b": 12345678901234567890}'), "application/json", "json"],
    ["JSON with a BOM-less newline", bytes("[1, 2]\n"), "application/json", "json"],
    ["broken JSON", bytes('{"a": '), "text/plain", "text"],
    ["one JSON value a line", bytes('{"a":1}\n{"a":2}\n'), "application/x-ndjson", "text"],
    ["CSV", bytes("a,b\n1,2\n3,4\n"), "text/csv", "text"],
    ["CSV with quotes", bytes('a,b\n"x, y",2\n'), "text/csv", "text"],
    ["CSV with semicolons", bytes("a;b;c\n1;2;3\n"), "text/csv", "text"],
    ["TSV", bytes("a\tb\n1\t2\n"), "text/tab-separated-values", "text"],
    ["prose with commas", bytes("Well, hello.\nThis, that, and more, of course.\n"), "text/plain", "text"],
    ["HTML", bytes("<!DOCTYPE html>\n<html><p>hi"), "text/html", "text"],
    ["HTML after a comment", bytes("<!-- saved --><html lang=en>"), "text/html", "text"],
    ["an HTML fragment", bytes("<p>hello</p>"), "text/html", "text"],
    ["XML", bytes('<?xml version="1.0"?><urlset><url/></urlset>'), "application/xml", "text"],
    [
      "SVG",
      bytes('<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>'),
      "image/svg+xml",
      "image",
    ],
    ["PNG", PNG, "image/png", "image"],
    ["gzip", gzipSync("hello"), "application/gzip", "binary"],
    ["Latin-1 text", Buffer.from("Gr\xfc\xdfe aus Z\xfcrich", "latin1"), "text/plain", "text"],
    ["text that begins like a zip", bytes("PK is short for Phil Katz"), "text/plain", "text"],
    ["UTF-16", Buffer.from("\ufeffhello", "utf16le"), "text/plain", "text"],
    ["numbers", Buffer.from(new Float64Array([1.5, 2.25, 3.125]).buffer), null, "binary"],
    ["nothing", Buffer.alloc(0), null, "empty"],
  ])("recognises %s", async (_what, payload, mediaType, preview) => {
    expect(await sniffMediaType(payload, true)).toMatchObject({ mediaType, preview });
  });

  it("recognises JSON by its beginning when that is all there is", async () => {
    const long = bytes(`[${"1234567890,".repeat(8000)}1]`);
    expect((await sniffMediaType(long.subarray(0, 65_536), false)).mediaType).toBe("application/json");
    const cutInACharacter = bytes(`{"a":"${"ü".repeat(100)}`).subarray(0, 51);
    expect((await sniffMediaType(cutInACharacter, false)).preview).toBe("json");
  });

  it("takes no time over hostile markup", async () => {
    const started = performance.now();
    for (const hostile of [
      "<!--".repeat(16_000),
      "<!DOCTYPE [".repeat(6_000),
      "<?".repeat(30_000),
      "<".repeat(65_000),
    ]) {
      await sniffMediaType(bytes(hostile), false);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("a declared type", () => {
  it("is read without parameters and by its usual name", () => {
    expect(normalizeMediaType("Text/HTML;charset=UTF-8")).toBe("text/html");
    expect(normalizeMediaType("application/x-parquet")).toBe("application/vnd.apache.parquet");
    for (const none of [undefined, 5, "", "nonsense", "a/b/c", "text/<b>"]) expect(normalizeMediaType(none)).toBeNull();
  });

  it.each<[string, string, boolean]>([
    ["image/png", "just text", true],
    ["application/json", "just text", true],
    ["application/json", '{"a":1}', false],
    ["application/vnd.api+json", '{"a":1}', false],
    ["text/plain", '{"a":1}', false],
    ["application/octet-stream", '{"a":1}', false],
    ["text/html", '{"a":1}', true],
    ["text/csv", "one column\nonly\n", false],
    ["application/xml", "<a><b/></a>", false],
    ["application/javascript", "let x = 1", false],
  ])("%s beside %j differs: %s", async (declared, text, differs) => {
    expect(mediaTypesDiffer(declared, await sniffMediaType(bytes(text), true))).toBe(differs);
  });
});

describe("a suggested file name", () => {
  it.each([
    ["https://a.example/data/prices.json?day=1#x", "quote", "json", "prices.json"],
    ["https://a.example/data/prices.php", "quote", "csv", "prices.csv"],
    ["https://a.example/", "quote", "json", "quote.json"],
    ["https://a.example/caf%C3%A9/gr%C3%B6%C3%9Fe", "k", "txt", "größe.txt"],
    ["/srv/in/positions.csv", "k", "csv", "positions.csv"],
    ["C:\\data\\trades.csv", "k", "csv", "trades.csv"],
    ["https://a.example/..%2f..%2fetc%2fpasswd", "k", "txt", "etc_passwd.txt"],
    ["https://a.example/%00%0a", "a/b:c*d", "bin", "a_b_c_d.bin"],
    [null, "suche/größe:1", "json", "suche_größe_1.json"],
    [null, "\u202egnp.exe", "txt", "gnp.exe.txt"],
    [null, "CON", "txt", "_CON.txt"],
    [null, null, "bin", "payload.bin"],
    [null, "x".repeat(300), "bin", `${"x".repeat(100)}.bin`],
  ])("of %j and %j is safe everywhere", (url, kind, extension, name) => {
    expect(suggestFileName({ url, kind, extension })).toBe(name);
  });
});

describe("recognising a text without leaving the tick", () => {
  it("says what the whole recognition says, or leaves it to that", async () => {
    const piece = fc.constantFrom(
      "{",
      "[1]",
      '{"a":1}',
      "\n",
      "a,b",
      "%PDF-1.4",
      "<p>",
      "<?xml?>",
      "PK",
      "BM",
      "\ufeff",
      "é",
      "\u0000",
      "x",
    );
    const text = fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))).map((pieces) => pieces.join(""));
    const bytes = fc.oneof(
      text.map((part) => Buffer.from(part)),
      fc.uint8Array(),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (head, complete) => {
        const plain = sniffPlainText(head, complete);
        if (plain !== null) expect(plain).toEqual(await sniffMediaType(head, complete));
      }),
      { numRuns: 1_000 },
    );
  });
});
