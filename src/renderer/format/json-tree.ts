/**
 * JSON as a tree of places in its text: a node is where its value begins and ends, so numbers, strings and repeated keys
 * stay exactly what was archived. Flat arrays instead of objects: a payload of half a million values costs 14 MB, and
 * crosses from the worker to the page at once.
 */

import { stringValue } from "./json-text.ts";
import { describeFault, type JsonFault, JsonSyntaxError, jsonTokens } from "./json-tokens.ts";

/** Nodes are numbered in the order of the text; node 0 is the root. */
export interface JsonTree {
  readonly text: string;
  readonly count: number;
  /** True when the root is no value of the text but stands for its lines. */
  readonly lines: boolean;
  /** True when the text holds more values than the tree has room for. */
  readonly full: boolean;
  readonly start: Uint32Array<ArrayBuffer>;
  readonly end: Uint32Array<ArrayBuffer>;
  /** The first node that is not inside. */
  readonly after: Uint32Array<ArrayBuffer>;
  /** -1 for the root. */
  readonly parent: Int32Array<ArrayBuffer>;
  /** Place among the children of its parent. */
  readonly place: Uint32Array<ArrayBuffer>;
  /** Number of children. */
  readonly size: Uint32Array<ArrayBuffer>;
  /** Where its key stands; -1 when it has none. */
  readonly key: Int32Array<ArrayBuffer>;
  /** Lines that are no JSON: node to the reason. */
  readonly broken: ReadonlyMap<number, string>;
}

export type NodeKind = "array" | "broken" | "lines" | "literal" | "object" | "string";

export const MAX_NODES = 500_000;

export type TreeOutcome =
  | { readonly ok: true; readonly tree: JsonTree }
  | { readonly ok: false; readonly fault: JsonFault };

/** Reads one JSON value. With `cut`, the text is the beginning of a longer one, and the tree ends where it ends. */
export function readTree(text: string, cut: boolean, maxNodes = MAX_NODES): TreeOutcome {
  const builder = new TreeBuilder(text, maxNodes);
  try {
    builder.addValue(text, 0, false);
  } catch (error) {
    if (!(cut && error instanceof JsonSyntaxError && error.atEnd))
      return { ok: false, fault: describeFault(text, error) };
  }
  return { ok: true, tree: builder.finish(false) };
}

/**
 * Reads one JSON value a line, as the items of one array. Empty lines are none; lines that are no JSON are kept as
 * such. With `cut`, the last line is left out: it may be half of one.
 */
export function readLinesTree(text: string, cut: boolean, maxNodes = MAX_NODES): JsonTree {
  const builder = new TreeBuilder(text, maxNodes);
  builder.open(0, -1);
  for (let at = 0; at < text.length && !builder.full; ) {
    const newline = text.indexOf("\n", at);
    if (newline === -1 && cut && at > 0) break;
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end);
    if (line.trim() !== "") builder.addLine(line, at);
    at = end + 1;
  }
  builder.close(text.length);
  return builder.finish(true);
}

class TreeBuilder {
  readonly #text: string;
  readonly #limit: number;
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #after: number[] = [];
  readonly #parent: number[] = [];
  readonly #place: number[] = [];
  readonly #size: number[] = [];
  readonly #key: number[] = [];
  readonly #broken = new Map<number, string>();
  readonly #around: number[] = [];
  full = false;

  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  /** Adds the value that `text` is, which stands at `offset` of the whole. Stops when the tree is full. */
  addValue(text: string, offset: number, lines: boolean): void {
    const base = lines ? 1 : 0;
    let key = -1;
    for (const { kind, start, end } of jsonTokens(text)) {
      if (kind === "," || kind === ":") continue;
      if (kind === "}" || kind === "]") {
        this.close(offset + end);
        continue;
      }
      const inObject = this.#around.length > base && this.#isObject(this.#around.at(-1));
      if (inObject && key === -1) {
        key = offset + start;
        continue;
      }
      if (this.#start.length >= this.#limit) {
        this.full = true;
        return;
      }
      const node = this.open(offset + start, key);
      key = -1;
      if (kind === "string" || kind === "literal") this.close(offset + end);
      else this.#end[node] = this.#text.length;
    }
  }

  addLine(line: string, offset: number): void {
    const before = this.#start.length;
    try {
      this.addValue(line, offset, true);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      this.#forget(before);
      const node = this.open(offset, -1);
      this.close(offset + line.length);
      this.#broken.set(node, `Column ${error.offset + 1}: ${error.message}.`);
    }
  }

  open(start: number, key: number): number {
    const node = this.#start.length;
    const parent = this.#around.at(-1) ?? -1;
    this.#start.push(start);
    this.#end.push(start);
    this.#after.push(node + 1);
    this.#parent.push(parent);
    this.#place.push(parent === -1 ? 0 : (this.#size[parent] ?? 0));
    this.#size.push(0);
    this.#key.push(key);
    if (parent !== -1) this.#size[parent] = (this.#size[parent] ?? 0) + 1;
    this.#around.push(node);
    return node;
  }

  close(end: number): void {
    const node = this.#around.pop();
    if (node === undefined) return;
    this.#end[node] = end;
    this.#after[node] = this.#start.length;
  }

  finish(lines: boolean): JsonTree {
    while (this.#around.length > 0) this.close(this.#text.length);
    return {
      text: this.#text,
      count: this.#start.length,
      lines,
      full: this.full,
      start: Uint32Array.from(this.#start),
      end: Uint32Array.from(this.#end),
      after: Uint32Array.from(this.#after),
      parent: Int32Array.from(this.#parent),
      place: Uint32Array.from(this.#place),
      size: Uint32Array.from(this.#size),
      key: Int32Array.from(this.#key),
      broken: this.#broken,
    };
  }

  #isObject(node: number | undefined): boolean {
    return node !== undefined && this.#text.charCodeAt(this.#start[node] ?? 0) === 0x7b;
  }

  /** Takes back every node from `count` on: a line that turned out to be broken. */
  #forget(count: number): void {
    const taken = this.#start.length > count;
    this.#around.length = 1;
    for (const list of [this.#start, this.#end, this.#after, this.#parent, this.#place, this.#size, this.#key]) {
      list.length = count;
    }
    if (taken) this.#size[0] = (this.#size[0] ?? 1) - 1;
  }
}

export function nodeKind(tree: JsonTree, node: number): NodeKind {
  if (tree.lines && node === 0) return "lines";
  if (tree.broken.has(node)) return "broken";
  switch (tree.text.charAt(tree.start[node] ?? 0)) {
    case "{":
      return "object";
    case "[":
      return "array";
    case '"':
      return "string";
    default:
      return "literal";
  }
}

/** True when a node can be opened. */
export function hasChildren(tree: JsonTree, node: number): boolean {
  return (tree.size[node] ?? 0) > 0;
}

/** The exact text of a node's value. */
export function nodeText(tree: JsonTree, node: number): string {
  return tree.text.slice(tree.start[node], tree.end[node]);
}

/** The key of an object's member as it means; null for anything else. */
export function nodeKey(tree: JsonTree, node: number): string | null {
  const start = tree.key[node] ?? -1;
  if (start === -1) return null;
  for (let at = start + 1; ; at += 1) {
    const code = tree.text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return stringValue(tree.text.slice(start, at + 1));
  }
}

/** The children of a node, in order. */
export function childrenOf(tree: JsonTree, node: number): number[] {
  const children: number[] = [];
  const end = tree.after[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.after[child] ?? end) children.push(child);
  return children;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where a node is, as JSONPath (RFC 9535): `$.items[3]['odd name']`. */
export function pathOf(tree: JsonTree, node: number): string {
  const parts: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at] ?? 0) {
    const key = nodeKey(tree, at);
    if (key === null) parts.push(`[${tree.place[at]}]`);
    else parts.push(PLAIN_NAME.test(key) ? `.${key}` : `['${quoted(key)}']`);
  }
  return `$${parts.reverse().join("")}`;
}

/** In single quotes, as RFC 9535 writes normalised names. */
function quoted(key: string): string {
  return JSON.stringify(key).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
}

/** The nodes that are in sight: `roots`, and what is inside of those that are open, in order. */
export function visibleNodes(tree: JsonTree, roots: readonly number[], open: ReadonlySet<number>): number[] {
  const visible: number[] = [];
  for (const root of roots) {
    const end = tree.after[root] ?? root + 1;
    for (let node = root; node < end; ) {
      visible.push(node);
      node = open.has(node) ? node + 1 : (tree.after[node] ?? end);
    }
  }
  return visible;
}

/** Steps from `root` down to `node`. */
export function depthBelow(tree: JsonTree, root: number, node: number): number {
  let depth = 0;
  for (let at = node; at > root && depth < 10_000; at = tree.parent[at] ?? 0) depth += 1;
  return depth;
}

/** What is open at first: level by level, as long as not more than `rows` come into sight. */
export function firstOpen(tree: JsonTree, rows: number): Set<number> {
  const open = new Set<number>();
  let level = [0];
  let shown = 1;
  while (level.length > 0) {
    const containers = level.filter((node) => hasChildren(tree, node));
    const added = containers.reduce((sum, node) => sum + (tree.size[node] ?? 0), 0);
    // The root is always open.
    if (open.size > 0 && shown + added > rows) return open;
    for (const node of containers) open.add(node);
    shown += added;
    if (shown > rows) return open;
    level = containers.flatMap((node) => childrenOf(tree, node));
  }
  return open;
}
