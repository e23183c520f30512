import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";

export interface ResponseLinesProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  /** Lines in all; those beyond `items` are read when they come into sight. */
  readonly count: number;
  /** The line that the keyboard is at; -1 when there is none. */
  readonly current: number;
  /** The line of the row that the inspector shows. */
  readonly own: number;
  readonly line: (item: T) => ReactNode;
  readonly onMove: (index: number) => void;
  /** Enter, or a double click. */
  readonly onOpen: (index: number) => void;
  readonly onNeed: (index: number) => void;
}

const LINE = 28;
/** Lines that may be scrolled to before they are read. */
const AHEAD = 2_000;

/** A list of responses, one line each, however many. Focus stays on the list. */
export function ResponseLines<T>(props: ResponseLinesProps<T>) {
  const { label, items, current, own, line, onMove, onOpen, onNeed } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const count = Math.min(props.count, items.length + AHEAD);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 10,
  });
  const lines = virtualizer.getVirtualItems();
  const last = lines.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= items.length) onNeed(last);
  }, [last, items.length, onNeed]);
  useEffect(() => {
    if (current !== -1) virtualizer.scrollToIndex(current, { align: "auto" });
  }, [current, virtualizer]);
  // Where the inspected row stands comes into sight once, when it is read already.
  const placed = useRef(false);
  useEffect(() => {
    if (placed.current || own === -1 || own >= items.length) return;
    placed.current = true;
    virtualizer.scrollToIndex(own, { align: "center" });
  }, [own, items.length, virtualizer]);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && current !== -1) {
      event.preventDefault();
      onOpen(current);
      return;
    }
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / LINE) - 1);
    const target = listTarget(event.key, current === -1 ? own : current, count, page);
    if (target === null) return;
    event.preventDefault();
    onMove(target);
  };
  return (
    <div
      ref={scroller}
      className="response-lines"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={current === -1 ? undefined : `${id}-${current}`}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const index = lineOf(event);
        if (index !== null) onMove(index);
      }}
      onDoubleClick={(event) => {
        const index = lineOf(event);
        if (index !== null) onOpen(index);
      }}
    >
      <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {lines.map(({ index, start }) => {
          const item = items[index];
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays on the list, which names the current option
            <div
              key={index}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === current}
              aria-current={index === own || undefined}
              aria-posinset={index + 1}
              aria-setsize={props.count}
              data-line={index}
              className="response-line"
              style={{ top: start }}
            >
              {item === undefined ? <span className="skeleton-bar" /> : line(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
