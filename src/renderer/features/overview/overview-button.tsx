import { ChartColumn } from "lucide-react";
import { Button } from "../../components/button.tsx";
import { useApp, useUi } from "../../state/context.ts";
import { shortcut } from "../window/shortcuts.ts";
import { toggleOverview } from "./leads.ts";

/** Shows the overview, or the rows again. */
export function OverviewButton() {
  const app = useApp();
  const shown = useUi((state) => state.overviewShown && state.jobPage === null);
  return (
    <Button
      variant="quiet"
      aria-pressed={shown}
      icon={<ChartColumn size={14} />}
      hint={`What came when, how much, what failed (${shortcut("overview")})`}
      onClick={() => toggleOverview(app)}
    >
      Overview
    </Button>
  );
}
