import type { ShortcutId } from "../../../shared/shortcuts.ts";
import { Button } from "../../components/button.tsx";
import { LIST_KEYS } from "../../components/list-keys.ts";
import { Modal } from "../../components/modal.tsx";
import { useApp, useUi } from "../../state/context.ts";
import { spoken, spokenShortcuts } from "../window/shortcuts.ts";
import { COMMANDS } from "./command-table.ts";
import "./cheat-sheet.css";

/** Keys that belong to a place in the window rather than to a command. */
type PlaceKeys = readonly (readonly [title: string, id: ShortcutId])[];
const ROW_KEYS: PlaceKeys = [
  ["Inspect the row", "inspect"],
  ["Select the row, or not", "toggle-row"],
  ["Select all loaded rows", "select-all"],
  ["Menu of the row", "row-menu"],
  ["Widen the column", "widen"],
  ["Narrow the column", "narrow"],
];
const FILTER_KEYS: PlaceKeys = [
  ["Remove a condition", "remove-condition"],
  ["Hide the rows of a facet", "hide-value"],
];
const INSIDE_KEYS: PlaceKeys = [
  ["Back to the rows", "back"],
  ["Fetch or send what was composed", "send"],
];

/** Every key, on one page. */
export function CheatSheet() {
  const close = useUi((state) => state.closeDialog);
  const app = useApp();
  // There is nothing to filter before an archive is open.
  const shown = COMMANDS.filter((command) => command.id !== "filter" || command.when(app));
  const commands = shown
    .map(({ id, title }) => [title, spokenShortcuts(id)] as const)
    .filter(([, keys]) => keys.length > 0);
  const moves = LIST_KEYS.map(({ title, keys }) => [title, keys.map(spoken)] as const);
  const spokenLines = (keys: PlaceKeys) => keys.map(([title, id]) => [title, spokenShortcuts(id)] as const);
  return (
    <Modal
      title="Keyboard shortcuts"
      size="large"
      focusFirst="footer button"
      onClose={close}
      footer={<Button onClick={close}>Close</Button>}
    >
      <div className="cheat-sheet">
        <div>
          <Keys title="Everywhere" lines={commands} />
          <Keys title="In the inspector and dialogs" lines={spokenLines(INSIDE_KEYS)} />
        </div>
        <div>
          <Keys title="In lists" lines={moves} note="With Shift they extend the selection of rows." />
          <Keys title="In the rows" lines={spokenLines(ROW_KEYS)} />
          <Keys title="In the filter" lines={spokenLines(FILTER_KEYS)} />
        </div>
      </div>
    </Modal>
  );
}

interface KeysProps {
  readonly title: string;
  readonly lines: readonly (readonly [title: string, keys: readonly string[]])[];
  readonly note?: string;
}

function Keys({ title, lines, note }: KeysProps) {
  return (
    <section className="cheat-section">
      <h3 className="section-head">{title}</h3>
      <dl>
        {lines.map(([what, keys]) => (
          <div key={what} className="cheat-line">
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key} className="key">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {note !== undefined && <p className="muted cheat-note">{note}</p>}
    </section>
  );
}
