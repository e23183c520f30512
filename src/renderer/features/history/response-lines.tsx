import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";

export interface ResponseLinesProps<T> {
  readonly label: string;
  readonly count: number;
  /** Undefined until it is read. */
  readonly itemAt: (index: number) => T | undefined;
  /** The line that the keyboard is at; -1 when there is none. */
  readonly current: number;
  /** The line of the row that the inspector shows. */
  readonly own: number;
  readonly line: (item: T) => ReactNode;
  readonly onMove: (index: number) => void;
  /** Enter, or a double click. */
  readonly onOpen: (index: number) => void;
  /** These lines are in sight, and not all of them are read. */
  readonly onNeed: (from: number, to: number) => void;
}

const LINE = 28;

/** A list of responses, one line each, however many. Focus stays on the list. */
export function ResponseLines<T>(props: ResponseLinesProps<T>) {
  const { label, count, itemAt, current, own, line, onMove, onOpen, onNeed } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 10,
  });
  const lines = virtualizer.getVirtualItems();
  const [from, to] = [lines[0]?.index ?? 0, lines.at(-1)?.index ?? -1];
  const lacking = lines.some(({ index }) => itemAt(index) === undefined);
  useEffect(() => {
    if (lacking) onNeed(from, to);
  }, [lacking, from, to, onNeed]);
  useEffect(() => {
    if (current !== -1) virtualizer.scrollToIndex(current, { align: "auto" });
  }, [current, virtualizer]);
  // Where the inspected row stands comes into sight once.
  const placed = useRef(false);
  useEffect(() => {
    if (placed.current || own === -1) return;
    placed.current = true;
    virtualizer.scrollToIndex(own, { align: "center" });
  }, [own, virtualizer]);

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
          const item = itemAt(index);
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays on the list, which names the current option
            <div
              key={index}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === current}
              aria-current={index === own || undefined}
              aria-posinset={index + 1}
              aria-setsize={count}
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
