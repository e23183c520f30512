import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

export interface ChangeLinesProps {
  readonly label: string;
  readonly count: number;
  /** Height of a line where all have the same; else lines are measured. */
  readonly lineHeight: number;
  readonly measured?: boolean;
  readonly className?: string;
  readonly line: (index: number) => ReactNode;
}

/** Lines of a comparison, drawn only where one looks. It scrolls, so keys must be able to reach it. */
export function ChangeLines({ label, count, lineHeight, measured = false, className = "", line }: ChangeLinesProps) {
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  return (
    <section
      ref={scroller}
      className={`change-lines ${className}`}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region
      tabIndex={0}
    >
      <div className="change-lines-all" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            ref={measured ? virtualizer.measureElement : undefined}
            data-index={index}
            className="change-line"
            style={{ top: start, ...(measured ? {} : { height: lineHeight }) }}
          >
            {line(index)}
          </div>
        ))}
      </div>
    </section>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "~" } as const;
const TONES = { added: "tone-good", removed: "tone-bad", changed: "tone-accent" } as const;

/** The sign of a change, which is also said. */
export function ChangeSign({ kind }: { readonly kind: keyof typeof SIGNS }) {
  return (
    <span className={`compare-sign ${TONES[kind]}`} role="img" aria-label={kind} title={kind}>
      {SIGNS[kind]}
    </span>
  );
}
