import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useMemo } from "react";
import { useApp, useUi } from "../../state/context.ts";
import { isFound, type PaletteEntry, type PaletteGroup, paletteGroups } from "./palette-entries.ts";
import "../../components/menu.css";
import "../../components/modal.css";
import "./palette.css";

/** Every command by its name. What cannot be done now is not in it. */
export function Palette() {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const groups = useMemo(() => paletteGroups(app), [app]);
  const run = (entry: PaletteEntry) => {
    close();
    // The closing dialog gives the keyboard back first; a command may want it elsewhere.
    setTimeout(() => entry.run());
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="modal-scrim" />
        <Dialog.Popup className="palette" aria-label="Commands">
          <Autocomplete.Root
            open
            inline
            items={groups}
            filter={isFound}
            itemToStringValue={(entry: PaletteEntry) => entry.title}
            autoHighlight="always"
            keepHighlight
          >
            <div className="palette-search">
              <Search size={15} aria-hidden className="tone-muted" />
              <Autocomplete.Input className="palette-input" aria-label="Find a command" placeholder="Find a command…" />
            </div>
            <Autocomplete.Empty className="palette-empty">No command of this name can be used now.</Autocomplete.Empty>
            <Autocomplete.List className="palette-list">
              {(group: PaletteGroup) => (
                <Autocomplete.Group key={group.value} items={group.items}>
                  <Autocomplete.GroupLabel className="menu-label">{group.value}</Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(entry: PaletteEntry) => (
                      <Autocomplete.Item
                        key={entry.id}
                        value={entry}
                        className="menu-item"
                        data-command={entry.id}
                        onClick={() => run(entry)}
                      >
                        <bdi className="palette-title truncate">{entry.title}</bdi>
                        <bdi className="menu-shortcut truncate">{entry.note}</bdi>
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
