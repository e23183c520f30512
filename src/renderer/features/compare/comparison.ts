/** What a comparison is asked and what it answers, between the window and the worker that compares. */
import { type BytesDiff, diffBytes } from "./bytes-diff.ts";
import { diffJson, type JsonDiff } from "./json-diff.ts";
import { diffTables, type KeyChoice, type TableDiff } from "./table-diff.ts";
import { diffText, type TextDiff } from "./text-diff.ts";

export type ComparisonOrder =
  | { readonly form: "json" | "text"; readonly left: string; readonly right: string }
  | { readonly form: "table"; readonly left: string; readonly right: string; readonly key: KeyChoice }
  | { readonly form: "hex"; readonly left: Uint8Array; readonly right: Uint8Array };

export type Comparison =
  | { readonly form: "json"; readonly diff: JsonDiff }
  | { readonly form: "text"; readonly diff: TextDiff }
  | { readonly form: "table"; readonly diff: TableDiff }
  | { readonly form: "hex"; readonly diff: BytesDiff };

/** Does the work; may take seconds. */
export function compare(order: ComparisonOrder): Comparison {
  switch (order.form) {
    case "json":
      return { form: "json", diff: diffJson(order.left, order.right) };
    case "text":
      return { form: "text", diff: diffText(order.left, order.right) };
    case "table":
      return { form: "table", diff: diffTables(order.left, order.right, order.key) };
    case "hex":
      return { form: "hex", diff: diffBytes(order.left, order.right) };
  }
}
