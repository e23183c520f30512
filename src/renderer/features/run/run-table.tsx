import { CircleSlash } from "lucide-react";
import { useMemo, useState } from "react";
import type { Job } from "../../../shared/contract.ts";
import { EmptyState } from "../../components/banner.tsx";
import { useApp, useRun } from "../../state/context.ts";
import { placedFrom } from "../../state/placed-list.ts";
import { Grid } from "../requests/grid.tsx";
import { oneSelected } from "../requests/grid-model.ts";
import { useColumns } from "../requests/use-columns.ts";
import { runColumns } from "./run-columns.tsx";
import { RunItems } from "./run-items.tsx";
import { createLines, IN_ORDER, type RunLine, type RunPart, type RunSort, runLines } from "./run-list.ts";

const keyOf = (line: RunLine) => String(line.place);
const nothing = () => {};

/** The requests of a run. The one that is selected shows its response in the inspector as soon as there is one. */
export function RunTable({ job, part }: { readonly job: Job; readonly part: RunPart | null }) {
  const app = useApp();
  const items = useRun((state) => state.items);
  const active = useRun((state) => state.activePlace);
  const [sort, setSort] = useState<RunSort>(IN_ORDER);
  const columns = useMemo(() => runColumns(app), [app]);
  const choice = useColumns("runs", columns);
  const linesOf = useMemo(createLines, []);
  const lines = useMemo(() => runLines(linesOf(items), part, sort), [linesOf, items, part, sort]);
  // Another object for another list alone: the same one goes on where it was scrolled to.
  const listing = useMemo(() => ({ job: job.id, part, sort }), [job.id, part, sort]);
  const list = useMemo(() => {
    const items = placedFrom(lines);
    const load = async () => {};
    return { listing, items, total: lines.length, isBusy: false, need: nothing, load, now: () => ({ listing, items }) };
  }, [listing, lines]);
  const selection = oneSelected(list.items, keyOf, active === null ? null : String(active), ({ place }) =>
    app.run.getState().activate(place),
  );
  if (lines.length === 0) {
    return (
      <EmptyState icon={<CircleSlash size={24} aria-hidden />} title="None of the requests">
        <p>None stands so at the moment.</p>
      </EmptyState>
    );
  }
  return (
    <Grid
      table="runs"
      label="Requests of the run"
      choice={choice}
      list={list}
      keyOf={keyOf}
      sort={sort}
      sortBy={setSort}
      selection={selection}
      onEnter={() => app.places.inspector.current?.focus()}
      menu={(line) => <RunItems job={job} line={line} />}
    />
  );
}
