import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import "./hint.css";

/** A tooltip on the element inside. The element keeps its own accessible name. */
export function Hint({ text, children }: { readonly text: ReactNode; readonly children: ReactElement }) {
  return (
    <Tooltip.Root
      onOpenChange={(open, { reason, event, cancel }) => {
        if (open && reason === "trigger-focus" && event instanceof FocusEvent && cameByItself(event)) cancel();
      }}
    >
      <Tooltip.Trigger render={children} delay={400} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className="hint">{text}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** Focus that a dialog gave or gave back as it opened or closed: nobody asked what the element is for. */
function cameByItself({ target, relatedTarget }: FocusEvent): boolean {
  if (!(target instanceof Element && relatedTarget instanceof Element)) return true;
  return target.closest("[role=dialog]") !== relatedTarget.closest("[role=dialog]");
}
