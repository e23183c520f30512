import { Group, type Layout, type LayoutChangedMeta, Panel, Separator } from "react-resizable-panels";
import { useMedia } from "../../components/use-media.ts";
import { useApp, useUi } from "../../state/context.ts";
import { Inspector } from "../inspector/inspector.tsx";
import { JobPage } from "../jobs/job-page.tsx";
import { OverviewPane } from "../overview/overview-pane.tsx";
import { RowsPane } from "../requests/rows-pane.tsx";
import { Rail } from "../sessions/rail.tsx";
import "./panes.css";

/** Narrower than this, the inspector stands below the table. */
const NARROW = "(max-width: 1099px)";

/** Rail, table and inspector, in the sizes that the person gave them. */
export function Panes() {
  const railShown = useUi((state) => state.railShown);
  const narrow = useMedia(NARROW);
  const outer = usePaneSizes("window");
  const inner = usePaneSizes(narrow ? "content-below" : "content-right");
  // Of an overview there is nothing to inspect.
  const isAlone = useUi(({ view, jobPage }) => view === "overview" && jobPage === null);
  return (
    <Group className="panes" orientation="horizontal" {...outer}>
      {railShown && (
        <>
          <Panel id="rail" defaultSize={248} minSize={180} maxSize={480} groupResizeBehavior="preserve-pixel-size">
            <Rail />
          </Panel>
          <Separator className="separator" aria-label="Width of the sessions" />
        </>
      )}
      <Panel id="content" minSize={360}>
        <Group
          key={isAlone ? "alone" : narrow ? "below" : "right"}
          className="panes"
          orientation={narrow ? "vertical" : "horizontal"}
          {...(isAlone ? {} : inner)}
        >
          <Panel id="table" defaultSize={narrow ? "50%" : "60%"} minSize={narrow ? 140 : 280}>
            <Middle />
          </Panel>
          {!isAlone && (
            <>
              <Separator className="separator" aria-label="Size of the inspector" />
              <Panel id="inspector" defaultSize={narrow ? "50%" : "40%"} minSize={narrow ? 140 : 320}>
                <Inspector />
              </Panel>
            </>
          )}
        </Group>
      </Panel>
    </Group>
  );
}

/** A table, the overview, or the report that stands in their place. */
function Middle() {
  const jobPage = useUi((state) => state.jobPage);
  const view = useUi((state) => state.view);
  if (jobPage !== null) return <JobPage key={jobPage} jobId={jobPage} />;
  return view === "overview" ? <OverviewPane /> : <RowsPane view={view} />;
}

/** The remembered sizes of a group, and what remembers them when the person changes them. */
function usePaneSizes(group: string) {
  const app = useApp();
  const defaultLayout = app.settings.getState().settings.panes[group];
  const onLayoutChanged = (layout: Layout, { isUserInteraction }: LayoutChangedMeta) => {
    if (!isUserInteraction) return;
    const { settings, update } = app.settings.getState();
    void app.attempt("The sizes could not be kept", () => update({ panes: { ...settings.panes, [group]: layout } }));
  };
  return { defaultLayout, onLayoutChanged };
}
