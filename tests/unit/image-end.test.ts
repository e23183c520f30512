import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { endsEarly, IMAGE_HEAD_BYTES, IMAGE_TAIL_BYTES } from "../../src/renderer/format/image-end.ts";
import { ROOT } from "../helpers/root.ts";

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const isCut = (file: Uint8Array) =>
  endsEarly(file.subarray(0, IMAGE_HEAD_BYTES), file.subarray(-IMAGE_TAIL_BYTES), file.length);

const png = readFileSync(join(ROOT, "packages/dataio/sample-data/logo.png"));
const jpeg = bytes([0xff, 0xd8, 0xff, 0xe0], "JFIF", Array(100).fill(7), [0xff, 0xd9]);
const gif = bytes("GIF89a", [1, 0, 1, 0, 0x80, 0, 0], "pixels", [0x00, 0x3b]);
const webp = bytes("RIFF", [24, 0, 0, 0], "WEBPVP8 ", Array(16).fill(1));

describe("the end of an image", () => {
  it.each([
    ["png", png],
    ["jpeg", jpeg],
    ["gif", gif],
    ["webp", webp],
  ])("is found, and missed when it was cut: %s", (_format, file) => {
    expect(isCut(file)).toBe(false);
    expect(isCut(file.subarray(0, -1))).toBe(true);
    expect(isCut(file.subarray(0, file.length / 2))).toBe(true);
  });

  it("may have something behind it", () => {
    expect(isCut(bytes([...png], "appended by a program"))).toBe(false);
    expect(isCut(bytes([...jpeg], Array(2_000).fill(0)))).toBe(false);
    expect(isCut(bytes([...gif], [0x0d, 0x0a]))).toBe(false);
    expect(isCut(bytes([...gif], "appended by a program"))).toBe(false);
    expect(isCut(bytes([...webp], "x"))).toBe(false);
  });

  it("is not asked for where a format has none, or nothing is there", () => {
    expect(isCut(bytes("<svg xmlns='http://www.w3.org/2000/svg'>"))).toBe(false);
    expect(isCut(bytes("RIFF"))).toBe(false);
    expect(isCut(new Uint8Array(0))).toBe(false);
  });
});
