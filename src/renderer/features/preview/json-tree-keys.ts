/** What a key does in a tree: the steps that screen readers and file managers have taught everyone. */
import { hasChildren, type JsonTree } from "../../format/json-tree.ts";

export interface TreePlace {
  readonly tree: JsonTree;
  /** What is in sight, in order. */
  readonly rows: readonly number[];
  readonly open: ReadonlySet<number>;
  readonly active: number;
  /** Rows of a page. */
  readonly page: number;
}

export interface TreeStep {
  /** The node that becomes active. */
  readonly active?: number;
  /** The node that is opened or closed. */
  readonly toggle?: number;
}

/** The step that a key asks for; null when it asks for none. */
export function treeTarget(key: string, { tree, rows, open, active, page }: TreePlace): TreeStep | null {
  const at = Math.max(0, rows.indexOf(active));
  const node = rows[at];
  if (node === undefined) return null;
  const go = (to: number): TreeStep => ({ active: rows[Math.min(Math.max(to, 0), rows.length - 1)] ?? node });
  switch (key) {
    case "ArrowDown":
    case "j":
      return go(at + 1);
    case "ArrowUp":
    case "k":
      return go(at - 1);
    case "PageDown":
      return go(at + page);
    case "PageUp":
      return go(at - page);
    case "Home":
      return go(0);
    case "End":
      return go(rows.length - 1);
    case "ArrowRight":
      if (!hasChildren(tree, node)) return {};
      return open.has(node) ? go(at + 1) : { toggle: node };
    case "ArrowLeft": {
      if (open.has(node) && hasChildren(tree, node)) return { toggle: node };
      const parent = rows.lastIndexOf(tree.parent[node] ?? -1, at);
      return parent === -1 ? {} : go(parent);
    }
    case "Enter":
    case " ":
      return hasChildren(tree, node) ? { toggle: node } : {};
    default:
      return null;
  }
}
