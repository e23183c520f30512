/**
 * Two JSON texts by structure. Numbers are compared as the texts that they are (`1.10` is not `1.1`), strings as what they
 * mean, objects whatever the order of their keys.
 */
import { stringValue } from "../../format/json-text.ts";
import { describeFault, type JsonFault, JsonSyntaxError, jsonTokens } from "../../format/json-tokens.ts";
import { shortened } from "../../format/visible-text.ts";
import { diffSequence, pairings } from "./sequence-diff.ts";

export interface JsonChange {
  readonly kind: "added" | "removed" | "changed";
  /** `$.items[3].name`; the place in the newer text, for what was removed in the older one. */
  readonly path: string;
  /** Texts of the values, shortened; null on the side that has none. */
  readonly left: string | null;
  readonly right: string | null;
}

export type JsonDiff =
  | {
      readonly ok: true;
      readonly changes: readonly JsonChange[];
      /** More than `changes` has where only the first are listed. */
      readonly total: number;
      /** False when a long array was too different to be aligned. */
      readonly aligned: boolean;
    }
  | { readonly ok: false; readonly side: "left" | "right"; readonly fault: JsonFault };

const MAX_CHANGES = 5_000;
const VALUE_LENGTH = 300;
/** Deeper differences are given as a change of the value at this depth. */
const MAX_DEPTH = 200;

interface Node {
  readonly kind: "object" | "array" | "string" | "literal";
  /** Equal for equal values, in both texts. */
  id: number;
  readonly start: number;
  end: number;
  readonly items: Node[];
  /** Of an object: the keys of `items`; one that repeats gets its number. */
  readonly keys: string[];
}

/** Compares; throws nothing for texts that are no JSON. */
export function diffJson(left: string, right: string): JsonDiff {
  const ids = new Map<string, number>();
  const before = parse(left, ids);
  if (!before.ok) return { ok: false, side: "left", fault: before.fault };
  const after = parse(right, ids);
  if (!after.ok) return { ok: false, side: "right", fault: after.fault };
  const found = new Changes(left, right);
  found.compare(before.node, after.node, "$", 0);
  return { ok: true, changes: found.listed, total: found.total, aligned: found.aligned };
}

class Changes {
  readonly listed: JsonChange[] = [];
  total = 0;
  aligned = true;
  readonly #left: string;
  readonly #right: string;

  constructor(left: string, right: string) {
    this.#left = left;
    this.#right = right;
  }

  compare(before: Node, after: Node, path: string, depth: number): void {
    if (before.id === after.id) return;
    const alike = before.kind === after.kind && depth < MAX_DEPTH;
    if (alike && before.kind === "object") this.#compareObjects(before, after, path, depth);
    else if (alike && before.kind === "array") this.#compareArrays(before, after, path, depth);
    else this.#add("changed", path, before, after);
  }

  #compareObjects(before: Node, after: Node, path: string, depth: number): void {
    const places = new Map(after.keys.map((key, place) => [key, place]));
    for (const [place, key] of before.keys.entries()) {
      const [old, now] = [before.items[place], after.items[places.get(key) ?? -1]];
      if (old === undefined) continue;
      if (now === undefined) this.#add("removed", member(path, key), old, null);
      else this.compare(old, now, member(path, key), depth + 1);
    }
    const known = new Set(before.keys);
    for (const [place, key] of after.keys.entries()) {
      if (!known.has(key)) this.#add("added", member(path, key), null, after.items[place] ?? null);
    }
  }

  #compareArrays(before: Node, after: Node, path: string, depth: number): void {
    const idsOf = (node: Node) => node.items.map((item) => item.id);
    const { edits, aligned } = diffSequence(idsOf(before), idsOf(after));
    this.aligned &&= aligned;
    for (const { left, right, same } of pairings(edits)) {
      if (same) continue;
      const [old, now] = [before.items[left ?? -1], after.items[right ?? -1]];
      if (old !== undefined && now !== undefined) this.compare(old, now, `${path}[${right}]`, depth + 1);
      else if (old !== undefined) this.#add("removed", `${path}[${left}]`, old, null);
      else if (now !== undefined) this.#add("added", `${path}[${right}]`, null, now);
    }
  }

  #add(kind: JsonChange["kind"], path: string, before: Node | null, after: Node | null): void {
    this.total += 1;
    if (this.listed.length >= MAX_CHANGES) return;
    const text = (of: string, node: Node | null) =>
      node === null
        ? null
        : shortened(of.slice(node.start, Math.min(node.end, node.start + 4 * VALUE_LENGTH)), VALUE_LENGTH);
    this.listed.push({ kind, path, left: text(this.#left, before), right: text(this.#right, after) });
  }
}

function member(path: string, key: string): string {
  return /^[A-Za-z_][\w]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

type Parsed = { readonly ok: true; readonly node: Node } | { readonly ok: false; readonly fault: JsonFault };

/** `ids` gives every different value its number, so that equal values are found without being compared again. */
function parse(text: string, ids: Map<string, number>): Parsed {
  const open: { readonly node: Node; readonly seen: Map<string, number>; key: string | null }[] = [];
  let root: Node | null = null;
  const idOf = (value: string) => {
    const known = ids.get(value);
    if (known !== undefined) return known;
    ids.set(value, ids.size);
    return ids.size - 1;
  };
  const place = (node: Node) => {
    const around = open.at(-1);
    if (around === undefined) root = node;
    else {
      around.node.items.push(node);
      if (around.key !== null) around.node.keys.push(freeKey(around.seen, around.key));
      around.key = null;
    }
  };
  try {
    for (const { kind, start, end } of jsonTokens(text)) {
      switch (kind) {
        case "{":
        case "[":
          open.push({
            node: { kind: kind === "{" ? "object" : "array", id: -1, start, end, items: [], keys: [] },
            seen: new Map(),
            key: null,
          });
          break;
        case "}":
        case "]": {
          const closed = open.pop();
          if (closed === undefined) break;
          closed.node.end = end;
          closed.node.id = idOf(signature(closed.node));
          place(closed.node);
          break;
        }
        case "string": {
          const around = open.at(-1);
          const value = stringValue(text.slice(start, end));
          if (around?.node.kind === "object" && around.key === null) around.key = value;
          else place({ kind: "string", id: idOf(`s${value}`), start, end, items: [], keys: [] });
          break;
        }
        case "literal":
          place({ kind: "literal", id: idOf(`l${text.slice(start, end)}`), start, end, items: [], keys: [] });
          break;
        case ",":
        case ":":
          break;
      }
    }
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { ok: false, fault: describeFault(text, error) };
    throw error;
  }
  if (root === null)
    return { ok: false, fault: { offset: 0, line: 1, column: 1, reason: "there is no value", atEnd: true } };
  return { ok: true, node: root };
}

/** Names a container's value by those of its parts. */
function signature(node: Node): string {
  if (node.kind === "array") return `a${node.items.map((item) => item.id).join(",")}`;
  const members = node.keys.map((key, at) => `${JSON.stringify(key)}:${node.items[at]?.id}`);
  return `o${members.sort().join(",")}`;
}

/** Repeated keys are kept apart, and matched in their order. */
function freeKey(seen: Map<string, number>, key: string): string {
  const times = (seen.get(key) ?? 0) + 1;
  seen.set(key, times);
  return times === 1 ? key : `${key} (${times})`;
}
