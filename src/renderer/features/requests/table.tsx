import { useCallback, useMemo, useState } from "react";
import type { BrowseRow, RowRef } from "../../../shared/contract.ts";
import { dayLabel, timeParts } from "../../format/times.ts";
import { useApp, useRows, useSettings, useTimeZone } from "../../state/context.ts";
import type { Placed } from "../../state/placed-list.ts";
import { NEWEST_FIRST, rowKey } from "../../state/rows.ts";
import { COLUMNS } from "./columns.tsx";
import { type DayGroup, type DayStart, dayGroups, dayStarts, UNGROUPED } from "./day-lines.ts";
import { Grid } from "./grid.tsx";
import { RowItems } from "./row-items.tsx";
import { useColumns } from "./use-columns.ts";
import { useRowSelection } from "./use-row-selection.ts";

const keyOf = (row: BrowseRow) => rowKey(row.ref);
const refOf = (row: BrowseRow) => row.ref;

/** The grid of responses. */
export function RowTable() {
  const app = useApp();
  const { listing, phase, items, total, more } = useRows((state) => state);
  const choice = useColumns("responses", COLUMNS);
  const sort = listing?.sort ?? NEWEST_FIRST;
  const list = useMemo(
    () => ({
      listing,
      items,
      total,
      isBusy: phase === "loading",
      need: (from: number, to: number) => void app.rows.getState().need(from, to),
      load: (from: number, to: number) => app.rows.getState().load(from, to),
      now: () => app.rows.getState(),
    }),
    [app, listing, items, total, phase],
  );
  const selection = useRowSelection(list, refOf);
  /** The row that was active until the menu of another one opened. */
  const [before, setBefore] = useState<RowRef | null>(null);
  const aim = (row: BrowseRow) => {
    setBefore(app.selection.getState().active);
    selection.aim(row);
  };
  const groups = useDayGroups(items, sort.column === "time", !more);
  return (
    <Grid
      table="responses"
      label="Rows"
      choice={choice}
      list={list}
      keyOf={keyOf}
      sort={sort}
      sortBy={(next) => void app.rows.getState().sortBy(next)}
      selection={{ ...selection, aim }}
      groups={groups}
      onEnter={() => app.places.inspector.current?.focus()}
      menu={(row, column) => <RowItems row={row} column={column} before={before} />}
      isLive
    />
  );
}

const UNKNOWN_DAY = "";

/** The days of the rows, where the person wants them and they are in order of time. */
function useDayGroups(items: Placed<BrowseRow>, isByTime: boolean, isWhole: boolean): readonly DayGroup[] {
  const zone = useTimeZone();
  const isWanted = useSettings((state) => state.settings.groupByDay) && isByTime;
  const today = timeParts(new Date().toISOString(), zone)?.day ?? "";
  // With every page that comes in, the pages before it are asked again.
  const days = useMemo(() => ({ zone, known: new WeakMap<readonly BrowseRow[], readonly DayStart[]>() }), [zone]);
  const startsOf = useCallback(
    (rows: readonly BrowseRow[]) => {
      const starts =
        days.known.get(rows) ?? dayStarts(rows, (row) => timeParts(row.time, days.zone)?.day ?? UNKNOWN_DAY);
      days.known.set(rows, starts);
      return starts;
    },
    [days],
  );
  return useMemo(() => {
    if (!isWanted) return UNGROUPED;
    const labelOf = (day: string) => (day === UNKNOWN_DAY ? "Unknown day" : dayLabel(day, today));
    return dayGroups(items, startsOf, labelOf, isWhole);
  }, [isWanted, items, startsOf, today, isWhole]);
}
