import { describe, expect, it } from "vitest";
import { treeTarget } from "../../src/renderer/features/preview/json-tree-keys.ts";
import { queryTree } from "../../src/renderer/format/json-query.ts";
import { layOutJsonLines } from "../../src/renderer/format/json-text.ts";
import {
  childrenOf,
  depthBelow,
  firstOpen,
  type JsonTree,
  nodeKey,
  nodeKind,
  nodeText,
  pathOf,
  readLinesTree,
  readTree,
  visibleNodes,
} from "../../src/renderer/format/json-tree.ts";

function tree(text: string, cut = false, most?: number): JsonTree {
  const read = readTree(text, cut, most);
  if (!read.ok) throw new Error(read.fault.reason);
  return read.tree;
}

const ODD = '{"a": 1.10, "b": [12345678901234567890, NaN, {}], "a": "\\u00e9", "odd \'name\'": {"x": null}}';

describe("a JSON tree", () => {
  it("keeps numbers, escapes and repeated keys as they stand in the text", () => {
    const odd = tree(ODD);
    expect(childrenOf(odd, 0).map((node) => nodeKey(odd, node))).toEqual(["a", "b", "a", "odd 'name'"]);
    expect(childrenOf(odd, 2).map((node) => nodeText(odd, node))).toEqual(["12345678901234567890", "NaN", "{}"]);
    expect(nodeText(odd, 1)).toBe("1.10");
    expect(nodeText(odd, 6)).toBe('"\\u00e9"');
    expect(childrenOf(odd, 0).map((node) => nodeKind(odd, node))).toEqual(["literal", "array", "string", "object"]);
    expect(odd.count).toBe(9);
  });

  it("names the way to a node as JSONPath that finds it again", () => {
    const odd = tree(ODD);
    expect(pathOf(odd, 4)).toBe("$.b[1]");
    expect(pathOf(odd, 8)).toBe("$['odd \\'name\\''].x");
    for (const node of [0, 2, 3, 4, 5, 6, 7, 8]) expect(queryTree(odd, pathOf(odd, node)).nodes).toEqual([node]);
    const hostile = tree('{"__proto__": {"constructor": 1}, "a\\"b\\\\\\n": 2}');
    expect(queryTree(hostile, pathOf(hostile, 2)).nodes).toEqual([2]);
    expect(queryTree(hostile, pathOf(hostile, 3)).nodes).toEqual([3]);
  });

  it("ends where a cut text ends, and where it is full; broken text is no tree", () => {
    const cut = tree('{"a": [1, 2, {"b": "unfin', true);
    expect(childrenOf(cut, 1).map((node) => nodeText(cut, node))).toEqual(["1", "2", '{"b": "unfin']);
    expect(readTree('{"a": [1, 2,', false)).toMatchObject({ ok: false, fault: { atEnd: true } });
    expect(readTree("[1, }", true).ok).toBe(false);
    const full = tree("[1, [2, 3], 4, 5]", false, 4);
    expect([full.count, full.full, full.size[0]]).toEqual([4, true, 2]);
  });

  it("takes lines as items, broken ones as they are, and none that is half", () => {
    const lines = readLinesTree('{"a": 1}\n\n{"a": [}\r\n[2]\n{"a": 3', true);
    expect(childrenOf(lines, 0).map((node) => nodeKind(lines, node))).toEqual(["object", "broken", "array"]);
    expect(lines.broken.get(3)).toMatch(/^Column 8: .*stands where/);
    expect(pathOf(lines, 5)).toBe("$[2][0]");
    expect(queryTree(lines, "$[?@.a == 1]").nodes).toEqual([1]);
    expect(lines.size[0]).toBe(3);
    expect(layOutJsonLines('{"a":1}\nbroken\n{"b":', true)).toBe('{\n  "a": 1\n}\nbroken');
  });

  it("costs no stack for any depth", () => {
    const deep = tree(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(deep.count).toBe(50_000);
    expect(visibleNodes(deep, [0], firstOpen(deep, 100)).length).toBeGreaterThan(50);
    expect(queryTree(deep, "$..a").nodes).toEqual([]);
  });

  it("opens what fits, and draws what is open", () => {
    const wide = tree(`{"a": [${"1,".repeat(200)}1], "b": {"c": 1}}`);
    expect([...firstOpen(wide, 100)]).toEqual([0]);
    expect(visibleNodes(wide, [0], firstOpen(wide, 100))).toEqual([0, 1, 203]);
    expect(visibleNodes(wide, [203], new Set([0, 203]))).toEqual([203, 204]);
    expect(depthBelow(wide, 0, 204)).toBe(2);
  });
});

describe("a JSONPath filter", () => {
  const prices = tree('{"rows": [{"price": 1.10, "id": "a"}, {"price": 20, "id": "b"}, {"price": 3e0, "id": "c"}]}');

  it("finds values by comparison, in order, up to a number", () => {
    const dear = queryTree(prices, "$.rows[?@.price > 2].price");
    expect(dear.nodes.map((node) => nodeText(prices, node))).toEqual(["20", "3e0"]);
    expect(queryTree(prices, "$..price", 2)).toMatchObject({ more: true, nodes: [3, 6] });
  });

  it("says what is wrong with an expression, and runs none as code", () => {
    expect(queryTree(prices, "$.rows[?(@.price").fault).toEqual(expect.any(String));
    expect(queryTree(prices, "$[?(globalThis.process)]").fault).toEqual(expect.any(String));
    expect(queryTree(prices, "rows").fault).toEqual(expect.any(String));
  });
});

describe("keys in a tree", () => {
  const small = tree('{"a": {"b": 1}, "c": 2}');
  const at = (active: number, open: number[]) => {
    const set = new Set(open);
    return { tree: small, open: set, rows: visibleNodes(small, [0], set), active, page: 10 };
  };

  it("go up, down, in and out", () => {
    expect(treeTarget("ArrowDown", at(0, [0]))).toEqual({ active: 1 });
    expect(treeTarget("ArrowRight", at(1, [0]))).toEqual({ toggle: 1 });
    expect(treeTarget("ArrowRight", at(1, [0, 1]))).toEqual({ active: 2 });
    expect(treeTarget("ArrowLeft", at(2, [0, 1]))).toEqual({ active: 1 });
    expect(treeTarget("ArrowLeft", at(1, [0, 1]))).toEqual({ toggle: 1 });
    expect(treeTarget("ArrowLeft", at(1, [0]))).toEqual({ active: 0 });
    expect(treeTarget("End", at(0, [0]))).toEqual({ active: 3 });
    expect(treeTarget("x", at(0, [0]))).toBeNull();
  });
});
