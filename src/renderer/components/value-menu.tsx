import { ContextMenu } from "@base-ui/react/context-menu";
import { Toast } from "@base-ui/react/toast";
import type { BaseUIEvent } from "@base-ui/react/types";
import { Copy } from "lucide-react";
import { type MouseEvent, type ReactElement, useState } from "react";
import { shortened, visibleText } from "../format/visible-text.ts";
import "./menu.css";

interface Target {
  readonly selection: string;
  readonly name: string | null;
  readonly value: string;
}

const SHOWN_LENGTH = 36;

/**
 * A menu that copies what one points at: the value and the name of the `data-copy` element around, or the text that is
 * marked. Beside all of them the browser's own menu comes.
 */
export function ValueMenu({ children }: { readonly children: ReactElement }) {
  const [target, setTarget] = useState<Target | null>(null);
  const onContextMenu = (event: BaseUIEvent<MouseEvent>) => {
    const element = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (element === null) {
      event.preventBaseUIHandler();
      return;
    }
    setTarget({
      selection: window.getSelection()?.toString() ?? "",
      name: element.getAttribute("data-name"),
      value: element.getAttribute("data-copy") ?? "",
    });
  };
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger render={children} onContextMenu={onContextMenu} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner>
          <ContextMenu.Popup className="menu" aria-label="Value">
            {target !== null && <ValueItems {...target} />}
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function ValueItems({ selection, name, value }: Target) {
  return (
    <>
      {selection !== "" && <CopyItem label="Copy the marked text" text={selection} />}
      <CopyItem label={`Copy “${shortened(visibleText(value), SHOWN_LENGTH)}”`} text={value} />
      {name !== null && <CopyItem label="Copy name and value" text={`${name}: ${value}`} />}
    </>
  );
}

function CopyItem({ label, text }: { readonly label: string; readonly text: string }) {
  const { add } = Toast.useToastManager();
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => add({ type: "done", title: "Copied the value" }),
      () => add({ type: "failed", title: "The clipboard refused the value" }),
    );
  };
  return (
    <ContextMenu.Item className="menu-item" onClick={copy}>
      <Copy size={14} aria-hidden />
      {label}
    </ContextMenu.Item>
  );
}
