import { Segmented } from "../../components/segmented.tsx";
import { useApp, useUi } from "../../state/context.ts";
import { showMainView } from "../../state/views.ts";
import { MAIN_VIEWS } from "./main-views.ts";

/** Chooses what the middle of the window shows; the first thing in its bar, whatever it shows. */
export function ViewSwitch() {
  const app = useApp();
  const view = useUi((state) => state.view);
  return (
    <Segmented label="View" isBare value={view} options={MAIN_VIEWS} onChange={(value) => showMainView(app, value)} />
  );
}
