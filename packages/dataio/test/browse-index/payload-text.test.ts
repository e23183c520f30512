/** What of a payload's bytes is searched. */
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { payloadText } from "../../src/browse-index/payload-text.ts";

const ALL = { maxBytes: 1_000, types: [] };
const bytes = (text: string) => Buffer.from(text);

describe("the text of a payload", () => {
  it("is what its bytes say in UTF-8, by a byte order mark, or one byte a character", async () => {
    expect(await payloadText(bytes('{"city":"Zürich"}'), true, ALL)).toEqual({
      state: "text",
      text: '{"city":"Zürich"}',
      isCut: false,
    });
    expect(await payloadText(Buffer.from("city;Zürich\nx;y\n", "latin1"), true, ALL)).toMatchObject({
      text: "city;Zürich\nx;y\n",
    });
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Zürich", "utf16le")]);
    expect(await payloadText(utf16, true, ALL)).toMatchObject({ text: expect.stringContaining("Zürich") });
    // A control character makes it no other charset.
    expect(await payloadText(bytes(`Zürich \u0001 ${"x".repeat(99)}`), true, ALL)).toMatchObject({
      text: expect.stringContaining("Zürich"),
    });
  });

  it.each([
    ["gzip", zlib.gzipSync(bytes('{"a":"needle"}'))],
    ["zstd", zlib.zstdCompressSync(bytes('{"a":"needle"}'))],
  ])("is decoded from %s, and what there is of it where the end is missing", async (_name, packed) => {
    expect(await payloadText(packed, true, ALL)).toEqual({ state: "text", text: '{"a":"needle"}', isCut: false });
    const long = zlib.gzipSync(bytes(`needle ${"and hay ".repeat(20)}${Math.E}`));
    expect(await payloadText(long.subarray(0, -12), false, ALL)).toMatchObject({
      text: expect.stringMatching(/^needle and hay/),
      isCut: true,
    });
    expect(await payloadText(Buffer.concat([packed.subarray(0, 8), bytes("broken")]), true, ALL)).toMatchObject({});
  });

  it("stops at its limit, also of what a few bytes claim to become, and within a character", async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(20_000_000, "a"));
    const found = await payloadText(bomb, true, ALL);
    expect(found).toMatchObject({ state: "text", isCut: true });
    expect(found.state === "text" && found.text.length).toBe(1_000);
    const cut = await payloadText(bytes(`${"x".repeat(999)}üü`).subarray(0, 1_000), false, ALL);
    expect(cut).toEqual({ state: "text", text: "x".repeat(999), isCut: true });
  });

  it("is none of binary payloads and of types that are not wanted", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex");
    for (const data of [png, Buffer.alloc(0), Buffer.from([1, 2, 3, 0, 255, 254])]) {
      expect(await payloadText(data, true, ALL)).toEqual({ state: "none" });
    }
    const json = bytes('{"a":1}');
    for (const types of [["json"], ["application"], ["application/json"], ["csv", "JSON"]]) {
      expect(await payloadText(json, true, { maxBytes: 1_000, types }), String(types)).toMatchObject({ state: "text" });
    }
    expect(await payloadText(json, true, { maxBytes: 1_000, types: ["csv", "text"] })).toEqual({ state: "none" });
    const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg"><text>needle</text></svg>');
    expect(await payloadText(svg, true, ALL)).toMatchObject({ state: "text" });
  });
});
