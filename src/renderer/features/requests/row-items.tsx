import { Menu } from "@base-ui/react/menu";
import { ChevronRight, Copy, Download, Layers, PanelRight, RefreshCw, Upload } from "lucide-react";
import type { BrowseRow, RowRef } from "../../../shared/contract.ts";
import { COPY_FORMS, type CopyForm } from "../../copy-as/copy-forms.ts";
import { formatCounted } from "../../format/quantities.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import { canRefetch, exportRows, refetch, refetchable, savePayload } from "../../state/commands.ts";
import { useApp, useDetail, useRows, useSelection } from "../../state/context.ts";
import {
  checksumsOf,
  copyChecksums,
  copyIds,
  copyPayloadPaths,
  copyRequests,
  copyText,
  saveRequests,
  selectedRows,
} from "../../state/copying.ts";
import { rowKey } from "../../state/rows.ts";
import { AsOfItem } from "../as-of/as-of-item.tsx";
import { useFetchObstacle } from "../as-of/fetch-obstacle.ts";
import { CompareItems } from "../compare/compare-items.tsx";
import { CellFilterItems } from "../filter/cell-filter-items.tsx";
import { EditAgainItem } from "../send/edit-again-item.tsx";
import { shortcut } from "../window/shortcuts.ts";
import { cellValue } from "./cell-value.ts";
import { RevealItem } from "./reveal-item.tsx";

const VALUE_LENGTH = 28;

/** What can be done with a row, or with all selected rows when there are more. */
export function RowItems({
  row,
  column,
  before,
}: {
  readonly row: BrowseRow;
  readonly column: string | null;
  readonly before: RowRef | null;
}) {
  const app = useApp();
  const count = useSelection((state) => state.selected.size);
  const sessionId = useRows((state) => state.listing?.sessionId ?? null);
  const payload = useDetail(({ detail }) =>
    detail !== null && rowKey(detail.row.ref) === rowKey(row.ref) ? detail.payload : null,
  );
  const many = count > 1;
  const rows = many ? selectedRows(app) : [row];
  const refs = rows.map((each) => each.ref);
  const again = refetchable(app);
  const obstacle = useFetchObstacle();
  const value = cellValue(row, column);
  const checksums = checksumsOf(rows);
  return (
    <>
      {!many && (
        <Menu.Item className="menu-item" onClick={() => setTimeout(() => app.places.inspector.current?.focus())}>
          <PanelRight size={14} aria-hidden />
          Inspect
          <span className="menu-shortcut">{shortcut("inspect")}</span>
        </Menu.Item>
      )}
      <Menu.Item
        className="menu-item"
        title={obstacle ?? undefined}
        disabled={obstacle !== null || (many ? again.length === 0 : !canRefetch(row))}
        onClick={() => refetch(app)}
      >
        <RefreshCw size={14} aria-hidden />
        {many ? `Re-fetch ${formatCounted(again.length, "row")}` : "Re-fetch"}
        <span className="menu-shortcut">{shortcut("refetch")}</span>
      </Menu.Item>
      {!many && <EditAgainItem row={row} />}
      {!many && (
        <Menu.Item className="menu-item" disabled={payload === null} onClick={() => savePayload(app, payload)}>
          <Download size={14} aria-hidden />
          Save payload…
          <span className="menu-shortcut">{shortcut("save-payload")}</span>
        </Menu.Item>
      )}
      <CompareItems row={row.ref} before={before} />
      {!many && <AsOfItem time={row.time} />}
      <Menu.Item className="menu-item" onClick={() => exportRows(app, "rows")}>
        <Upload size={14} aria-hidden />
        {many ? `Export ${formatCounted(count, "row")}…` : "Export…"}
        <span className="menu-shortcut">{shortcut("export")}</span>
      </Menu.Item>
      <Menu.Separator className="menu-separator" />
      {!many && value !== null && (
        <Menu.Item
          className="menu-item"
          onClick={() => void copyText(app, `the ${value.name.toLowerCase()}`, value.text)}
        >
          <Copy size={14} aria-hidden />
          Copy “{shortened(visibleText(value.text), VALUE_LENGTH)}”
        </Menu.Item>
      )}
      <Menu.Item className="menu-item" onClick={() => copyIds(app, rows)}>
        <span className="menu-check" />
        {many ? `Copy ${formatCounted(rows.length, "id")}` : "Copy id"}
      </Menu.Item>
      <Menu.Item className="menu-item" disabled={checksums.length === 0} onClick={() => copyChecksums(app, rows)}>
        <span className="menu-check" />
        {many ? `Copy ${formatCounted(checksums.length, "checksum")}` : "Copy checksum"}
      </Menu.Item>
      <Menu.Item className="menu-item" disabled={checksums.length === 0} onClick={() => copyPayloadPaths(app, rows)}>
        <span className="menu-check" />
        {many ? "Copy paths of the payloads" : "Copy path of the payload"}
      </Menu.Item>
      {!many && <RevealItem payload={payload} />}
      <FormItems label="Copy request as" onChoose={(form) => copyRequests(app, form, refs)} />
      <FormItems label="Save request as" onChoose={(form) => saveRequests(app, form, refs)} />
      {!many && (
        <>
          <Menu.Separator className="menu-separator" />
          <CellFilterItems row={row} column={column} />
        </>
      )}
      {!many && row.sessionId !== null && row.sessionId !== sessionId && (
        <>
          <Menu.Separator className="menu-separator" />
          <Menu.Item className="menu-item" onClick={() => app.showSession(row.sessionId)}>
            <Layers size={14} aria-hidden />
            Show its session
          </Menu.Item>
        </>
      )}
    </>
  );
}

/** The forms in which a request is written for other tools. */
function FormItems({ label, onChoose }: { readonly label: string; readonly onChoose: (form: CopyForm) => void }) {
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className="menu-item">
        <span className="menu-check" />
        {label}
        <ChevronRight size={14} aria-hidden className="menu-more" />
      </Menu.SubmenuTrigger>
      <Menu.Portal>
        <Menu.Positioner>
          <Menu.Popup className="menu">
            {COPY_FORMS.map((form) => (
              <Menu.Item key={form.id} className="menu-item" onClick={() => onChoose(form)}>
                {form.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.SubmenuRoot>
  );
}
