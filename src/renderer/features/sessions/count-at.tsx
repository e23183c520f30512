import { useCallback } from "react";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatCount } from "../../format/quantities.ts";
import { useApp } from "../../state/context.ts";
import { NEWEST_FIRST } from "../../state/rows.ts";

export interface CountAtProps {
  readonly archiveId: string;
  readonly asOf: string;
}

/** How many rows the list of the whole archive has as of a moment: what one finds there. */
export function CountAt({ archiveId, asOf }: CountAtProps) {
  const app = useApp();
  const load = useCallback(
    (signal: AbortSignal) =>
      app.client.call(
        "rows.list",
        { archiveId, sessionId: null, filter: [], asOf, sort: NEWEST_FIRST, cursor: null, limit: 1 },
        { signal },
      ),
    [app, archiveId, asOf],
  );
  const count = useLoaded(load);
  return (
    <span className="rail-count" title="Rows as of the chosen moment">
      {count.status === "loading" && "…"}
      {count.status === "failed" && "–"}
      {count.status === "ready" && `${formatCount(count.value.total)}${count.value.more === true ? "+" : ""}`}
    </span>
  );
}
