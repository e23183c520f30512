/** What one looked at last in an archive: kept by the host, and there again when the archive is opened the next time. */
import type { LastView } from "../../shared/contract.ts";
import { printFilter } from "../../shared/filter-text.ts";
import type { App } from "./app.ts";

/** Who runs through rows or types a filter is not followed step by step. */
const KEEP_AFTER_MS = 300;

export interface LastViewKeeper {
  /** Keeps now what would be kept in a moment: the page is about to go. */
  flush(): void;
  end(): void;
}

/** Begins to keep it. */
export function keepLastViews(
  app: Pick<App, "client" | "archives" | "rows" | "selection" | "attempt">,
): LastViewKeeper {
  /** What is not kept yet. */
  let waiting: { readonly archiveId: string; readonly view: LastView } | null = null;
  let kept = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const keep = () => {
    clearTimeout(timer);
    if (waiting === null) return;
    const order = waiting;
    waiting = null;
    if (JSON.stringify(order) === kept) return;
    kept = JSON.stringify(order);
    void app.attempt("What is shown could not be kept for the next time", () =>
      app.client.call("archives.keepView", order),
    );
  };

  const look = () => {
    const { listing, phase } = app.rows.getState();
    const archiveId = app.archives.getState().archive?.id;
    // Of one that was left, the call must go before the one that closes it.
    if (waiting !== null && waiting.archiveId !== archiveId) keep();
    if (archiveId === undefined || listing?.archiveId !== archiveId || phase !== "ready") return;
    const { active } = app.selection.getState();
    waiting = { archiveId, view: { filter: printFilter(listing.filter), row: active } };
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  };

  const ends = [app.archives, app.rows, app.selection].map((store) => store.subscribe(look));
  return {
    flush: keep,
    end() {
      keep();
      for (const end of ends) end();
    },
  };
}
