import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowLeft, File, Folder, Lock } from "lucide-react";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { listTarget } from "../../components/list-keys.ts";
import { useTask } from "../../components/use-task.ts";
import { formatBytes, formatBytesExactly, formatCounted } from "../../format/quantities.ts";
import { runTask } from "../../work/run-task.ts";
import type { ZipListing } from "../../work/tasks.ts";
import { type Content, STRUCTURE_WINDOW } from "./content.ts";
import { DecodedView } from "./decoded-view.tsx";
import { HexView } from "./hex-view.tsx";
import { Unfinished } from "./task-state.tsx";
import "./zip-view.css";

export interface ZipViewProps {
  readonly content: Content;
  readonly bar: ReactNode;
  readonly show: (content: Content) => ReactNode;
}

type ZipEntry = ZipListing["entries"][number];

const ROW_HEIGHT = 24;
const FORMS = [
  { value: "decoded", label: "Decoded" },
  { value: "raw", label: "Raw" },
] as const;

/** The files of a zip file, and each of them on demand. A file that is none any more is shown as bytes. */
export function ZipView({ content, bar, show }: ZipViewProps) {
  const { source } = content;
  const [place, setPlace] = useState<number | null>(null);
  const [form, setForm] = useState<"decoded" | "raw">("decoded");
  const [active, setActive] = useState(0);
  const run = useCallback((signal: AbortSignal) => runTask("zip.list", { source }, signal), [source]);
  const task = useTask(run);
  if (task.status === "failed") {
    return (
      <>
        <Banner tone="doubt" title="The zip file is broken">
          <p>
            Its directory could not be read: <ArchivedText text={task.error.message} />
          </p>
        </Banner>
        <HexView source={source} bar={bar} />
      </>
    );
  }
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const { entries, more } = task.value;
  const entry = place === null ? undefined : entries[place];
  if (place !== null && entry !== undefined) {
    return (
      <>
        <div className="view-bar">
          <Button variant="quiet" icon={<ArrowLeft size={14} />} onClick={() => setPlace(null)}>
            All files
          </Button>
          <FormSwitch value={form} options={FORMS} onChange={setForm} />
          <span className="truncate">
            <ArchivedText text={entry.name} className="mono" />
          </span>
        </div>
        <OneFile key={place} content={content} place={place} raw={form === "raw"} show={show} />
      </>
    );
  }
  return (
    <div className="zip-view">
      <div className="view-bar">
        {bar}
        <span className="view-fact" data-testid="zip-size">
          {more ? "more than " : ""}
          {formatCounted(entries.length, "entry", "entries")}
        </span>
      </div>
      {entries.length === 0 ? (
        <EmptyState icon={<Folder size={24} aria-hidden />} title="The zip file is empty">
          <p>It holds no files.</p>
        </EmptyState>
      ) : (
        <Files entries={entries} active={active} onActive={setActive} onOpen={setPlace} />
      )}
    </div>
  );
}

interface FilesProps {
  readonly entries: readonly ZipEntry[];
  readonly active: number;
  readonly onActive: (place: number) => void;
  readonly onOpen: (place: number) => void;
}

function Files({ entries, active, onActive, onOpen }: FilesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The head stands in the same scroller, so that it keeps to the columns below.
    scrollMargin: ROW_HEIGHT,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const open = (place: number) => {
    if (entries[place]?.isFolder === false) onOpen(place);
  };
  return (
    <div
      ref={scroller}
      className="zip-files"
      role="listbox"
      aria-label="Files"
      tabIndex={0}
      aria-activedescendant={`zip-file-${active}`}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const target = listTarget(event.key, active, entries.length, 20);
        if (event.key === "Enter") open(active);
        else if (target !== null) {
          onActive(target);
          virtual.scrollToIndex(target);
        } else return;
        event.preventDefault();
      }}
    >
      <div className="zip-row zip-head" aria-hidden>
        <span>Name</span>
        <span>Size</span>
        <span>Packed</span>
        <span>Modified</span>
      </div>
      <div className="zip-canvas" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          const Icon = entry.isFolder ? Folder : entry.isEncrypted ? Lock : File;
          return (
            // The keys are handled by the list, which has the focus.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            <div
              key={index}
              id={`zip-file-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="zip-row"
              style={{ top: start - ROW_HEIGHT }}
              onClick={() => {
                onActive(index);
                open(index);
              }}
            >
              <span className="zip-name">
                <Icon size={13} aria-hidden />
                <span className="truncate">
                  <ArchivedText text={entry.name} className="mono" />
                </span>
                {entry.isEncrypted && <span className="muted">encrypted</span>}
              </span>
              <span title={formatBytesExactly(entry.size)}>{entry.isFolder ? "" : formatBytes(entry.size)}</span>
              <span title={formatBytesExactly(entry.packedSize)}>
                {entry.isFolder ? "" : formatBytes(entry.packedSize)}
              </span>
              <span className="muted">{entry.modified}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface OneFileProps {
  readonly content: Content;
  readonly place: number;
  readonly raw: boolean;
  readonly show: (content: Content) => ReactNode;
}

function OneFile({ content, place, raw, show }: OneFileProps) {
  const { source } = content;
  const run = useCallback(
    (signal: AbortSignal) => runTask("zip.entry", { source, place, limit: STRUCTURE_WINDOW }, signal),
    [source, place],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  return <DecodedView result={task.value} subject="The file" raw={raw} show={show} />;
}
