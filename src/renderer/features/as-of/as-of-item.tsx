import { Menu } from "@base-ui/react/menu";
import { History } from "lucide-react";
import { parseTime } from "../../format/times.ts";
import { showAsOf } from "../../state/as-of.ts";
import { useApp } from "../../state/context.ts";

/** In the menu of a row: the window as it was when the row came. */
export function AsOfItem({ time }: { readonly time: string }) {
  const app = useApp();
  return (
    <Menu.Item className="menu-item" disabled={parseTime(time) === null} onClick={() => void showAsOf(app, time)}>
      <History size={14} aria-hidden />
      As of this row
    </Menu.Item>
  );
}
