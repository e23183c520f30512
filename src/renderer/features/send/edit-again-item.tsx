import { Menu } from "@base-ui/react/menu";
import { PencilLine } from "lucide-react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { hasRequest } from "../../state/commands.ts";
import { useApp } from "../../state/context.ts";
import { editAgain } from "../../state/sending.ts";
import { spokenAgain } from "./spoken.ts";

/** Opens what was asked or sent, to be changed. */
export function EditAgainItem({ row }: { readonly row: BrowseRow }) {
  const app = useApp();
  return (
    <Menu.Item className="menu-item" disabled={!hasRequest(row)} onClick={() => editAgain(app, row.ref)}>
      <PencilLine size={14} aria-hidden />
      {spokenAgain(row.method)}
    </Menu.Item>
  );
}
