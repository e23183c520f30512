import { GitCompareArrows, SearchX, SquareArrowOutUpRight } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { HistoryItem, HistoryPage, HistoryPoint, RowDetail, RowRef } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useApp, useArchives, useDetail, useTimeZone } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { selectOnly } from "../../state/selection.ts";
import { createSparseList } from "../../state/sparse-list.ts";
import { placesOf } from "./chart-layout.ts";
import { HistoryChart } from "./history-chart.tsx";
import { HistoryCells } from "./response-cells.tsx";
import { ResponseLines } from "./response-lines.tsx";
import { SameBytes } from "./same-bytes.tsx";
import "./history.css";

const PAGE = 100;

/** All responses to the same request, or all with the same bytes. */
export function HistoryTab({ detail }: { readonly detail: RowDetail }) {
  const archiveId = useDetail((state) => state.archiveId);
  const [form, setForm] = useState<"history" | "same">("history");
  const { checksum } = detail.row;
  const addressable = checksum !== null && /^[0-9a-f]{64}$/.test(checksum);
  if (archiveId === null) return null;
  const bar = (
    <fieldset className="form-switch" aria-label="Which responses">
      <Button variant="quiet" aria-pressed={form === "history"} onClick={() => setForm("history")}>
        This request
      </Button>
      <Button
        variant="quiet"
        aria-pressed={form === "same"}
        unavailable={!addressable}
        hint={addressable ? "Everything that got these very bytes" : "The row has no checksum"}
        onClick={() => setForm("same")}
      >
        Same bytes
      </Button>
    </fieldset>
  );
  if (form === "same" && addressable) {
    return (
      <SameBytes key={checksum} archiveId={archiveId} checksum={checksum} ownId={detail.row.responseId} bar={bar} />
    );
  }
  return <History key={rowKey(detail.row.ref)} archiveId={archiveId} detail={detail} bar={bar} />;
}

interface HistoryProps {
  readonly archiveId: string;
  readonly detail: RowDetail;
  readonly bar: ReactNode;
}

const keyOf = (item: HistoryItem) => rowKey(item.row.ref);

function History({ archiveId, detail, bar }: HistoryProps) {
  const app = useApp();
  const zone = useTimeZone();
  const archive = useArchives((state) => state.archive);
  const { type, id } = detail.row.ref;
  const [marked, setMarked] = useState<string | null>(null);
  const list = useMemo(
    () =>
      createSparseList<HistoryItem, HistoryPage>(
        (start, limit, signal) =>
          app.client.call("rows.history", { archiveId, ref: { type, id }, start, limit }, { signal }),
        PAGE,
      ),
    [app, archiveId, type, id],
  );
  // The archive is another object once rows were added.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed in the archive is what has to be read again
  useEffect(() => {
    void list.getState().load();
    return () => list.getState().stop();
  }, [list, archive]);
  const { phase, error, moreError, first, items } = useStore(list);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after a reload, what is in sight is needed anew
  const onNeed = useCallback((from: number, to: number) => void list.getState().need(from, to), [list, first]);

  if (phase === "failed") {
    return (
      <FailureState
        title="The history could not be read"
        actions={<Button onClick={() => void list.getState().load()}>Try again</Button>}
      >
        <p>
          <ArchivedText text={error?.message ?? ""} />
        </p>
      </FailureState>
    );
  }
  if (first === null)
    return (
      <p className="history-loading muted" role="status">
        Reading the history…
      </p>
    );
  const { total, listed, points, own } = first;
  const ownPlace = own?.place ?? -1;
  const current = marked === null ? -1 : placeOf(items, (item) => keyOf(item) === marked);
  const markedItem = items.get(current);
  const mark = async (index: number) => {
    await list.getState().need(index, index);
    const item = list.getState().items.get(index);
    if (item !== undefined) setMarked(keyOf(item));
  };
  const choose = async (point: HistoryPoint) => {
    const [from, to] = placesOf(points, point);
    await list.getState().need(from, to - 1);
    const place = placeOf(list.getState().items, (item) => item.row.responseId === point.responseId);
    await mark(place === -1 ? from : place);
  };
  const open = (target: RowRef) => app.select(selectOnly(target));
  return (
    <>
      <div className="view-bar">
        {bar}
        <span className="view-bar-gap" />
        <MarkedActions
          item={markedItem}
          isOwn={current !== -1 && current === ownPlace}
          onOpen={open}
          onCompare={(target) => app.ui.getState().set({ compareWith: target, inspectorTab: "compare" })}
        />
      </div>
      {!first.requestKnown && (
        <Banner tone="note" title="What was asked is not known">
          <p>The request row of this orphan response was never stored, so other responses to it cannot be found.</p>
        </Banner>
      )}
      {first.requestKnown && detail.row.requestInferred && (
        <Banner tone="note" title="Inferred history">
          <p>Which request this response answers is concluded from equal bytes.</p>
        </Banner>
      )}
      {moreError !== null && (
        <Banner tone="bad" title="More of it could not be read">
          <p>
            <ArchivedText text={moreError.message} />
          </p>
        </Banner>
      )}
      {total === 0 ? (
        <EmptyState icon={<SearchX size={24} aria-hidden />} title="No response yet">
          <p>This request was never answered, so there is no history. Re-fetch asks it again.</p>
        </EmptyState>
      ) : (
        <>
          <p className="history-summary" data-testid="history-summary">
            <ArchivedText text={summary(first, (time) => formatTime(time, zone))} />
          </p>
          {listed < total && <p className="history-summary muted">The newest {formatCount(listed)} are listed here.</p>}
          {points.length > 1 && (
            <HistoryChart
              points={points}
              zone={zone}
              ownId={detail.row.responseId}
              markedId={markedItem?.row.responseId ?? null}
              onChoose={(point) => void choose(point)}
            />
          )}
          <ResponseLines
            label="Responses to this request"
            count={listed}
            itemAt={(index) => items.get(index)}
            current={current}
            own={ownPlace}
            line={(item) => (
              <HistoryCells item={item} zone={zone} own={item.row.responseId === detail.row.responseId} />
            )}
            onMove={(index) => void mark(index)}
            onOpen={(index) => {
              const item = items.get(index);
              if (item !== undefined) open(item.row.ref);
            }}
            onNeed={onNeed}
          />
        </>
      )}
    </>
  );
}

function placeOf(items: ReadonlyMap<number, HistoryItem>, is: (item: HistoryItem) => boolean): number {
  for (const [place, item] of items) if (is(item)) return place;
  return -1;
}

/** `14 responses, 3 different payloads · this one: same bytes since 2025-10-21 16:38:04.123` */
function summary(history: HistoryPage, time: (text: string) => string): string {
  const { total, versions, own } = history;
  if (!history.requestKnown) return "This response alone";
  if (total === 1) return "The only response to this request so far";
  const payloads = versions === 1 ? "all with the same bytes" : formatCounted(versions, "different payload");
  const count = `${formatCounted(total, "response")}, ${payloads}`;
  if (own === null) return count;
  switch (own.change) {
    case "unchanged":
      return `${count} · this one: unchanged since ${time(own.sameSince)}`;
    case "changed":
      return `${count} · this one: changed against the one before`;
    case "first":
      return `${count} · this one: the first`;
    case "unknown":
      return count;
  }
}

interface MarkedActionsProps {
  readonly item: HistoryItem | undefined;
  readonly isOwn: boolean;
  readonly onOpen: (ref: RowRef) => void;
  readonly onCompare: (ref: RowRef) => void;
}

/** What can be done with the line that the person marked. */
function MarkedActions({ item, isOwn, onOpen, onCompare }: MarkedActionsProps) {
  const why = item === undefined ? "Mark a line first" : isOwn ? "This is the response that is shown" : null;
  return (
    <>
      <Button
        icon={<GitCompareArrows size={13} />}
        unavailable={why !== null}
        hint={why ?? "Compare the marked response with the one that is shown"}
        onClick={() => item !== undefined && onCompare(item.row.ref)}
      >
        Compare
      </Button>
      <Button
        icon={<SquareArrowOutUpRight size={13} />}
        unavailable={why !== null}
        hint={why ?? "Show the marked response (Enter)"}
        onClick={() => item !== undefined && onOpen(item.row.ref)}
      >
        Show
      </Button>
    </>
  );
}
