import { Tabs } from "@base-ui/react/tabs";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useMemo, useRef } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { Skeleton } from "../../components/skeleton.tsx";
import { timeParts } from "../../format/times.ts";
import { useApp, useArchives, useFilterIndex, useSessions, useTimeZone, useUi } from "../../state/context.ts";
import { FacetsPanel } from "../filter/facets-panel.tsx";
import { IndexProgress } from "../filter/index-progress.tsx";
import { type RailEntry, railEntries } from "./rail-entries.ts";
import { RailLine } from "./rail-line.tsx";
import "./rail.css";

const HEIGHTS: Record<RailEntry["kind"], number> = { all: 36, day: 28, session: 50 };
/** How many lines before the end the next page is asked for. */
const AHEAD = 20;

/** What one can narrow the rows by: sessions, or the values that rows have. */
export function Rail() {
  const app = useApp();
  const tab = useUi((state) => state.railTab);
  return (
    <Tabs.Root
      className="rail-tabs"
      value={tab}
      onValueChange={(value: unknown) => app.ui.getState().set({ railTab: value === "facets" ? "facets" : "sessions" })}
    >
      <Tabs.List className="rail-tab-list" aria-label="Rail">
        <Tabs.Tab value="sessions" className="rail-tab">
          Sessions
        </Tabs.Tab>
        <Tabs.Tab value="facets" className="rail-tab">
          Facets
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="sessions" className="rail-panel" keepMounted tabIndex={-1}>
        <Sessions />
      </Tabs.Panel>
      <Tabs.Panel value="facets" className="rail-panel" tabIndex={-1}>
        <FacetsPanel />
      </Tabs.Panel>
    </Tabs.Root>
  );
}

/** Every session of the archive, newest first, under its day. */
function Sessions() {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const { phase, error, items, nextCursor, selectedId, asOf } = useSessions((state) => state);
  const zone = useTimeZone();
  const index = useFilterIndex((state) => state.index);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();

  const today = timeParts(new Date().toISOString(), zone)?.day ?? "";
  const entries = useMemo(() => railEntries(items, zone, today), [items, zone, today]);
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHTS[entries[index]?.kind ?? "session"],
    getItemKey: (index) => entryKey(entries[index]),
    overscan: 6,
  });

  // Lines of other heights took their places.
  useEffect(() => {
    if (entries.length > 0) virtualizer.measure();
  }, [entries, virtualizer]);

  const lines = virtualizer.getVirtualItems();
  const lastLine = lines.at(-1)?.index ?? 0;
  useEffect(() => {
    if (nextCursor !== null && lastLine >= entries.length - AHEAD) void app.sessions.getState().loadMore();
  }, [app, nextCursor, lastLine, entries.length]);

  const current = entries.findIndex((entry) =>
    entry.kind === "session" ? entry.session.id === selectedId : entry.kind === "all" && selectedId === null,
  );
  const go = (from: number, step: 1 | -1) => {
    for (let at = from; at >= 0 && at < entries.length; at += step) {
      const entry = entries[at];
      if (entry === undefined || entry.kind === "day") continue;
      app.showSession(entry.kind === "all" ? null : entry.session.id);
      virtualizer.scrollToIndex(at);
      return;
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") app.places.grid.current?.focus();
    const target = listTarget(event.key, current, entries.length, 8);
    if (target === null) return;
    event.preventDefault();
    go(target, event.key === "End" || target < current ? -1 : 1);
  };

  const onClick = (event: MouseEvent) => {
    const entry = entries[lineOf(event) ?? -1];
    if (entry !== undefined && entry.kind !== "day") app.showSession(entry.kind === "all" ? null : entry.session.id);
  };

  if (phase === "failed") {
    return (
      <FailureState
        title="The sessions could not be read"
        actions={
          <Button onClick={() => archive !== null && void app.sessions.getState().show(archive.id, asOf)}>
            Try again
          </Button>
        }
      >
        <p>
          <ArchivedText text={error?.message ?? ""} />
        </p>
      </FailureState>
    );
  }
  if (phase === "loading" && asOf !== null && index?.state === "building") {
    return (
      <div className="rail rail-wait">
        <p>Sessions of that moment can be listed once the index of this archive is there.</p>
        <IndexProgress index={index} />
      </div>
    );
  }
  if (phase === "loading" && items.length === 0) {
    return (
      <div className="rail">
        <Skeleton form="sessions" lines={8} label="Loading sessions…" />
      </div>
    );
  }
  return (
    <div
      ref={scroller}
      className="rail"
      role="listbox"
      aria-label="Sessions"
      aria-busy={phase === "loading"}
      aria-activedescendant={current === -1 ? undefined : `${id}-${current}`}
      tabIndex={0}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <div className="rail-lines" style={{ height: virtualizer.getTotalSize() }}>
        {lines.map((line) => {
          const entry = entries[line.index];
          return entry === undefined ? null : (
            <RailLine
              key={line.key}
              id={`${id}-${line.index}`}
              line={line.index}
              entry={entry}
              zone={zone}
              archiveId={archive?.id ?? ""}
              total={archive?.counts.responses ?? 0}
              asOf={asOf}
              selected={line.index === current}
              top={line.start}
              height={line.size}
            />
          );
        })}
      </div>
    </div>
  );
}

function entryKey(entry: RailEntry | undefined): string {
  if (entry === undefined) return "";
  if (entry.kind === "session") return `session:${entry.session.id}`;
  return entry.kind === "day" ? `day:${entry.label}` : "all";
}
