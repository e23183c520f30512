import { Tabs } from "@base-ui/react/tabs";
import { Download, Hourglass, MousePointerClick, PencilLine, RefreshCw } from "lucide-react";
import { type KeyboardEvent, useEffect } from "react";
import type { BrowseRow, FetchItem, RowDetail } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { warmCodeView } from "../../components/code-view.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatTime } from "../../format/times.ts";
import { canRefetch, hasRequest, refetch, savePayload } from "../../state/commands.ts";
import { useApp, useDetail, useRows, useRun, useSelection, useTimeZone, useUi } from "../../state/context.ts";
import { editAgain } from "../../state/sending.ts";
import { INSPECTOR_TABS, type InspectorTab } from "../../state/ui.ts";
import { warmUp } from "../../work/run-task.ts";
import { AsOfNotice } from "../as-of/as-of-notice.tsx";
import { useFetchObstacle } from "../as-of/fetch-obstacle.ts";
import { CompareTab } from "../compare/compare-tab.tsx";
import { HistoryTab } from "../history/history-tab.tsx";
import { Preview } from "../preview/preview.tsx";
import { RawView } from "../preview/raw-view.tsx";
import { SignIcon } from "../requests/sign-icon.tsx";
import { statusLook } from "../requests/statuses.ts";
import { spokenReason } from "../run/spoken.ts";
import { spokenAgain } from "../send/spoken.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import { MetadataTab } from "./metadata-tab.tsx";
import { RequestTab } from "./request-tab.tsx";
import "./inspector.css";

/** Until then the first rows have come, in milliseconds. */
const WARM_UP_MS = 300;

const LABELS: Readonly<Record<InspectorTab, string>> = {
  preview: "Preview",
  raw: "Raw",
  metadata: "Metadata",
  request: "Request",
  history: "History",
  compare: "Compare",
};

/** One row in full. Escape leads back to the table. */
export function Inspector() {
  const app = useApp();
  const active = useSelection((state) => state.active);
  // Where there is no row yet, nobody needs to be told to select one.
  const rowsLoading = useRows((state) => state.phase !== "ready" && state.items.length === 0);
  const { detail, error, loading } = useDetail((state) => state);
  const jobPage = useUi((state) => state.jobPage);
  const awaited = useRun(({ jobId, items, activePlace }) =>
    activePlace === null || jobId !== jobPage ? null : (items[activePlace] ?? null),
  );

  // What the first payload needs is there before it is looked at.
  useEffect(() => {
    const timer = setTimeout(() => {
      warmUp();
      warmCodeView();
    }, WARM_UP_MS);
    return () => clearTimeout(timer);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    // Whoever used the key inside, such as a search panel, has prevented the default.
    if (isPressed(event, "back") && !event.defaultPrevented) app.places.grid.current?.focus();
  };
  return (
    <section
      ref={app.places.inspector}
      className="inspector"
      aria-label="Inspector"
      aria-busy={loading}
      data-loading={loading || undefined}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      {active === null && awaited !== null ? (
        <NotAnswered item={awaited} />
      ) : active === null && rowsLoading ? null : active === null ? (
        <EmptyState icon={<MousePointerClick size={24} aria-hidden />} title="No row selected">
          <p>
            {jobPage === null
              ? "Select a row to see its payload, metadata and request."
              : "A row that you choose on this page is shown here."}
          </p>
        </EmptyState>
      ) : error !== null ? (
        <FailureState
          title={error.code === "NOT_FOUND" ? "This row is not in the archive any more" : "The row could not be read"}
          actions={<Button onClick={() => void app.detail.getState().reload()}>Try again</Button>}
        >
          <p>
            <ArchivedText text={error.message} />
          </p>
        </FailureState>
      ) : detail === null ? (
        <Skeleton lines={8} label="Loading the row…" />
      ) : (
        <Inspected detail={detail} />
      )}
    </section>
  );
}

/** A request of a run, selected, that has no row (yet). */
function NotAnswered({ item }: { readonly item: FetchItem }) {
  const { status } = item.state;
  const reason = spokenReason(item);
  const isAwaited = status === "queued" || status === "running";
  return (
    <EmptyState
      icon={<Hourglass size={24} aria-hidden />}
      title={isAwaited ? "Not answered yet" : "There is no response"}
    >
      <p>
        {isAwaited ? "The response is shown here as soon as it is archived." : "Nothing was archived for this request."}
      </p>
      {reason !== null && (
        <p className="muted">
          <ArchivedText text={reason} />
        </p>
      )}
    </EmptyState>
  );
}

function Inspected({ detail }: { readonly detail: RowDetail }) {
  const tab = useUi((state) => state.inspectorTab);
  const set = useUi((state) => state.set);
  return (
    <>
      <InspectorHead detail={detail} />
      <AsOfNotice time={detail.row.time} />
      <Tabs.Root
        className="inspector-tabs"
        value={tab}
        onValueChange={(value: unknown) => {
          const next = INSPECTOR_TABS.find((known) => known === value);
          if (next !== undefined) set({ inspectorTab: next });
        }}
      >
        <Tabs.List className="tab-list" aria-label="Views of the row">
          {INSPECTOR_TABS.map((value) => (
            <Tabs.Tab key={value} value={value} className="tab">
              {LABELS[value]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="preview" className="tab-panel" data-testid="panel-preview">
          <Preview detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="raw" className="tab-panel" data-testid="panel-raw">
          <RawView detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="metadata" className="tab-panel" data-testid="panel-metadata">
          <MetadataTab detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="request" className="tab-panel" data-testid="panel-request">
          <RequestTab detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="history" className="tab-panel" data-testid="panel-history">
          <HistoryTab detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="compare" className="tab-panel" data-testid="panel-compare">
          <CompareTab detail={detail} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}

function InspectorHead({ detail }: { readonly detail: RowDetail }) {
  const app = useApp();
  const zone = useTimeZone();
  const obstacle = useFetchObstacle();
  const { row, payload } = detail;
  const { tone, sign } = statusLook(row.status);
  const hasBytes =
    payload !== null && (payload.state === "ok" || payload.state === "corrupt" || payload.state === "unchecked");
  return (
    <header className="inspector-head">
      <span className={`sign tone-${tone}`}>
        <SignIcon sign={sign} />
        <ArchivedText text={row.status} />
      </span>
      <h2 className="inspector-title truncate">
        <ArchivedText text={row.kind ?? "unknown kind"} className={row.requestInferred ? "inferred" : ""} />
        <ArchivedText text={formatTime(row.time, zone)} className="inspector-time" />
      </h2>
      {hasRequest(row) && !canRefetch(row) ? (
        <Button
          icon={<PencilLine size={13} />}
          hint="What was sent or subscribed to is not repeated as it was, but edited and sent anew"
          onClick={() => editAgain(app, row.ref)}
        >
          {spokenAgain(row.method)}
        </Button>
      ) : (
        <Button
          icon={<RefreshCw size={13} />}
          unavailable={obstacle !== null || !canRefetch(row)}
          hint={obstacle ?? refetchHint(row)}
          onClick={() => refetch(app, [row.ref])}
        >
          Re-fetch
        </Button>
      )}
      <Button
        icon={<Download size={13} />}
        unavailable={!hasBytes}
        hint={hasBytes ? `Save the payload (${shortcut("save-payload")})` : "There are no bytes to save"}
        onClick={() => savePayload(app, payload)}
      >
        Save
      </Button>
    </header>
  );
}

function refetchHint(row: BrowseRow): string {
  if (!hasRequest(row)) return "The request of this row is not in the archive, so it cannot be asked again";
  return `Ask again, exactly as it was (${shortcut("refetch")})`;
}
