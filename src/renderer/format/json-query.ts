/**
 * JSONPath (RFC 9535) over a tree. The expression is evaluated on JavaScript's values, so two numbers that differ beyond
 * its precision are equal to a filter; what is found is shown by its exact text all the same. Nothing is evaluated as code.
 */
import { JSONPathEnvironment, JSONPathError } from "json-p3";
import { stringValue } from "./json-text.ts";
import { childrenOf, type JsonTree, nodeKey, nodeKind, nodeText } from "./json-tree.ts";

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

export interface QueryOutcome {
  readonly nodes: readonly number[];
  readonly more: boolean;
  /** What is wrong with the expression; null when nothing is. */
  readonly fault: string | null;
}

/** As many as anybody looks through. */
export const MAX_MATCHES = 10_000;

const environment = new JSONPathEnvironment({ maxRecursionDepth: 500 });

/** The nodes that a JSONPath expression finds, in its order. */
export function queryTree(tree: JsonTree, path: string, most = MAX_MATCHES): QueryOutcome {
  const children = new Map<number, number[]>();
  const nodes: number[] = [];
  try {
    for (const { location } of environment.lazyQuery(path, plainValue(tree))) {
      if (nodes.length === most) return { nodes, more: true, fault: null };
      const node = locate(tree, location, children);
      if (node !== null) nodes.push(node);
    }
    return { nodes, more: false, fault: null };
  } catch (error) {
    if (error instanceof JSONPathError) return { nodes: [], more: false, fault: error.message };
    throw error;
  }
}

/** The whole tree as JavaScript's values. Without recursion: nesting of any depth costs no stack. */
function plainValue(tree: JsonTree): Value {
  const values: Value[] = [];
  for (let node = 0; node < tree.count; node += 1) {
    const value = ownValue(tree, node);
    values.push(value);
    if (node === 0) continue;
    const around = values[tree.parent[node] ?? 0];
    if (Array.isArray(around)) around.push(value);
    else if (around !== null && typeof around === "object") {
      // Not by assignment: the key may be `__proto__`.
      const member = { value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(around, nodeKey(tree, node) ?? "", member);
    }
  }
  return values[0] ?? null;
}

function ownValue(tree: JsonTree, node: number): Value {
  switch (nodeKind(tree, node)) {
    case "array":
    case "lines":
      return [];
    case "object":
      return {};
    case "string":
      return stringValue(nodeText(tree, node));
    case "broken":
      return null;
    case "literal":
      return literalValue(nodeText(tree, node));
  }
}

function literalValue(text: string): Value {
  if (text === "true") return true;
  if (text === "false") return false;
  return text === "null" ? null : Number(text);
}

/** The node of a location; of several members with the same key the last, which is the one that has the value. */
function locate(tree: JsonTree, location: readonly (string | number)[], known: Map<number, number[]>): number | null {
  let node = 0;
  for (const step of location) {
    const children = known.get(node) ?? childrenOf(tree, node);
    known.set(node, children);
    const next =
      typeof step === "number" ? children[step] : children.findLast((child) => nodeKey(tree, child) === step);
    if (next === undefined) return null;
    node = next;
  }
  return node;
}
