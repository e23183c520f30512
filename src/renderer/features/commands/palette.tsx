import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { FoundRow } from "../../../shared/contract.ts";
import { useApp, useUi } from "../../state/context.ts";
import { findId, idIn } from "../../state/finding.ts";
import { foundGroup, isFound, type PaletteEntry, type PaletteGroup, paletteGroups } from "./palette-entries.ts";
import "../../components/menu.css";
import "../../components/modal.css";
import "./palette.css";

/** Every command by its name, and every row by its id. What cannot be done now is not in it. */
export function Palette() {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const [typed, setTyped] = useState("");
  const commands = useMemo(() => paletteGroups(app), [app]);
  const found = useFound(typed);
  const groups = useMemo(
    () => (found.length === 0 ? commands : [foundGroup(app, found), ...commands]),
    [app, commands, found],
  );
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
            value={typed}
            onValueChange={setTyped}
            filter={isFound}
            itemToStringValue={(entry: PaletteEntry) => entry.title}
            autoHighlight="always"
            keepHighlight
          >
            <div className="palette-search">
              <Search size={15} aria-hidden className="tone-muted" />
              <Autocomplete.Input
                className="palette-input"
                aria-label="Find a command"
                placeholder="Find a command, or paste an id, hash or checksum…"
              />
            </div>
            <Autocomplete.Empty className="palette-empty">
              No command of this name can be used now, and no row has this id.
            </Autocomplete.Empty>
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

const NOTHING_FOUND: readonly FoundRow[] = [];

/** What the typed text stands for, once it looks like an id. */
function useFound(typed: string): readonly FoundRow[] {
  const app = useApp();
  const [found, setFound] = useState(NOTHING_FOUND);
  useEffect(() => {
    const controller = new AbortController();
    const id = idIn(typed);
    if (id === null) setFound(NOTHING_FOUND);
    else {
      void app.attempt("The id could not be looked for", async () => {
        const rows = await findId(app, id, controller.signal);
        if (!controller.signal.aborted) setFound(rows);
      });
    }
    return () => controller.abort();
  }, [app, typed]);
  return found;
}
