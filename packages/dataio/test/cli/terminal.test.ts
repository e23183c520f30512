import { join } from "node:path";
import { PassThrough } from "node:stream";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Fetcher } from "../../src/adapters/adapter.ts";
import { Output } from "../../src/cli/output.ts";
import { printable, printableLines } from "../../src/cli/printable.ts";
import { Progress } from "../../src/cli/progress.ts";
import { type Column, writeTable } from "../../src/cli/table.ts";
import { parseDuration, parseHeaders, parseMoment } from "../../src/cli/values.ts";
import { AdapterResult } from "../../src/model.ts";
import { withSession } from "../../src/session.ts";
import { Store } from "../../src/store.ts";
import { parseTimestamp } from "../../src/timestamps.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
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
      stderr: expect.stringMatching(/^dataio: these bytes are binary, .*\n$/),
    });
    expect((await runHere(["cat", refused[0] ?? "", "-a", archive, "--force"], { columns: 80 })).code).toBe(0);
    expect((await runHere(["cat", refused[0] ?? "", "-a", archive])).code).toBe(0);
  });

  it("no payload does anything to it, however late in it the danger comes", async () => {
    const archive = join(temporaryFolder(), "archive");
    using store = Store.create(archive);
    const late = (text: string) => Buffer.from(`${"harmless é\t\r\n".repeat(20_000)}${text}`);
    const payloads = {
      escape: late("\u001b]0;owned\u0007"),
      c1: late("\u009b31m"),
      overwritten: late("shown\rinstead"),
      turned: late("\u202egnp"),
      broken: Buffer.concat([late(""), Buffer.from([0xe9])]),
    };
    const adapter: Fetcher = {
      fetch: async ({ kind }) => new AdapterResult({ data: new Map(Object.entries(payloads)).get(kind) ?? late("") }),
    };
    const kinds = [...Object.keys(payloads), "safe"];
    const ids = await withSession({ store, source: "s", adapter }, (session) =>
      Promise.all(kinds.map(async (kind) => (await session.fetch(session.request({ kind }))).id)),
    );
    store.close();
    const shown = await Promise.all(ids.map((id) => runHere(["cat", id, "-a", archive], { columns: 80 })));
    expect(shown.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 0]);
    expect(shown.map(({ bytes }) => bytes.length)).toEqual([0, 0, 0, 0, 0, late("").length]);
  });

  it("JSON does nothing to it either, and means the same", async () => {
    const hostile = "\u009b31m\u202e\u007f \u{e0041} é日😀";
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    db.prepare("UPDATE requests SET kind = ?").run(hostile);
    db.prepare("UPDATE sessions SET source = ?").run(hostile);
    db.close();
    for (const args of [
      ["requests", "--ndjson", "--limit", "1"],
      ["requests", "--json", "--limit", "1"],
      ["show", "89615df2", "--json"],
      ["verify", "--json"],
    ]) {
      const { stdout } = await runHere([...args, "-a", archive]);
      expect(stdout.replaceAll("\n", ""), args[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(JSON.stringify(JSON.parse(args.includes("--ndjson") ? (linesOf(stdout)[0] ?? "") : stdout))).toContain(
        hostile,
      );
    }
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

  interface Wide {
    readonly id: string;
    readonly name: string;
    readonly path: string;
  }
  const columns: Column<Wide>[] = [
    { title: "ID", value: (row) => row.id },
    { title: "NAME", value: (row) => row.name, cuttable: true },
    { title: "PATH", value: (row) => row.path },
  ];

  it("is cut to a terminal where names are, never where ids and paths are", async () => {
    const { stream, text } = terminal(60);
    const row = {
      id: "0199b3f2-0000-7000-8000-000000000000",
      name: "n".repeat(40),
      path: "/a/long/path/to/some/file.json",
    };
    await writeTable(new Output(stream, { NO_COLOR: "1" }), columns, [row]);
    const [, line = ""] = linesOf(text());
    expect(line).toBe(`${row.id}  nnnnnnnnn…  ${row.path}`);
  });

  it("is not blown up by one huge cell", async () => {
    const stream = new PassThrough();
    const written: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => written.push(chunk));
    const small = { id: "1", name: "n", path: "p" };
    const rows = [{ ...small, name: "x".repeat(1_000_000) }, ...Array.from({ length: 499 }, () => small)];
    await writeTable(new Output(stream, {}), columns, rows);
    expect(Buffer.concat(written).length).toBeLessThan(1_100_000);
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
