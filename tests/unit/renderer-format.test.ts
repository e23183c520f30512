import { describe, expect, it } from "vitest";
import { declaredCharset, decoderFor, decodeText } from "../../src/renderer/format/decode.ts";
import { formatOffset, hexDump, parseOffset } from "../../src/renderer/format/hex.ts";
import { formatBytes, formatCount, formatCounted, formatDuration } from "../../src/renderer/format/quantities.ts";
import { dayLabel, formatTime, parseTime, relativeTime, timeParts } from "../../src/renderer/format/times.ts";
import { shortened, visibleText } from "../../src/renderer/format/visible-text.ts";

describe("quantities", () => {
  it("shows bytes in binary units", () => {
    const cases: [number, string][] = [
      [0, "0 B"],
      [1023, "1023 B"],
      [1024, "1.0 KiB"],
      [1_048_575, "1.0 MiB"],
      [2_097_152, "2.0 MiB"],
      [3.5 * 1024 ** 3, "3.5 GiB"],
    ];
    for (const [bytes, text] of cases) expect(formatBytes(bytes)).toBe(text);
  });

  it("shows durations in the unit that fits", () => {
    const cases: [number, string][] = [
      [0, "0 ms"],
      [0.4, "0.4 ms"],
      [12.3, "12 ms"],
      [999.7, "1.00 s"],
      [1240, "1.24 s"],
      [59_999, "1 m 00 s"],
      [123_000, "2 m 03 s"],
      [3_720_000, "1 h 02 m"],
    ];
    for (const [milliseconds, text] of cases) expect(formatDuration(milliseconds)).toBe(text);
  });

  it("groups counts by thousands", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(formatCount(999)).toBe("999");
    expect(formatCounted(1, "row")).toBe("1 row");
    expect(formatCounted(2000, "reply", "replies")).toBe("2,000 replies");
  });
});

describe("times", () => {
  const moment = Date.UTC(2025, 9, 21, 16, 38, 4, 123);

  it("reads the shapes that archives hold", () => {
    for (const text of [
      "2025-10-21T16:38:04.123456+00:00",
      "2025-10-21T16:38:04.123Z",
      "2025-10-21 16:38:04.123",
      "2025-10-21T18:38:04.123+02:00",
      "2025-10-21T11:08:04.123-05:30",
    ]) {
      expect(parseTime(text)).toBe(moment);
    }
    expect(parseTime("2025-10-22T10:00:00+00:00")).toBe(Date.UTC(2025, 9, 22, 10));
    expect(parseTime("2025-10-22")).toBe(Date.UTC(2025, 9, 22));
    expect(parseTime("0001-01-01T00:00:00")).toBe(new Date("0001-01-01T00:00:00Z").getTime());
  });

  it("reads nothing into other texts", () => {
    for (const text of [
      "yesterday",
      "",
      "2025-13-01",
      "2025-02-30",
      "2025-10-21T25:00",
      "2025-10-21T10:00:00+00:00 ",
    ]) {
      expect(parseTime(text)).toBeNull();
      expect(formatTime(text, "utc")).toBe(text);
    }
  });

  it("shows milliseconds in UTC and in local time", () => {
    const text = "2025-10-21T16:38:04.123456+00:00";
    expect(formatTime(text, "utc")).toBe("2025-10-21 16:38:04.123");
    const local = new Date(moment);
    expect(timeParts(text, "local")?.clock).toBe(`${local.toTimeString().slice(0, 8)}.123`);
  });

  it("tells how long ago something was", () => {
    const now = Date.UTC(2025, 9, 24, 16, 38, 4);
    expect(relativeTime("2025-10-24T16:38:02Z", now)).toBe("just now");
    expect(relativeTime("2025-10-24T16:37:04Z", now)).toBe("1 minute ago");
    expect(relativeTime("2025-10-21T16:38:04Z", now)).toBe("3 days ago");
    expect(relativeTime("2025-10-24T18:38:04Z", now)).toBe("in 2 hours");
    expect(relativeTime("2022-10-24", now)).toBe("3 years ago");
    expect(relativeTime("yesterday", now)).toBeNull();
  });

  it("labels days", () => {
    expect(dayLabel("2025-10-24", "2025-10-24")).toBe("Today");
    expect(dayLabel("2025-10-31", "2025-11-01")).toBe("Yesterday");
    expect(dayLabel("2025-10-21", "2025-10-24")).toBe("Tue 21 Oct 2025");
  });
});

describe("visible text", () => {
  it("shows characters that would hide or reorder others", () => {
    expect(visibleText("a\u202etxt.exe\u0000\n\u007f\u200b")).toBe("a[U+202E]txt.exe\u2400\u240a\u2421[U+200B]");
    expect(visibleText("\u2066x\u2069\ud800")).toBe("[U+2066]x[U+2069]\ufffd");
    expect(visibleText("größe 漢字 👍 שלום")).toBe("größe 漢字 👍 שלום");
  });

  it("shortens by characters, not by halves of them", () => {
    expect(shortened("abc", 3)).toBe("abc");
    expect(shortened("abcd", 3)).toBe("ab…");
    expect(shortened("👍👍👍", 3)).toBe("👍👍👍");
    expect(shortened("👍👍👍👍", 3)).toBe("👍👍…");
    expect(shortened("x".repeat(100_000), 4)).toBe("xxx…");
  });
});

describe("decoding", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  /** Some charsets as their encoders would write them. */
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const whole = { cut: false };

  it("takes valid UTF-8 as such, whatever was declared", () => {
    const decoded = { text: "größe", charset: "utf-8", origin: "valid", invalid: false };
    expect(decodeText(bytes("größe"), whole)).toEqual(decoded);
    expect(decodeText(bytes("größe"), { cut: false, declared: "iso-8859-1" })).toEqual(decoded);
    expect(decodeText(bytes("aö").subarray(0, 2), { cut: true })).toMatchObject({ text: "a", invalid: false });
  });

  it("believes a byte order mark, and keeps it", () => {
    expect(decodeText(bytes("\ufeffa"), whole)).toMatchObject({ text: "\ufeffa", charset: "utf-8", origin: "mark" });
    const utf16 = Uint8Array.of(0xff, 0xfe, 0x61, 0);
    expect(decodeText(utf16, whole)).toMatchObject({ text: "\ufeffa", charset: "utf-16le", origin: "mark" });
  });

  it("takes what was declared for bytes that are no UTF-8, and guesses where nothing was", () => {
    const german = latin1("Gr\xfc\xdfe aus Z\xfcrich, und viele sch\xf6ne Tage f\xfcr dich");
    expect(decodeText(german, { cut: false, declared: "ISO-8859-1" })).toMatchObject({
      charset: "windows-1252",
      origin: "declared",
      text: "Grüße aus Zürich, und viele schöne Tage für dich",
    });
    expect(decodeText(german, whole)).toMatchObject({ origin: "guessed", text: expect.stringContaining("Zürich") });
    expect(decodeText(german, { cut: false, declared: "utf-8" }).origin).toBe("guessed");
    expect(decodeText(german, { cut: false, declared: "nonsense" }).origin).toBe("guessed");
    expect(decodeText(Uint8Array.of(0x61, 0xff, 0x62), whole)).toMatchObject({ text: "aÿb", charset: "windows-1252" });
    const utf16 = Uint8Array.of(0x61, 0, 0x62, 0);
    expect(decodeText(utf16, { cut: false, declared: "utf-16le" })).toMatchObject({ text: "ab", origin: "declared" });
  });

  it("reads in the chosen charset, and says what means nothing in it", () => {
    expect(decodeText(Uint8Array.of(0xe4), { cut: false, chosen: "windows-1251" }).text).toBe("д");
    const wrong = decodeText(Uint8Array.of(0x61, 0xff, 0x62), { cut: false, chosen: "utf-8" });
    expect(wrong).toEqual({ text: "a\ufffdb", charset: "utf-8", origin: "chosen", invalid: true });
  });

  it("finds the charset in a declared type", () => {
    expect(declaredCharset('text/html; charset="ISO-8859-15"')).toBe("ISO-8859-15");
    expect(declaredCharset("text/html;boundary=x;Charset=utf8")).toBe("utf8");
    expect(declaredCharset("text/html")).toBeNull();
    expect(decoderFor("latin1")).toBe("windows-1252");
    expect(decoderFor("no such charset")).toBeNull();
  });
});

describe("hex", () => {
  it("dumps lines of offsets, bytes and ASCII", () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, index) => index + 0x3f);
    expect(hexDump(bytes, 0x10000, 16)).toEqual({
      offsets: "00010000\n00010010",
      bytes: "3f 40 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e\n4f 50",
      ascii: "?@ABCDEFGHIJKLMN\nOP",
    });
    expect(hexDump(Uint8Array.of(0, 0x7f, 0xff, 0x20), 0, 16).ascii).toBe("··· ");
    expect(hexDump(new Uint8Array(), 0, 16)).toEqual({ offsets: "", bytes: "", ascii: "" });
  });

  it("reads offsets as people type them", () => {
    expect(parseOffset("4096")).toBe(4096);
    expect(parseOffset("0x1000")).toBe(4096);
    expect(parseOffset("1000h")).toBe(4096);
    expect(parseOffset(" 1_000 ")).toBe(1000);
    for (const text of ["", "x", "-1", "1.5", "9".repeat(20)]) expect(parseOffset(text)).toBeNull();
    expect(formatOffset(0x1_0000_0000)).toBe("100000000");
  });
});
