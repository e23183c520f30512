import { Menu } from "@base-ui/react/menu";
import { ChevronRight, EyeOff, ListFilter } from "lucide-react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { useApp, useTimeZone } from "../../state/context.ts";
import { filterBy, filterOf } from "../../state/filter.ts";
import { hide, showOnly } from "../../state/filter-terms.ts";
import { type CellFilter, cellFilters, rowFilters } from "./cell-filters.ts";

/** Menu items that narrow the list by the value of a cell, or by the request or session of its row. */
export function CellFilterItems({ row, column }: { readonly row: BrowseRow; readonly column: string | null }) {
  const zone = useTimeZone();
  const ofCell = cellFilters(row, column, zone);
  const ofRow = rowFilters(row);
  return (
    <>
      {ofCell.map((filter) => (
        <FilterItem key={filter.label} filter={filter} />
      ))}
      {ofRow.length > 0 && (
        <Menu.SubmenuRoot>
          <Menu.SubmenuTrigger className="menu-item">
            <span className="menu-check" />
            Filter by request or session
            <ChevronRight size={14} aria-hidden className="menu-more" />
          </Menu.SubmenuTrigger>
          <Menu.Portal>
            <Menu.Positioner>
              <Menu.Popup className="menu">
                {ofRow.map((filter) => (
                  <FilterItem key={filter.label} filter={filter} />
                ))}
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.SubmenuRoot>
      )}
    </>
  );
}

function FilterItem({ filter: { label, how, term } }: { readonly filter: CellFilter }) {
  const app = useApp();
  const change = how === "only" ? showOnly : hide;
  return (
    <Menu.Item className="menu-item" onClick={() => void filterBy(app, change(filterOf(app), term))}>
      {how === "only" ? <ListFilter size={14} aria-hidden /> : <EyeOff size={14} aria-hidden />}
      {label}
    </Menu.Item>
  );
}
