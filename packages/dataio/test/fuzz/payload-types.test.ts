/**
 * What a payload is, and under which name it is saved: both come from hostile bytes and texts. Every payload gets an
 * answer in a time that grows with its length; every name is one that Linux, macOS and Windows take, within one folder.
 */
import { writeFileSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArchiveReader, sha256Hex } from "../../src/index.ts";
import { mediaTypesDiffer, normalizeMediaType, sniffMediaType, suggestFileName } from "../../src/media-type.ts";
import { temporaryFolder } from "../archives.ts";
import { anyText, jsonBytes } from "./arbitraries.ts";
import { guardPrototypes, within } from "./outcome.ts";
import { writeRawArchive } from "./raw-archive.ts";

guardPrototypes();

describe("a payload", () => {
  const token = fc.constantFrom("<", "<!", "<!--", "-->", "<?xml", "?>", "[", "]", ">", "<svg ", "<p>", "DOCTYPE html");
  const other = fc.constantFrom(
    '"',
    ",",
    "\n",
    "a",
    " ",
    "{",
    "}",
    "\t",
    ";",
    "PK",
    "%PDF-",
    "\u00ff\u00fe",
    "\0",
    "1",
  );
  const likely = fc
    .array(fc.oneof(token, other), { maxLength: 20 })
    .map((tokens) => Buffer.from(tokens.join(""), "latin1"));

  it("is something, whatever its bytes are and wherever they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(likely, jsonBytes), fc.boolean(), anyText, async (bytes, complete, declared) => {
        const sniffed = await sniffMediaType(bytes, complete);
        expect(sniffed.extension).toMatch(/^[a-z0-9.-]+$/);
        if (sniffed.mediaType !== null) expect(normalizeMediaType(sniffed.mediaType)).toBe(sniffed.mediaType);
        expect(mediaTypesDiffer(sniffed.mediaType, sniffed)).toBe(false);
        expect(typeof mediaTypesDiffer(normalizeMediaType(declared), sniffed)).toBe("boolean");
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ...["<!", "<!a[", "<!a[]", "<!a>", "<!--", "<!-->", "<?", "<??>", "<", "< "],
    ...["[", "[]", '{"a":', '"', '""', '"a",', 'a"', "[1,", "\n", "{}\n", "a,b\n", "\\", " ", "\u00ff"],
  ])("of %j over and over is recognised soon", async (unit) => {
    for (const start of ["", "<?xml?>", "<!DOCTYPE a [", "{"]) {
      const bytes = Buffer.from(start + unit.repeat(200_000 / unit.length), "latin1");
      await within(1500, () => sniffMediaType(bytes, true));
      await within(1500, () => sniffMediaType(bytes.subarray(0, 65_536), false));
    }
  });

  it("of one enormous cell is still a table", async () => {
    const cell = Buffer.alloc(20_000_000, "a");
    const table = Buffer.concat([Buffer.from('a,"'), cell, Buffer.from('"\nb,c\n')]);
    expect((await sniffMediaType(table, true)).mediaType).toBe("text/csv");
  });

  it("of many megabytes of brackets is not taken to pieces in memory", async () => {
    const root = temporaryFolder();
    const bytes = Buffer.alloc(24 * 1024 * 1024, "[");
    const checksum = sha256Hex(bytes);
    const time = "2025-10-22T10:00:00+00:00";
    writeRawArchive(root, { responses: [{ id: "r", request_id: "q", status: "ok", checksum, created_at: time }] });
    writeFileSync(join(root, "responses", `${checksum}.bin`), bytes);
    using reader = new ArchiveReader(root);
    const before = process.memoryUsage().heapTotal;
    const { payload } = await within(3000, () => reader.row({ type: "response", id: "r" }));
    expect(payload).toMatchObject({ state: "ok", sizeBytes: bytes.length });
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(300 * 1024 * 1024);
  });
});

describe("a file name for saving", () => {
  const part = fc.oneof(
    anyText,
    fc.constantFrom("con", "aux.tar", "nul .x", "com¹", "COM1", "名".repeat(120), "😀".repeat(60), "%2e%2e%2f", "%00"),
    fc.constantFrom(...". -_ab\\/:?#\u0301é"),
  );
  const anyUrl = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));

  it("is one name on every system, and stays in its folder", () => {
    fc.assert(
      fc.property(
        fc.option(anyUrl),
        fc.option(anyUrl),
        fc.constantFrom("bin", "json", "tar.gz"),
        (url, kind, extension) => {
          const name = suggestFileName({ url: url === null ? null : `https://x.test/${url}`, kind, extension });
          expect(posix.join("/folder", name)).toBe(`/folder/${name}`);
          expect(win32.basename(name)).toBe(name);
          expect(name.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(name)).toBeLessThan(256);
          expect(name).toMatch(new RegExp(`^[^\\s.].*\\.${extension}$`, "s"));
          expect(name).not.toMatch(/[\p{C}<>:"/\\|?*]/u);
          // Windows takes these for devices, with whatever extension.
          const stem = (name.split(".")[0] ?? "").trimEnd();
          expect(stem).not.toMatch(/^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$/i);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it.each(["_", " ", ".", "-", "a", "\u0301\u0323", "名", "%20", "/", "?", "a.b", "\0"])(
    "is found soon where a URL goes on and on with %j",
    async (unit) => {
      for (const end of ["", "b", ".txt"]) {
        await within(1000, () =>
          suggestFileName({
            url: `http://x/a${unit.repeat(100_000)}${end}`,
            kind: unit.repeat(100_000),
            extension: "x",
          }),
        );
      }
    },
  );
});
