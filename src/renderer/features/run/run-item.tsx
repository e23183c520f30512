import type { FetchItem, RowRef } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatDuration } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import { spokenReason, spokenState, stateLook } from "./spoken.ts";
import "./run-item.css";

export interface RunItemProps {
  readonly item: FetchItem;
  readonly onShow: (row: RowRef) => void;
  /** Shows a row beside the one that came before it. */
  readonly onCompare: (row: RowRef, previous: RowRef) => void;
}

/** The request of a fetch of only one, in the list of jobs. */
export function RunItem({ item, onShow, onCompare }: RunItemProps) {
  const { state } = item;
  const { tone, sign } = stateLook(item);
  const row = "row" in state ? state.row : null;
  const previous = state.status === "acquired" && state.change === "changed" ? state.previous : null;
  const reason = spokenReason(item);
  return (
    <p className="run-item">
      <span className={`sign tone-${tone}`}>
        <SignIcon sign={sign} />
      </span>
      <span className="run-item-label truncate">
        <ArchivedText text={item.method} className="muted" /> <ArchivedText text={item.label} className="mono" />
      </span>
      <span className="run-item-outcome truncate">
        {spokenState(item)}
        {"durationMs" in state && ` · ${formatDuration(state.durationMs)}`}
        {"sizeBytes" in state && state.sizeBytes !== null && ` · ${formatBytes(state.sizeBytes)}`}
        {reason !== null && (
          <span title={visibleText(reason)}>
            : <ArchivedText text={reason} className={`tone-${tone}`} />
          </span>
        )}
      </span>
      {row !== null && previous !== null && (
        <button type="button" className="link" onClick={() => onCompare(row, previous)}>
          Compare
        </button>
      )}
      {row !== null && (
        <button type="button" className="link" onClick={() => onShow(row)}>
          Show
        </button>
      )}
    </p>
  );
}
