import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { BrowseRow, Result } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { formatCounted } from "../../format/quantities.ts";
import { useApp, useArchives, useTimeZone } from "../../state/context.ts";
import { createPagedList } from "../../state/paged-list.ts";
import { rowKey } from "../../state/rows.ts";
import { selectOnly } from "../../state/selection.ts";
import { SameBytesCells } from "./response-cells.tsx";
import { ResponseLines } from "./response-lines.tsx";

const PAGE = 200;
const AHEAD = 1_000;
const keyOf = (row: BrowseRow) => rowKey(row.ref);

export interface SameBytesProps {
  readonly archiveId: string;
  readonly checksum: string;
  /** The response that the inspector shows. */
  readonly ownId: string | null;
  readonly bar: ReactNode;
}

/** Everything in the archive that got these very bytes, whoever asked for what. */
export function SameBytes({ archiveId, checksum, ownId, bar }: SameBytesProps) {
  const app = useApp();
  const zone = useTimeZone();
  const archive = useArchives((state) => state.archive);
  const [current, setCurrent] = useState(-1);
  const list = useMemo(
    () =>
      createPagedList<BrowseRow, Result<"rows.sameBytes">>(
        (cursor, signal) => app.client.call("rows.sameBytes", { archiveId, checksum, cursor, limit: PAGE }, { signal }),
        keyOf,
      ),
    [app, archiveId, checksum],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed in the archive is what has to be read again
  useEffect(() => {
    void list.getState().load();
    return () => list.getState().stop();
  }, [list, archive]);
  const { phase, error, first, items } = useStore(list);
  const onNeed = useCallback((_from: number, to: number) => void list.getState().loadThrough(to), [list]);
  if (phase === "failed") {
    return (
      <FailureState
        title="The responses could not be read"
        actions={<Button onClick={() => void list.getState().load()}>Try again</Button>}
      >
        <p>
          <ArchivedText text={error?.message ?? ""} />
        </p>
      </FailureState>
    );
  }
  return (
    <>
      <div className="view-bar">{bar}</div>
      {first === null ? (
        <p className="history-loading muted" role="status">
          Looking for the same bytes…
        </p>
      ) : (
        <>
          <p className="history-summary" data-testid="history-summary">
            {first.total === 1
              ? "No other response has these bytes"
              : `${formatCounted(first.total, "response")} with these bytes, kept as one file`}
          </p>
          <ResponseLines
            label="Responses with the same bytes"
            // Lines may be scrolled to before they are read, but not so far that all of a very long list would be.
            count={Math.min(first.total, items.length + AHEAD)}
            itemAt={(index) => items[index]}
            current={current}
            own={items.findIndex((row) => row.responseId === ownId)}
            line={(row) => <SameBytesCells row={row} zone={zone} own={row.responseId === ownId} />}
            onMove={setCurrent}
            onOpen={(index) => {
              const row = items[index];
              if (row !== undefined) app.select(selectOnly(row.ref));
            }}
            onNeed={onNeed}
          />
        </>
      )}
    </>
  );
}
