import { History } from "lucide-react";
import { Button } from "../../components/button.tsx";
import { useApp, useRows } from "../../state/context.ts";
import { shortcut } from "../window/shortcuts.ts";

/** Chooses a moment for the whole window. */
export function AsOfButton() {
  const app = useApp();
  const isAsOf = useRows((state) => (state.listing?.asOf ?? null) !== null);
  return (
    <Button
      variant="quiet"
      aria-label="As of a moment…"
      aria-pressed={isAsOf}
      hint={`The archive as of a moment: what a pipeline would have been served then (${shortcut("as-of")})`}
      icon={<History size={15} />}
      onClick={() => app.ui.getState().set({ dialog: { kind: "as-of" } })}
    />
  );
}
