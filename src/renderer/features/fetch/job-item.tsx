import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, LoaderCircle, RotateCcw } from "lucide-react";
import type { FetchItem, RowRef } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatDuration } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { spokenOutcome } from "./draft.ts";

export interface JobItemProps {
  readonly item: FetchItem;
  readonly onShow: (row: RowRef) => void;
  /** Shows a row beside the one that came before it. */
  readonly onCompare: (row: RowRef, previous: RowRef) => void;
  /** Null where it is the only one. */
  readonly onCancel: (() => void) | null;
}

/** One request of a fetch job and how it stands. */
export function JobItem({ item, onShow, onCompare, onCancel }: JobItemProps) {
  const { state } = item;
  const row = "row" in state ? state.row : null;
  return (
    <li className="job-item">
      <ItemIcon item={item} />
      <span className="job-item-label truncate">
        <ArchivedText text={item.method} className="muted" /> <ArchivedText text={item.label} className="mono" />
      </span>
      <span className="job-item-outcome truncate">
        {spokenOutcome(item)}
        {"durationMs" in state && ` · ${formatDuration(state.durationMs)}`}
        {"sizeBytes" in state && state.sizeBytes !== null && ` · ${formatBytes(state.sizeBytes)}`}
        {state.status === "failed" && (
          <span title={visibleText(state.error.message)}>
            : <ArchivedText text={state.error.message} className="tone-bad" />
          </span>
        )}
      </span>
      {state.status === "acquired" && state.change === "changed" && state.previous !== null && (
        <button
          type="button"
          className="link"
          onClick={() => state.previous !== null && onCompare(state.row, state.previous)}
        >
          Compare
        </button>
      )}
      {onCancel !== null && (state.status === "running" || state.status === "queued") && (
        <button type="button" className="link" onClick={onCancel}>
          Cancel this one
        </button>
      )}
      {row !== null && (
        <button type="button" className="link" onClick={() => onShow(row)}>
          Show
        </button>
      )}
    </li>
  );
}

function ItemIcon({ item }: { readonly item: FetchItem }) {
  switch (item.state.status) {
    case "queued":
      return <CircleDashed size={14} className="tone-muted" aria-hidden />;
    case "running":
      return <LoaderCircle size={14} className="tone-accent spin" aria-hidden />;
    case "cancelled":
      return <CircleSlash size={14} className="tone-doubt" aria-hidden />;
    case "failed":
      return <CircleAlert size={14} className="tone-bad" aria-hidden />;
    case "reused":
      return <RotateCcw size={14} className="tone-accent" aria-hidden />;
    case "acquired":
      return <CircleCheck size={14} className="tone-good" aria-hidden />;
  }
}
