import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { describe, expect, it } from "vitest";
import { decodeTask, zstdWindow } from "../../src/renderer/work/decode-tasks.ts";
import { sniff } from "../../src/renderer/work/sniff.ts";
import type { Source } from "../../src/renderer/work/tasks.ts";
import { zipEntryTask, zipListTask } from "../../src/renderer/work/zip-tasks.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const held = (bytes: Uint8Array<ArrayBuffer>): Source => ({ kind: "bytes", bytes, complete: true });
const MOST = 100_000;

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function decoded(format: "gzip" | "zstd", bytes: Uint8Array<ArrayBuffer>) {
  const result = await decodeTask({ source: held(bytes), format, limit: MOST });
  return { ...result, text: new TextDecoder().decode(result.bytes) };
}

describe("decoding gzip", () => {
  it("gives what is inside, of all members, and what it is", async () => {
    const one = await gzip(utf8('{"a": 1}'));
    expect(await decoded("gzip", one)).toMatchObject({ text: '{"a": 1}', complete: true, fault: null, kind: "json" });
    expect(await decoded("gzip", joined(one, one))).toMatchObject({ text: '{"a": 1}{"a": 1}', fault: null });
    expect(await decoded("gzip", await gzip(utf8("")))).toMatchObject({ kind: "empty", fault: null });
  });

  it("says what is broken, and keeps what came before", async () => {
    const lines = Array.from({ length: 3_000 }, (_none, line) => `${line * 7919},${line}\n`).join("");
    const whole = await gzip(utf8(lines));
    const short = await decoded("gzip", whole.slice(0, whole.length - 3_000));
    expect(short).toMatchObject({ complete: false, fault: expect.any(String) });
    expect(lines.startsWith(short.text)).toBe(true);
    const wrong = whole.slice();
    wrong[whole.length - 6] = (wrong[whole.length - 6] ?? 0) ^ 1;
    expect(await decoded("gzip", wrong)).toMatchObject({ text: lines, complete: false, fault: expect.any(String) });
    expect(await decoded("gzip", utf8("no gzip at all, but long enough"))).toMatchObject({ text: "", complete: false });
  });

  it("stops a bomb at the limit", async () => {
    const bomb = await gzip(new Uint8Array(64 * 1024 * 1024));
    const result = await decoded("gzip", bomb);
    expect([result.bytes.length, result.complete, result.fault]).toEqual([MOST, false, null]);
  });
});

describe("decoding zstd", () => {
  const CSV = Uint8Array.from(atob("KLUv/WAYAK0AAHBkYXkscHJpY2UKMSwyCgEAB6FOJQ=="), (one) => one.charCodeAt(0));

  it("gives what is inside, and says what is broken", async () => {
    const whole = await decoded("zstd", CSV);
    expect(whole).toMatchObject({ text: "day,price\n1,2\n".repeat(20), complete: true, fault: null, kind: "table" });
    expect(await decoded("zstd", CSV.slice(0, 20))).toMatchObject({ complete: false, fault: expect.any(String) });
  });

  it("refuses what would need more memory than there is to give", async () => {
    // A frame header alone: a window of 2^41 bytes.
    const huge = joined(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8), new Uint8Array(20));
    expect(zstdWindow(huge)).toBe(2 ** 41);
    expect((await decoded("zstd", huge)).fault).toContain("more memory");
  });
});

describe("a zip file", () => {
  async function zip(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Promise<Uint8Array<ArrayBuffer>> {
    const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
    for (const [name, bytes] of Object.entries(files)) await writer.add(name, new Uint8ArrayReader(bytes));
    return Uint8Array.from(await writer.close());
  }

  it("lists its files by name, hostile ones too, and decodes one of them", async () => {
    const source = held(await zip({ "../../etc/passwd": utf8("a,b\n1,2\n"), "b/c.json": utf8("[1]") }));
    const { entries, more } = await zipListTask({ source });
    expect(entries.map(({ name, size }) => [name, size])).toEqual([
      ["../../etc/passwd", 8],
      ["b/c.json", 3],
    ]);
    expect(more).toBe(false);
    expect(await zipEntryTask({ source, place: 1, limit: MOST })).toMatchObject({ kind: "json", complete: true });
  });

  it("stops a bomb at the limit, and says what is broken", async () => {
    const bytes = await zip({ bomb: new Uint8Array(32 * 1024 * 1024), text: utf8("some text of some length") });
    const bomb = await zipEntryTask({ source: held(bytes), place: 0, limit: MOST });
    expect([bomb.bytes.length, bomb.complete, bomb.fault]).toEqual([MOST, false, null]);
    const cut = held(bytes.slice(0, bytes.length - 40));
    await expect(zipListTask({ source: cut })).rejects.toThrow();
    const wrong = bytes.slice();
    wrong.fill(0xff, 60, 100);
    expect((await zipEntryTask({ source: held(wrong), place: 0, limit: MOST })).fault).toEqual(expect.any(String));
  });
});

describe("recognising what was decoded", () => {
  it.each<[string, Uint8Array, string]>([
    ["JSON", utf8('{"a": 1}'), "json"],
    ["NDJSON", utf8('{"a": 1}\n{"a": 2}\n'), "ndjson"],
    ["CSV", utf8("a,b\n1,2\n"), "table"],
    ["HTML", utf8("<!doctype html><p>hi"), "html"],
    ["XML", utf8('<?xml version="1.0"?><a/>'), "xml"],
    ["SVG", utf8('<svg xmlns="http://www.w3.org/2000/svg"/>'), "image"],
    ["prose", utf8("Hello, world.\nAnother line.\n"), "text"],
    ["Parquet", utf8("PAR1\0\0\0\0"), "parquet"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0), "gzip"],
    ["numbers", new Uint8Array(new Float64Array([1.5, 2.25]).buffer), "binary"],
    ["nothing", new Uint8Array(), "empty"],
  ])("finds %s", async (_what, bytes, kind) => {
    expect((await sniff(bytes, true)).kind).toBe(kind);
  });

  it("finds JSON by its beginning", async () => {
    expect((await sniff(utf8(`[${"1234567890,".repeat(9_000)}`), false)).kind).toBe("json");
  });
});
