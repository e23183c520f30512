import { describe, expect, it } from "vitest";
import type { Layout, TextParams } from "../../src/renderer/work/tasks.ts";
import { tableTask, textTask } from "../../src/renderer/work/text-tasks.ts";

function params(text: string, options: Partial<TextParams> = {}): TextParams {
  const bytes = new TextEncoder().encode(text);
  return {
    source: { kind: "bytes", bytes, complete: true },
    start: 0,
    length: 1_000,
    declaredCharset: null,
    chosenCharset: null,
    ...options,
  };
}

describe("reading text", () => {
  it("leaves a text that is not laid out exactly as it is", async () => {
    for (const text of ["a\r\n\n b \n", "<p>a</p>  \n\n", '{"a":1}\n', "\ufeffa\n"]) {
      expect((await textTask({ ...params(text), layout: "none" })).text).toBe(text);
    }
  });

  it("lays out by the format, and says where it is none", async () => {
    const laid = async (text: string, layout: Layout) => {
      const result = await textTask({ ...params(text), layout });
      return [result.text, result.fault === null];
    };
    expect(await laid('{"a":1.10}', "json")).toEqual(['{\n  "a": 1.10\n}', true]);
    expect(await laid('{"a":', "json")).toEqual(['{"a":', false]);
    expect(await laid("[1]\n[2]\n", "ndjson")).toEqual(["[\n  1\n]\n[\n  2\n]\n", true]);
    expect(await laid("<a><b/></a>", "xml")).toEqual(["<a>\n  <b/>\n</a>", true]);
    expect(await laid("<div><p>a</p></div>", "html")).toEqual(["<div>\n  <p>a</p>\n</div>", true]);
  });

  it("goes on window by window without breaking a character", async () => {
    const first = await textTask({ ...params("aäb", { length: 2 }), layout: "none" });
    expect(first).toMatchObject({ text: "a", cut: true, length: 2, decoded: { charset: "utf-8", invalid: false } });
    const next = await textTask({ ...params("aäb", { start: 2, chosenCharset: "utf-8" }), layout: "none" });
    expect(next).toMatchObject({ text: "b", cut: false, decoded: { invalid: false } });
  });

  it("takes a table apart", async () => {
    const { table, cut } = await tableTask({ ...params("a;b\n1;2\n3;44", { length: 10 }), delimiter: null });
    expect([table.delimiter, table.records, cut]).toEqual([
      ";",
      [
        ["a", "b"],
        ["1", "2"],
      ],
      true,
    ]);
  });
});
