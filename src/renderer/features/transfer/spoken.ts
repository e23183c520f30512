/** Exports and imports in words. */
import type { Job, JobDetail } from "../../../shared/contract.ts";
import { formatBytes, formatCount, formatCounted } from "../../format/quantities.ts";
import { type ExportForm, hasNames } from "./export-draft.ts";
import { spokenAdded } from "./import-draft.ts";

export type TransferDetail = Extract<JobDetail, { readonly kind: "export" | "import" }>;

export function isTransfer(detail: JobDetail): detail is TransferDetail {
  return detail.kind === "export" || detail.kind === "import";
}

/** How far it is: `12 of 400 rows · 3.4 MiB`. */
export function spokenProgress(state: Job["state"], { bytes }: TransferDetail): string {
  if (state.status !== "running") return "";
  const rows =
    state.total === null
      ? formatCounted(state.done, "row")
      : `${formatCount(state.done)} of ${formatCounted(state.total, "row")}`;
  return `${rows} · ${formatBytes(bytes)}`;
}

/** What came of it: `Exported 12 files (3.4 MiB), 2 problems`. */
export function spokenTransfer(detail: TransferDetail): string {
  if (detail.outcome === null) return "Done";
  const { problemCount } = detail.outcome;
  const problems = problemCount === 0 ? "" : `, ${formatCounted(problemCount, "problem")}`;
  if (detail.kind === "export") {
    const { exported, duplicates, bytes } = detail.outcome;
    const same = duplicates === 0 ? "" : `, ${formatCounted(duplicates, "row")} of the same bytes`;
    const size = bytes === 0 ? "" : ` (${formatBytes(bytes)})`;
    return `Exported ${formatCounted(exported, unit(detail.form))}${size}${same}${problems}`;
  }
  const { present } = detail.outcome;
  const added = spokenAdded(detail.outcome) || "nothing new";
  const there = present === 0 ? "" : `; ${formatCounted(present, "response")} there already`;
  return `Added ${added}${there}${problems}`;
}

function unit(form: ExportForm): string {
  return hasNames(form) ? "file" : "row";
}

/** What a cancelled job leaves. */
export function spokenCancelled(detail: TransferDetail): string {
  return detail.kind === "export" ? "Cancelled; nothing was written" : "Cancelled; what came before is kept";
}
