import { ContextMenu } from "@base-ui/react/context-menu";
import { Check, ChevronDown, ChevronRight, Copy, EyeOff, Minus, Plus } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useRef, useState } from "react";
import type { FacetName, FacetValue, FilterTerm } from "../../../shared/contract.ts";
import { printTerm } from "../../../shared/filter-text.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { listTarget } from "../../components/list-keys.ts";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useFilterIndex, useRows, useUi } from "../../state/context.ts";
import { copyText } from "../../state/copying.ts";
import { filterBy, filterOf } from "../../state/filter.ts";
import { facetTerm, forget, hide, readFilter, showOnly, showToo, standingOf } from "../../state/filter-terms.ts";
import { NO_FILTER } from "../../state/rows.ts";
import { isPressed } from "../window/shortcuts.ts";
import { FACET_LABELS, FACET_NAMES, spokenValue } from "./filter-words.ts";
import { IndexProgress } from "./index-progress.tsx";
import { useFacets } from "./use-facets.ts";
import "../../components/menu.css";
import "./facets-panel.css";

/** As many values of a facet are in sight at first. */
const FEW = 8;

/** What the rows of the list are, value by value, with counts. A click shows only these rows, one with Alt or Ctrl hides them. */
export function FacetsPanel() {
  const app = useApp();
  const panel = useRef<HTMLDivElement>(null);
  const { facets, phase, error } = useFacets(true);
  const index = useFilterIndex((state) => state.index);
  const [target, setTarget] = useState<FilterTerm | null>(null);

  const load = () => {
    const { listing } = app.rows.getState();
    if (listing !== null) void app.facets.getState().load(listing);
  };
  // One stop of the Tab key; the keys of every list lead from line to line.
  const onKeyDown = (event: KeyboardEvent) => {
    if (isPressed(event, "back")) app.places.grid.current?.focus();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = [...(panel.current?.querySelectorAll<HTMLElement>("[data-facet-stop]") ?? [])];
    const current = lines.findIndex((line) => line.matches(":focus"));
    const next = current === -1 ? null : listTarget(event.key, current, lines.length, FEW);
    if (next === null) return;
    event.preventDefault();
    lines[next]?.focus();
  };

  if (phase === "failed") {
    const clears = error?.code === "INDEX_UNAVAILABLE";
    return (
      <FailureState
        title={clears ? "Rows cannot be counted here" : "The rows could not be counted"}
        actions={<Button onClick={load}>Try again</Button>}
      >
        <p>
          <ArchivedText text={error?.message ?? ""} />
        </p>
      </FailureState>
    );
  }
  if (facets === null) {
    return index?.state === "building" ? (
      <div className="facets-wait">
        <p>Rows can be counted once the index of this archive is there.</p>
        <IndexProgress index={index} />
      </div>
    ) : (
      <Skeleton lines={12} label="Counting rows…" />
    );
  }
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger
        render={
          // biome-ignore lint/a11y/noStaticElementInteractions: it hears the keys of the buttons in it
          <div ref={panel} className="facets" aria-busy={phase === "loading"} onKeyDown={onKeyDown} />
        }
        onContextMenu={(event) => {
          const line = event.target instanceof Element ? event.target.closest("[data-facet-value]") : null;
          const term = termOfLine(line);
          if (term === null) event.preventBaseUIHandler();
          else setTarget(term);
        }}
      >
        {!facets.exact && <p className="facets-note">At least so many: counting all rows would take too long.</p>}
        {index?.state === "ready" && index.pending > 0 && (
          <p className="facets-note">
            Type, duration and integrity of {formatCounted(index.pending, "row")} are not known yet.
          </p>
        )}
        {FACET_NAMES.map((facet, at) => (
          <FacetGroup key={facet} facet={facet} values={facets.facets[facet]} exact={facets.exact} isFirst={at === 0} />
        ))}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Positioner>
          <ContextMenu.Popup className="menu" aria-label="Value">
            {target !== null && <FacetItems term={target} />}
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

/** The condition of the line that was pointed at. */
function termOfLine(line: Element | null): FilterTerm | null {
  const [term] = readFilter(line?.getAttribute("data-facet-value") ?? "");
  return term ?? null;
}

function FacetItems({ term }: { readonly term: FilterTerm }) {
  const app = useApp();
  const filter = filterOf(app);
  const value = "value" in term ? String(term.value) : "";
  return (
    <>
      <ContextMenu.Item className="menu-item" onClick={() => void filterBy(app, showOnly(filter, term))}>
        <Check size={14} aria-hidden />
        Show only these
      </ContextMenu.Item>
      <ContextMenu.Item className="menu-item" onClick={() => void filterBy(app, showToo(filter, term))}>
        <Plus size={14} aria-hidden />
        Show these too
      </ContextMenu.Item>
      <ContextMenu.Item className="menu-item" onClick={() => void filterBy(app, hide(filter, term))}>
        <EyeOff size={14} aria-hidden />
        Hide these
      </ContextMenu.Item>
      {standingOf(filter, term) !== null && (
        <ContextMenu.Item className="menu-item" onClick={() => void filterBy(app, forget(filter, term))}>
          <span className="menu-check" />
          Take the condition away
        </ContextMenu.Item>
      )}
      {value !== "" && (
        <>
          <ContextMenu.Separator className="menu-separator" />
          <ContextMenu.Item className="menu-item" onClick={() => void copyText(app, "the value", value)}>
            <Copy size={14} aria-hidden />
            Copy the value
          </ContextMenu.Item>
        </>
      )}
    </>
  );
}

interface FacetGroupProps {
  readonly facet: FacetName;
  readonly values: readonly FacetValue[];
  readonly exact: boolean;
  readonly isFirst: boolean;
}

function FacetGroup({ facet, values, exact, isFirst }: FacetGroupProps) {
  const app = useApp();
  const closed = useUi((state) => state.closedFacets);
  const filter = useRows((state) => state.listing?.filter ?? NO_FILTER);
  const [isLong, setIsLong] = useState(false);
  const isOpen = !closed.includes(facet);
  const lines = linesOf(facet, values, filter);
  const shown = isLong ? lines : lines.filter(({ standing }, at) => at < FEW || standing !== null);
  const toggle = () => {
    app.ui.getState().set({ closedFacets: isOpen ? [...closed, facet] : closed.filter((one) => one !== facet) });
  };
  return (
    <section className="facet" aria-label={FACET_LABELS[facet]}>
      <h3>
        <button
          type="button"
          className="facet-head"
          aria-expanded={isOpen}
          tabIndex={isFirst ? 0 : -1}
          data-facet-stop
          onClick={toggle}
        >
          {isOpen ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
          {FACET_LABELS[facet]}
          <span className="facet-count">{lines.length > 0 && formatCount(lines.length)}</span>
        </button>
      </h3>
      {isOpen && (
        <ul>
          {shown.map((line) => (
            <FacetLine key={printTerm(line.term)} facet={facet} line={line} exact={exact} />
          ))}
          {lines.length === 0 && <li className="facet-none">No row has one</li>}
          {lines.length > FEW && (
            <li>
              <button
                type="button"
                className="facet-more"
                tabIndex={-1}
                data-facet-stop
                onClick={() => setIsLong(!isLong)}
              >
                {isLong ? "Fewer" : `${formatCount(lines.length - shown.length)} more`}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

interface Line {
  readonly term: FilterTerm;
  readonly value: string | null;
  readonly count: number;
  readonly standing: "shown" | "hidden" | null;
}

/** The values that rows have, and those that the filter names and no row has. */
function linesOf(facet: FacetName, values: readonly FacetValue[], filter: readonly FilterTerm[]): Line[] {
  const lines = values.flatMap(({ value, count }) => {
    const term = facetTerm(facet, value);
    return term === null ? [] : [{ term, value, count, standing: standingOf(filter, term) }];
  });
  const isThere = (term: FilterTerm) => lines.some((line) => standingOf([term], line.term) !== null);
  const others = filter.flatMap((term) =>
    term.key === facet && "value" in term && !isThere(term)
      ? [{ term, value: String(term.value), count: 0, standing: standingOf(filter, term) }]
      : [],
  );
  return [...lines, ...others];
}

function FacetLine({
  facet,
  line,
  exact,
}: {
  readonly facet: FacetName;
  readonly line: Line;
  readonly exact: boolean;
}) {
  const app = useApp();
  const { term, value, count, standing } = line;
  const words = spokenValue(facet, value);
  const isOurs = value === null || words !== value;
  const change = (how: typeof showOnly) => void filterBy(app, how(filterOf(app), term));
  const onClick = (event: MouseEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) change(standing === "hidden" ? forget : hide);
    else if (standing !== null) change(forget);
    else change(event.shiftKey || term.key === "is" ? showToo : showOnly);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPressed(event, "hide-value")) return;
    event.preventDefault();
    change(standing === "hidden" ? forget : hide);
  };
  const spokenCount = `${exact ? "" : "at least "}${formatCounted(count, "row")}`;
  return (
    <li className="facet-line" data-standing={standing ?? undefined}>
      <button
        type="button"
        className="facet-value"
        aria-pressed={standing === "shown"}
        title={visibleText(`${printTerm({ ...term, not: false })} · ${spokenCount}`)}
        tabIndex={-1}
        data-facet-stop
        data-facet-value={printTerm(term)}
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        <span className="facet-sign">
          {standing === "shown" && <Check size={12} aria-hidden />}
          {standing === "hidden" && <Minus size={12} aria-hidden />}
        </span>
        {isOurs ? (
          <span className="truncate facet-ours">{words}</span>
        ) : (
          <ArchivedText text={words} className="truncate" />
        )}
        <span className="facet-count">
          {!exact && <span className="visually-hidden">at least</span>}
          {formatCount(count)}
          {!exact && <span aria-hidden>+</span>}
          <span className="visually-hidden">
            {count === 1 ? "row" : "rows"}
            {standing === "hidden" && " left out"}
          </span>
        </span>
      </button>
      <button
        type="button"
        className="facet-hide"
        tabIndex={-1}
        aria-pressed={standing === "hidden"}
        aria-label={`Hide ${visibleText(words)}`}
        title={standing === "hidden" ? "These rows are left out. Click to show them." : "Leave these rows out"}
        onClick={() => change(standing === "hidden" ? forget : hide)}
      >
        <EyeOff size={12} aria-hidden />
      </button>
    </li>
  );
}
