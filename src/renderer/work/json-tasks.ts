/** JSON as a tree, and what a JSONPath expression finds in it. */
import { queryTree } from "../format/json-query.ts";
import { readLinesTree, readTree, type TreeOutcome } from "../format/json-tree.ts";
import type { QueryResult, TaskParams, TreeResult } from "./tasks.ts";
import { readText } from "./text-tasks.ts";

function treeOf(text: string, cut: boolean, lines: boolean): TreeOutcome {
  return lines ? { ok: true, tree: readLinesTree(text, cut) } : readTree(text, cut);
}

export async function treeTask(params: TaskParams<"json.tree">): Promise<TreeResult> {
  const { decoded, cut, length } = await readText(params);
  const { text, ...rest } = decoded;
  const read = treeOf(text, cut, params.lines);
  const common = { decoded: rest, cut, length };
  return read.ok ? { ...common, tree: read.tree, fault: null } : { ...common, tree: null, fault: read.fault };
}

/** Reads the tree once more: the page holds it, and no task leaves anything behind. */
export async function queryTask(params: TaskParams<"json.query">): Promise<QueryResult> {
  const { decoded, cut } = await readText(params);
  const read = treeOf(decoded.text, cut, params.lines);
  if (!read.ok) return { nodes: [], more: false, fault: "The payload is not valid JSON." };
  return queryTree(read.tree, params.path);
}
