import { Menu } from "@base-ui/react/menu";
import { Copy, RefreshCw, Rows3 } from "lucide-react";
import type { IdentityRow } from "../../../shared/contract.ts";
import { formatCounted } from "../../format/quantities.ts";
import { canRefetch, refetch, refetchable } from "../../state/commands.ts";
import { useApp, useRequests, useSelection } from "../../state/context.ts";
import { copyText } from "../../state/copying.ts";
import { loadedOf } from "../../state/placed-list.ts";
import { rowKey } from "../../state/rows.ts";
import { showResponsesOf } from "../../state/views.ts";
import { useFetchObstacle } from "../as-of/fetch-obstacle.ts";
import { EditAgainItem } from "../send/edit-again-item.tsx";
import { shortcut } from "../window/shortcuts.ts";

/** What can be done with a request, or with all that are selected when there are more. */
export function RequestItems({ item }: { readonly item: IdentityRow }) {
  const app = useApp();
  const selected = useSelection((state) => state.selected);
  const listed = useRequests((state) => state.items);
  const isMany = selected.size > 1;
  const items = isMany ? loadedOf(listed).filter(({ row }) => selected.has(rowKey(row.ref))) : [item];
  const again = refetchable(app);
  const obstacle = useFetchObstacle();
  const hashes = items.flatMap(({ hash }) => hash ?? []);
  const copy = (singular: string, plural: string, texts: readonly string[]) => {
    const what = texts.length === 1 ? `the ${singular}` : formatCounted(texts.length, singular, plural);
    void copyText(app, what, texts.join("\n"));
  };
  const spoken = (count: number, singular: string, plural: string) =>
    isMany ? `Copy ${formatCounted(count, singular, plural)}` : `Copy ${singular}`;
  return (
    <>
      {!isMany && (
        <Menu.Item className="menu-item" onClick={() => void showResponsesOf(app, item)}>
          <Rows3 size={14} aria-hidden />
          Show its responses
          <span className="menu-shortcut">{shortcut("inspect")}</span>
        </Menu.Item>
      )}
      <Menu.Item
        className="menu-item"
        title={obstacle ?? undefined}
        disabled={obstacle !== null || (isMany ? again.length === 0 : !canRefetch(item.row))}
        onClick={() => refetch(app)}
      >
        <RefreshCw size={14} aria-hidden />
        {isMany ? `Re-fetch ${formatCounted(again.length, "request")}` : "Re-fetch"}
        <span className="menu-shortcut">{shortcut("refetch")}</span>
      </Menu.Item>
      {!isMany && <EditAgainItem row={item.row} />}
      <Menu.Separator className="menu-separator" />
      <Menu.Item
        className="menu-item"
        onClick={() =>
          copy(
            "id",
            "ids",
            items.map(({ requestId }) => requestId),
          )
        }
      >
        <Copy size={14} aria-hidden />
        {spoken(items.length, "id", "ids")}
      </Menu.Item>
      <Menu.Item className="menu-item" disabled={hashes.length === 0} onClick={() => copy("hash", "hashes", hashes)}>
        <span className="menu-check" />
        {spoken(hashes.length, "hash", "hashes")}
      </Menu.Item>
      <Menu.Item
        className="menu-item"
        onClick={() =>
          copy(
            "request",
            "requests",
            items.map(({ label }) => label),
          )
        }
      >
        <span className="menu-check" />
        {spoken(items.length, "request", "requests")} as shown
      </Menu.Item>
    </>
  );
}
