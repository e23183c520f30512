/** What the comparison of two payloads finds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffBytes } from "../../src/renderer/features/compare/bytes-diff.ts";
import { compareForms } from "../../src/renderer/features/compare/compare-forms.ts";
import { diffJson } from "../../src/renderer/features/compare/json-diff.ts";
import { diffSequence, pairings } from "../../src/renderer/features/compare/sequence-diff.ts";
import { diffTables } from "../../src/renderer/features/compare/table-diff.ts";
import { diffText } from "../../src/renderer/features/compare/text-diff.ts";
import type { PayloadFacts } from "../../src/shared/contract.ts";

const changes = (left: string, right: string) => {
  const diff = diffJson(left, right);
  if (!diff.ok) throw new Error(diff.fault.reason);
  return diff.changes.map(({ kind, path, left: l, right: r }) => `${kind} ${path} ${l} ${r}`);
};

describe("sequences", () => {
  it("accounts for every item of both, and keeps what is equal", () => {
    const items = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 });
    fc.assert(
      fc.property(items, items, (left, right) => {
        const pairs = pairings(diffSequence(left, right).edits);
        expect(pairs.flatMap((pair) => pair.left ?? [])).toEqual(left.map((_item, place) => place));
        expect(pairs.flatMap((pair) => pair.right ?? [])).toEqual(right.map((_item, place) => place));
        for (const { left: l, right: r, same } of pairs) if (same) expect(left[l ?? -1]).toBe(right[r ?? -1]);
        if (left.join() === right.join()) expect(pairs.every((pair) => pair.same)).toBe(true);
      }),
    );
  });

  it("gives up on alignment in bounded time where nothing is in common", () => {
    const left = Array.from({ length: 50_000 }, (_none, n) => `l${n}`);
    const right = Array.from({ length: 50_000 }, (_none, n) => `r${n}`);
    const { edits, aligned } = diffSequence(["x", ...left, "y"], ["x", ...right, "y"]);
    expect(aligned).toBe(false);
    expect(edits.map(({ kind, count }) => `${kind} ${count}`)).toEqual([
      "same 1",
      "removed 50000",
      "added 50000",
      "same 1",
    ]);
  });
});

describe("JSON", () => {
  it("compares numbers as texts, strings as what they mean, and objects in any order", () => {
    expect(changes('{"a":1.10,"b":"\\u00e9"}', '{ "b": "é", "a": 1.10 }')).toEqual([]);
    expect(changes('{"a":1.10}', '{"a":1.1}')).toEqual(["changed $.a 1.10 1.1"]);
    expect(changes("12345678901234567890", "12345678901234567891")).toEqual([
      "changed $ 12345678901234567890 12345678901234567891",
    ]);
    expect(changes('{"a":"1"}', '{"a":1}')).toEqual(['changed $.a "1" 1']);
    expect(changes('{"v":NaN}', '{"v":null}')).toEqual(["changed $.v NaN null"]);
  });

  it("names the places, finds items that moved along, and keeps repeated keys apart", () => {
    expect(changes('{"a":{"odd key":[1,2,3]},"gone":true}', '{"a":{"odd key":[0,1,2,4]},"new":[]}')).toEqual([
      'added $.a["odd key"][0] null 0',
      'changed $.a["odd key"][3] 3 4',
      "removed $.gone true null",
      "added $.new null []",
    ]);
    expect(changes('[{"id":1,"v":1},{"id":2,"v":1}]', '[{"id":1,"v":1},{"id":2,"v":2}]')).toEqual([
      "changed $[1].v 1 2",
    ]);
    expect(changes('{"a":1,"a":2}', '{"a":1,"a":3}')).toEqual(['changed $["a (2)"] 2 3']);
  });

  it("says where a text is no JSON, and bounds what it lists", () => {
    expect(diffJson("{}", '{"a":')).toMatchObject({ ok: false, side: "right", fault: { line: 1, column: 6 } });
    expect(diffJson("", "1")).toMatchObject({ ok: false, side: "left" });
    const many = (value: number) => `{${Array.from({ length: 6_000 }, (_none, n) => `"k${n}":${value}`).join(",")}}`;
    const diff = diffJson(many(1), many(2));
    expect(diff).toMatchObject({ ok: true, total: 6_000 });
    expect(diff.ok && diff.changes.length).toBe(5_000);
    const deep = (value: number) => `${"[".repeat(50_000)}${value}${"]".repeat(50_000)}`;
    expect(diffJson(deep(1), deep(2))).toMatchObject({ ok: true, total: 1 });
  });

  it("finds nothing exactly where the values are equal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const [l, r] = [JSON.stringify(left), JSON.stringify(right)];
        expect(changes(l, JSON.stringify(left, null, 2))).toEqual([]);
        if (typeof left !== "object" && l !== r) expect(changes(l, r)).toHaveLength(1);
      }),
    );
  });
});

describe("text", () => {
  it("shows what differs with a few equal lines around it, and marks the part of a line", () => {
    const before = Array.from({ length: 40 }, (_none, n) => `line ${n}`);
    const after = before.with(20, "line twenty").concat("end");
    const { lines, added, removed } = diffText(`${before.join("\n")}\n`, `${after.join("\n")}\n`);
    expect([added, removed]).toEqual([2, 1]);
    const told = lines.map((line) => (line.kind === "gap" ? `… ${line.count}` : `${line.kind[0]} ${line.text}`));
    expect(told.slice(0, 9)).toEqual([
      "… 17",
      "s line 17",
      "s line 18",
      "s line 19",
      "r line 20",
      "a line twenty",
      "s line 21",
      "s line 22",
      "s line 23",
    ]);
    expect(told.slice(-4)).toEqual(["s line 37", "s line 38", "s line 39", "a end"]);
    const changed = lines.flatMap((line) =>
      line.kind === "added" && line.mark !== null ? [[line.text, line.mark]] : [],
    );
    expect(changed).toEqual([["line twenty", [5, 11]]]);
    expect(lines.flatMap((line) => (line.kind === "gap" ? [] : [[line.left, line.right]])).slice(3, 6)).toEqual([
      [21, null],
      [null, 21],
      [22, 22],
    ]);
  });

  it("accounts for every line, and tells a missing line end and another kind of one", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "", "c\r"), { maxLength: 25 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const { lines, added, removed } = diffText(left, right);
        const gaps = lines.reduce((sum, line) => sum + (line.kind === "gap" ? line.count : 0), 0);
        const same = lines.filter((line) => line.kind === "same").length + gaps;
        const count = (text: string) => text.split("\n").length - (text.endsWith("\n") || text === "" ? 1 : 0);
        expect(same + removed).toBe(count(left));
        expect(same + added).toBe(count(right));
      }),
    );
    expect(diffText("a\n", "a")).toMatchObject({ added: 0, removed: 0, endsDiffer: true });
    expect(diffText("a\r\nb", "a\nb")).toMatchObject({ added: 1, removed: 1, endsDiffer: false });
  });
});

describe("tables", () => {
  const before = "id,name,price\n1,a,1.10\n2,b,2\n3,c,3\n";

  it("finds rows by a key, wherever they stand", () => {
    const diff = diffTables(before, "id,name,price\n3,c,3\n1,a,1.1\n4,d,4\n", null);
    expect(diff).toMatchObject({ key: "id", counts: { added: 1, removed: 1, changed: 1, same: 1 }, repeatedKeys: 0 });
    expect(diff.rows).toEqual([
      { kind: "changed", key: "1", left: 1, right: 2, cells: [{ column: "price", left: "1.10", right: "1.1" }] },
      { kind: "removed", key: "2", left: 2, right: null, cells: expect.any(Array) },
      { kind: "added", key: "4", left: null, right: 3, cells: expect.any(Array) },
    ]);
  });

  it("goes by a chosen column, says when it is no key, and by order where there is none", () => {
    const after = "id,name,price,note\n1,a,1.10,\n2,a,2,x\n";
    const diff = diffTables("id,name,price\n1,a,1.10\n2,a,2\n", after, "name");
    expect(diff).toMatchObject({
      key: "name",
      repeatedKeys: 2,
      columnsAdded: ["note"],
      counts: { changed: 1, same: 1 },
    });
    const ordered = diffTables(before, "id,name,price\n1,a,1.10\n9,b,2\n3,c,3\n", false);
    expect(ordered).toMatchObject({ key: null, counts: { added: 0, removed: 0, changed: 1, same: 2 } });
    expect(ordered.rows[0]).toMatchObject({ key: "2", cells: [{ column: "id", left: "2", right: "9" }] });
  });
});

describe("bytes", () => {
  it("counts positions and runs, and names the lines", () => {
    const left = Uint8Array.from({ length: 40 }, (_none, n) => n);
    const right = left.slice(0, 36);
    right.set([99, 99], 15);
    expect(diffBytes(left, right)).toEqual({ differing: 6, ranges: 2, lines: [8, 16, 32], unlisted: 0 });
    expect(diffBytes(left, left)).toEqual({ differing: 0, ranges: 0, lines: [], unlisted: 0 });
  });
});

describe("forms", () => {
  const payload = (preview: PayloadFacts["preview"], sizeBytes = 10, sniffedType: string | null = null) =>
    ({ preview, sizeBytes, declaredType: null, sniffedType, state: "ok" }) as PayloadFacts;

  it("offers what both can be, and bytes in the end", () => {
    const forms = (left: PayloadFacts, right: PayloadFacts) => compareForms(left, right).forms.join(" ");
    expect(forms(payload("json"), payload("json"))).toBe("json text hex");
    expect(forms(payload("json"), payload("text"))).toBe("text hex");
    expect(forms(payload("text", 9, "text/csv"), payload("text", 9, "text/csv"))).toBe("table text hex");
    expect(forms(payload("image"), payload("image"))).toBe("image hex");
    expect(forms(payload("json"), payload("binary"))).toBe("hex");
    expect(forms(payload("json"), payload("empty", 0))).toBe("text hex");
    expect(compareForms(payload("json"), payload("json", 200 * 1024 * 1024))).toEqual({
      forms: ["hex"],
      tooLargeFor: "json",
    });
  });
});
