import { Clock, Radio, WifiOff } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Hint } from "../../components/hint.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { toggleTimeZone } from "../../state/commands.ts";
import {
  useApp,
  useArchives,
  useRequests,
  useRows,
  useSelection,
  useSessionTable,
  useTimeZone,
  useUi,
} from "../../state/context.ts";
import { namesOthers } from "../../state/filter-terms.ts";
import { countLoaded } from "../../state/placed-list.ts";
import { wholeFilter } from "../../state/rows.ts";
import { JobsButton } from "../jobs/jobs-button.tsx";
import { StreamButton } from "../streams/stream-button.tsx";
import "./status-bar.css";

/** Where one is, how much of it there is, and whether it is still live. */
export function StatusBar() {
  const app = useApp();
  const path = useArchives((state) => state.archive?.path ?? "");
  const shown = useRows((state) => countLoaded(state.items));
  const phase = useRows((state) => state.phase);
  const total = useRows((state) => state.total);
  const more = useRows((state) => state.more);
  const isFiltered = useRows(({ listing }) => listing !== null && wholeFilter(listing).length > 0);
  const hasOthers = useRows(({ listing }) => listing !== null && namesOthers(wholeFilter(listing)));
  const all = useArchives((state) => state.archive?.counts.responses ?? 0);
  const selected = useSelection((state) => state.selected.size);
  const view = useUi((state) => state.view);
  const hasPage = useUi((state) => state.jobPage !== null);
  const link = useUi((state) => state.link);
  const zone = useTimeZone();
  return (
    <footer className="status-bar">
      <ArchivedText text={path} className="status-path mono truncate" />
      {!hasPage && (view === "requests" || view === "sessions") && <ListedCount view={view} />}
      {!hasPage && view === "responses" && phase === "ready" && (
        <span title="Rows loaded of rows in this list">
          {formatCount(shown)} of {formatCount(total)}
          {more && "+"} shown
          {isFiltered && (hasOthers ? ", filtered" : `, filtered from ${formatCounted(all, "response")}`)}
        </span>
      )}
      {selected > 0 && (view === "responses" || view === "requests") && <span>{formatCount(selected)} selected</span>}
      <span className="view-bar-gap" />
      <span className="status-item" title="Rows that other processes write appear by themselves">
        {link === "up" ? (
          <>
            <Radio size={13} className="tone-good" aria-hidden /> Live
          </>
        ) : (
          <>
            <WifiOff size={13} className="tone-bad" aria-hidden /> Disconnected
          </>
        )}
      </span>
      <StreamButton />
      <JobsButton />
      <Hint text={zone === "utc" ? "Times are in UTC. Click for local time." : "Times are local. Click for UTC."}>
        <button
          type="button"
          className="status-item status-button"
          aria-label={`Times are in ${zone === "utc" ? "UTC" : "local time"}; switch`}
          onClick={() => toggleTimeZone(app)}
        >
          <Clock size={13} aria-hidden /> {zone === "utc" ? "UTC" : "Local time"}
        </button>
      </Hint>
    </footer>
  );
}

function ListedCount({ view }: { readonly view: "requests" | "sessions" }) {
  const requests = useRequests((state) => state);
  const sessions = useSessionTable((state) => state);
  const { phase, items } = view === "requests" ? requests : sessions;
  if (phase !== "ready") return null;
  return (
    <span title="Lines loaded of this list">
      {formatCount(countLoaded(items))} of {formatCount(items.length)} shown
    </span>
  );
}
