import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type UIEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useStore } from "zustand";
import type { StoreApi } from "zustand/vanilla";
import type { StreamFrame } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { formatBytes, formatBytesExactly, formatCount } from "../../format/quantities.ts";
import { formatTime, type TimeZone, timeParts } from "../../format/times.ts";
import { useApp, useSettings, useTimeZone } from "../../state/context.ts";
import { selectOnly } from "../../state/selection.ts";
import type { StreamFramesState } from "../../state/stream-frames.ts";
import { ROW_HEIGHTS } from "../settings/choices.ts";
import { isPressed } from "../window/shortcuts.ts";
import { shownLines } from "./following.ts";
import { spokenFrame } from "./spoken.ts";
import "../requests/table.css";
import "./streams.css";

export interface FrameListProps {
  readonly store: StoreApi<StreamFramesState>;
  /** Frames that are shown: all there are, or those that there were when the view was paused. */
  readonly frames: number;
  /** Whether the newest frame is to stay in sight. */
  readonly follows: boolean;
  readonly onScrolled: (how: { readonly up: boolean; readonly atEnd: boolean }) => void;
}

/** Frames in the order in which they came, of which only those in sight are read and drawn. */
export function FrameList({ store, frames, follows, onScrolled }: FrameListProps) {
  const app = useApp();
  const zone = useTimeZone();
  const id = useId();
  const scroller = app.places.grid;
  const known = useStore(store, (state) => state.frames);
  const rowHeight = ROW_HEIGHTS[useSettings((state) => state.settings.density)];
  const { base, lines } = shownLines(frames);
  const virtualizer = useVirtualizer({
    count: lines,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: rowHeight,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that were measured at another height
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);
  const drawn = virtualizer.getVirtualItems();
  const [first, last] = [drawn[0]?.index ?? 0, drawn.at(-1)?.index ?? -1];

  useEffect(() => {
    if (last >= first) void store.getState().need(base + first, base + last);
  }, [store, base, first, last]);

  const top = useRef(0);
  const isNew = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each frame that came
  useLayoutEffect(() => {
    const element = scroller.current;
    // A paused one as well begins at its end.
    if (element === null || !(follows || isNew.current)) return;
    isNew.current = false;
    element.scrollTop = element.scrollHeight;
    top.current = element.scrollTop;
  }, [follows, lines, base, scroller]);

  const onScroll = ({ currentTarget }: UIEvent<HTMLElement>) => {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    const up = scrollTop < top.current;
    // To where it followed by itself, which is no step of the person.
    if (scrollTop === top.current) return;
    top.current = scrollTop;
    onScrolled({ up, atEnd: scrollHeight - scrollTop - clientHeight < rowHeight });
  };

  /** The place that the person went to; its frame may still be read. */
  const [at, setAt] = useState<number | null>(null);
  const activeLine = at === null || at < base ? -1 : at - base;
  const goTo = async (line: number) => {
    const place = base + line;
    setAt(place);
    virtualizer.scrollToIndex(line);
    await store.getState().need(place, place);
    const frame = store.getState().frames.get(place);
    if (frame !== undefined) app.select(selectOnly({ type: "response", id: frame.id }));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (isPressed(event, "inspect")) {
      event.preventDefault();
      if (activeLine !== -1) app.places.inspector.current?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / rowHeight) - 2);
    // Who comes with the keyboard comes to the newest, which is in sight.
    const target = listTarget(event.key, activeLine === -1 ? lines : activeLine, lines, page);
    if (target === null) return;
    event.preventDefault();
    const atEnd = target === lines - 1;
    onScrolled({ up: !atEnd, atEnd });
    void goTo(target);
  };
  const onClick = (event: MouseEvent) => {
    const line = lineOf(event);
    if (line !== null) void goTo(line);
    scroller.current?.focus();
  };

  // A table that one moves about in with keys: its rows and cells stay table rows and cells.
  const grid = {
    role: "grid",
    tabIndex: 0,
    "aria-activedescendant": drawn.some(({ index }) => index === activeLine) ? `${id}-${activeLine}` : undefined,
  } as const;
  return (
    <table
      ref={scroller}
      className="grid frames"
      {...grid}
      aria-label="Messages"
      aria-rowcount={lines + 1}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <thead className="grid-head">
        <tr className="frames-head">
          <th scope="col" className="grid-cell frame-time">
            Time
          </th>
          <th scope="col" className="grid-cell numeric frame-sequence">
            #
          </th>
          <th scope="col" className="grid-cell numeric frame-size">
            Size
          </th>
          <th scope="col" className="grid-cell frame-head">
            Message
          </th>
        </tr>
      </thead>
      <tbody className="frame-rows" style={{ height: virtualizer.getTotalSize() }}>
        {drawn.map(({ index, start }) => {
          const frame = known.get(base + index);
          return (
            <tr
              key={base + index}
              id={`${id}-${index}`}
              aria-rowindex={index + 2}
              aria-selected={index === activeLine}
              aria-busy={frame === undefined || undefined}
              data-testid="frame"
              data-line={index}
              data-active={index === activeLine || undefined}
              className="grid-row"
              style={{ top: start }}
            >
              {frame === undefined ? (
                <td className="grid-cell frame-head" colSpan={4}>
                  <span className="skeleton-bar" />
                </td>
              ) : (
                <FrameCells frame={frame} zone={zone} />
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function FrameCells({ frame, zone }: { readonly frame: StreamFrame; readonly zone: TimeZone }) {
  const { createdAt, sequence, sizeBytes, head, said } = frame;
  const isMessage = sequence !== null;
  const event = typeof said.event === "string" && said.event !== "message" ? said.event : null;
  return (
    <>
      <td className="grid-cell frame-time" title={formatTime(createdAt, zone)}>
        <ArchivedText text={timeParts(createdAt, zone)?.clock ?? createdAt} />
      </td>
      <td className="grid-cell numeric frame-sequence">{isMessage ? formatCount(sequence) : ""}</td>
      <td
        className="grid-cell numeric frame-size"
        title={isMessage && sizeBytes !== null ? formatBytesExactly(sizeBytes) : undefined}
      >
        {isMessage && sizeBytes !== null && formatBytes(sizeBytes)}
      </td>
      <td className="grid-cell frame-head">
        {event !== null && <ArchivedText text={event} className="frame-event" />}
        {isMessage ? (
          <ArchivedText text={head?.text ?? "no bytes"} className={head?.form === "text" ? "mono" : "mono muted"} />
        ) : (
          <ArchivedText text={spokenFrame(frame)} className="muted" />
        )}
      </td>
    </>
  );
}
