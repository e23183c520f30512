import { join } from "node:path";
import { PassThrough } from "node:stream";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { printable, printableLines } from "../../src/cli/printable.ts";
import { Progress } from "../../src/cli/progress.ts";
import { writeTable } from "../../src/cli/table.ts";
import { parseDuration, parseHeaders, parseMoment } from "../../src/cli/values.ts";
import { parseTimestamp } from "../../src/timestamps.ts";
import { referenceArchive } from "../archives.ts";
import { linesOf } from "./command.ts";
import { runHere } from "./in-process.ts";

function terminal(columns: number) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  return { stream, text: () => String(stream.read() ?? "") };
}

describe("on a terminal", () => {
  it("a table is bold at its head, and its last column keeps to the width; with NO_COLOR it has no colour", async () => {
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    db.prepare("UPDATE requests SET params_json = ?").run(`{"x":"${"日本".repeat(50)}"}`);
    db.close();
    const args = ["requests", "-a", archive, "--limit", "2"];
    const [bold, plain, dumb, wide] = [
      await runHere(args, { columns: 130 }),
      await runHere(args, { columns: 130, env: { NO_COLOR: "1" } }),
      await runHere(args, { columns: 130, env: { TERM: "dumb" } }),
      await runHere(args),
    ];
    expect(bold.stdout.startsWith("\u001b[1mCREATED")).toBe(true);
    expect(plain.stdout).toMatch(/^CREATED/);
    expect(dumb.stdout).toBe(plain.stdout);
    const [, row = ""] = linesOf(plain.stdout);
    expect(row).toMatch(/日…$|本…$/);
    expect(wide.stdout).toContain("日本".repeat(50));
  });

  it("binary bytes are not written to it, unless forced", async () => {
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"), { readonly: true });
    const checksums = db.prepare<[], string>("SELECT checksum FROM responses").pluck().all();
    db.close();
    const codes = new Map<string, number | null>();
    for (const checksum of checksums)
      codes.set(checksum, (await runHere(["cat", checksum, "-a", archive], { columns: 80 })).code);
    const refused = [...codes].filter(([, code]) => code === 2).map(([checksum]) => checksum);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(codes.values())).toEqual(new Set([0, 2]));
    const again = await runHere(["cat", refused[0] ?? "", "-a", archive], { columns: 80 });
    expect(again).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/^dataio: these bytes are binary; .*\n$/),
    });
    expect((await runHere(["cat", refused[0] ?? "", "-a", archive, "--force"], { columns: 80 })).code).toBe(0);
    expect((await runHere(["cat", refused[0] ?? "", "-a", archive])).code).toBe(0);
  });

  it("progress is one line that goes away; elsewhere there is none", () => {
    const { stream, text } = terminal(60);
    const progress = new Progress(stream, {}, 0);
    progress.show("checking \u001b[31m", 1, 4);
    progress.show("too soon", 2, 4);
    const shown = text();
    expect(shown).toBe("\r\u001b[2K[######------------------] 25 % checking \\u001b[31m");
    progress.end();
    progress.end();
    expect(text()).toBe("\r\u001b[2K");
    const log = new PassThrough();
    new Progress(log, {}, 0).show("checking", 1, 4);
    expect(log.read()).toBeNull();
  });
});

describe("a table", () => {
  it("is aligned by what is seen, over many blocks of rows", async () => {
    const stream = new PassThrough();
    const output = new Output(stream, {});
    const rows = Array.from({ length: 1_201 }, (_, index) => ({ name: index % 2 === 0 ? "é" : "日本", n: index }));
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    await writeTable(
      output,
      [
        { title: "N", value: (row) => row.n, align: "right" },
        { title: "NAME", value: (row) => row.name },
        { title: "END", value: () => null },
      ],
      rows,
    );
    const lines = linesOf(Buffer.concat(chunks).toString());
    expect(lines).toHaveLength(1_202);
    expect(lines.slice(0, 3)).toEqual(["  N  NAME  END", "  0  é     -", "  1  日本  -"]);
    expect(lines.at(-1)).toBe("1200  é     -");
  });
});

describe("text for people", () => {
  it("has no character in it that does something", () => {
    expect(
      printable("tab\t, nl\r\n, esc\u001b[0m, c1\u009b, \u202eback, \u2066x\u2069, \ud800, \u{e0041}, é日😀"),
    ).toBe("tab\\t, nl\\r\\n, esc\\u001b[0m, c1\\u009b, \\u202eback, \\u2066x\\u2069, \\ud800, \\u{e0041}, é日😀");
    expect(printableLines("a\r\nb\u0007\nc")).toBe("a\nb\\u0007\nc");
  });
});

describe("what people write", () => {
  it("may be a duration or a moment", () => {
    expect(["250ms", "90s", "1.5h", "7d", "2w"].map(parseDuration)).toEqual([
      250, 90_000, 5_400_000, 604_800_000, 1_209_600_000,
    ]);
    for (const text of ["", "5", "h", "-1h", "1 hour"]) expect(() => parseDuration(text), text).toThrow(/no duration/);
    const now = Date.UTC(2026, 2, 2);
    expect(parseMoment("24h", now)).toBe(parseTimestamp("2026-03-01T00:00:00Z")?.epochMicros);
    expect(parseMoment("2026-03-01T06:00:00+01:00", now)).toBe(parseTimestamp("2026-03-01T05:00:00Z")?.epochMicros);
    expect(() => parseMoment("soon", now)).toThrow(/no moment/);
  });

  it("may be headers, which no error repeats", () => {
    expect({ ...parseHeaders(["A: b:c", "X:", "A: d"]) }).toEqual({ A: ["b:c", "d"], X: "" });
    expect(() => parseHeaders(["Bearer secret"])).toThrow(/^A header is written as "Name: value"\.$/);
    expect({ ...parseHeaders(["__proto__: x"]) }).toHaveProperty("__proto__", "x");
  });
});
