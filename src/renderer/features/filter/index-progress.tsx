import type { IndexState } from "../../../shared/contract.ts";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { formatCount } from "../../format/quantities.ts";
import "./filter-states.css";

/** How far the index is that filters wait for. */
export function IndexProgress({ index }: { readonly index: Extract<IndexState, { readonly state: "building" }> }) {
  const { done, total } = index;
  return (
    <div className="index-progress">
      <ProgressBar done={done} total={total === 0 ? null : total} label="The index is being made" />
      <p className="muted">
        {total === 0 ? "Beginning…" : `${formatCount(done)} of ${formatCount(total)} rows read, written and sorted`}
      </p>
    </div>
  );
}
