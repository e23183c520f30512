import { Menu } from "@base-ui/react/menu";
import { Copy, Rows3 } from "lucide-react";
import type { SessionRow } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";
import { copyText } from "../../state/copying.ts";
import { showResponsesOfSession } from "../../state/views.ts";
import { shortcut } from "../window/shortcuts.ts";

/** What can be done with a session of the table. */
export function SessionItems({ session: { id } }: { readonly session: SessionRow }) {
  const app = useApp();
  return (
    <>
      <Menu.Item className="menu-item" onClick={() => void showResponsesOfSession(app, id)}>
        <Rows3 size={14} aria-hidden />
        Show its responses
        <span className="menu-shortcut">{shortcut("inspect")}</span>
      </Menu.Item>
      <Menu.Separator className="menu-separator" />
      <Menu.Item className="menu-item" onClick={() => void copyText(app, "the session’s id", id)}>
        <Copy size={14} aria-hidden />
        Copy id
      </Menu.Item>
    </>
  );
}
