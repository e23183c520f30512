import { Menu } from "@base-ui/react/menu";
import { Bookmark, BookmarkPlus, Check, Settings2 } from "lucide-react";
import { printFilter } from "../../../shared/filter-text.ts";
import { Hint } from "../../components/hint.tsx";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useRows, useSettings } from "../../state/context.ts";
import { applyFilterText } from "../../state/filter.ts";
import { NO_FILTER } from "../../state/rows.ts";

/** Filters that were kept under a name. */
export function SavedFiltersMenu() {
  const app = useApp();
  const saved = Object.entries(useSettings((state) => state.settings.savedFilters));
  const filter = useRows((state) => state.listing?.filter ?? NO_FILTER);
  const current = printFilter(filter);
  const show = (kind: "save-filter" | "saved-filters") => app.ui.getState().set({ dialog: { kind } });
  return (
    <Menu.Root>
      <Hint text="Saved filters">
        <Menu.Trigger className="button button-quiet button-icon" aria-label="Saved filters">
          <Bookmark size={14} aria-hidden />
        </Menu.Trigger>
      </Hint>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu saved-menu">
            <Menu.Group>
              <Menu.GroupLabel className="menu-label">
                {saved.length === 0 ? "No filter is saved yet" : "Saved filters"}
              </Menu.GroupLabel>
              {saved.map(([name, text]) => (
                <Menu.Item
                  key={name}
                  className="menu-item"
                  aria-label={visibleText(name)}
                  onClick={() => applyFilterText(app, text)}
                >
                  <span className="menu-check">{text === current && <Check size={14} aria-label="in use" />}</span>
                  <bdi className="truncate">{visibleText(name)}</bdi>
                  <span className="menu-shortcut mono truncate">{visibleText(text)}</span>
                </Menu.Item>
              ))}
            </Menu.Group>
            <Menu.Separator className="menu-separator" />
            <Menu.Item className="menu-item" disabled={filter.length === 0} onClick={() => show("save-filter")}>
              <BookmarkPlus size={14} aria-hidden />
              Save this filter…
            </Menu.Item>
            <Menu.Item className="menu-item" disabled={saved.length === 0} onClick={() => show("saved-filters")}>
              <Settings2 size={14} aria-hidden />
              Rename or delete…
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
