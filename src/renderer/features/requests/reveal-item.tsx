import { Menu } from "@base-ui/react/menu";
import { FolderOpen } from "lucide-react";
import type { PayloadFacts } from "../../../shared/contract.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { canReveal, revealPayload, spokenFileManager } from "../../state/revealing.ts";

/** Shows the payload's file where the host's own file manager can. */
export function RevealItem({ payload }: { readonly payload: PayloadFacts | null }) {
  const app = useApp();
  const info = useArchives((state) => state.info);
  if (info?.nativeDialogs !== true) return null;
  return (
    <Menu.Item className="menu-item" disabled={!canReveal(app, payload)} onClick={() => revealPayload(app, payload)}>
      <FolderOpen size={14} aria-hidden />
      {spokenFileManager(info.platform)}
    </Menu.Item>
  );
}
