import { Checkbox } from "@base-ui/react/checkbox";
import { ArrowDown, ArrowUp, Check } from "lucide-react";
import { useId } from "react";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { changeSettings } from "../../state/commands.ts";
import { useApp, useArchives, useSettings, useUi } from "../../state/context.ts";
import { COLUMNS, type RowColumn } from "../requests/columns.tsx";
import { type ColumnChoice, useColumns } from "../requests/use-columns.ts";
import { DENSITIES, THEMES, TIME_ZONES } from "./choices.ts";
import "./settings-dialog.css";

/** What a person can choose. Every change takes effect at once and is kept. */
export function SettingsDialog() {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const { theme, density, timeZone } = useSettings((state) => state.settings);
  const hasArchive = useArchives((state) => state.archive !== null);
  const columns = useColumns("responses", COLUMNS);
  return (
    <Modal
      title="Settings"
      size="medium"
      focusFirst="input:checked"
      onClose={close}
      footer={
        <>
          <Button onClick={columns.reset}>Reset columns</Button>
          {hasArchive && (
            <Button onClick={() => app.ui.getState().set({ dialog: { kind: "payload-search" } })}>
              Search in payloads…
            </Button>
          )}
          <span className="view-bar-gap" />
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </>
      }
    >
      <div className="settings">
        <Segmented
          label="Theme"
          value={theme}
          options={THEMES}
          onChange={(value) => changeSettings(app, { theme: value })}
        />
        <div className="settings-pair">
          <Segmented
            label="Height of rows"
            value={density}
            options={DENSITIES}
            onChange={(value) => changeSettings(app, { density: value })}
          />
          <Segmented
            label="Times"
            value={timeZone}
            options={TIME_ZONES}
            onChange={(value) => changeSettings(app, { timeZone: value })}
          />
        </div>
        <fieldset className="field">
          <legend className="field-label">Columns of the responses</legend>
          <ul className="settings-columns">
            {columns.ordered.map((column) => (
              <ColumnLine key={column.id} column={column} columns={columns} />
            ))}
          </ul>
        </fieldset>
      </div>
    </Modal>
  );
}

function ColumnLine({ column, columns }: { readonly column: RowColumn; readonly columns: ColumnChoice<RowColumn> }) {
  const label = useId();
  const place = columns.shown.indexOf(column);
  const isShown = place !== -1;
  return (
    <li className="settings-column">
      <Checkbox.Root
        className="checkbox"
        aria-labelledby={label}
        checked={isShown}
        disabled={isShown && columns.shown.length === 1}
        onCheckedChange={() => columns.toggle(column.id)}
      >
        <Checkbox.Indicator className="checkbox-mark">
          <Check size={12} aria-hidden />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <span id={label}>{column.label}</span>
      <span className="view-bar-gap" />
      <Button
        variant="quiet"
        aria-label={`Move ${column.label} up`}
        icon={<ArrowUp size={14} />}
        unavailable={!isShown || place === 0}
        onClick={() => columns.move(column.id, -1)}
      />
      <Button
        variant="quiet"
        aria-label={`Move ${column.label} down`}
        icon={<ArrowDown size={14} />}
        unavailable={!isShown || place === columns.shown.length - 1}
        onClick={() => columns.move(column.id, 1)}
      />
    </li>
  );
}
