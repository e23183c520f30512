import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { PlannedFetch } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useTimeZone } from "../../state/context.ts";

const LINE_PX = 44;

/** What a dry run found: who would answer each request, its hash and its URL. Drawn only where one looks. */
export function PlannedList({ plan }: { readonly plan: readonly PlannedFetch[] }) {
  const zone = useTimeZone();
  const place = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLElement>(null);
  // It comes at the end of a form that is higher than most windows.
  useEffect(() => {
    // Not returned: in newer browsers it is a promise.
    void place.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const virtualizer = useVirtualizer({
    count: plan.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
  });
  return (
    <section ref={place} className="planned" aria-label="Dry run">
      <p className="muted">{spokenPlan(plan)}</p>
      <section
        ref={scroller}
        className="planned-scroll"
        aria-label="What would be asked"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region
        tabIndex={0}
      >
        <ul style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const planned = plan[index];
            return (
              planned !== undefined && (
                <li
                  key={index}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  className="planned-line"
                  style={{ top: start }}
                  aria-setsize={plan.length}
                  aria-posinset={index + 1}
                >
                  <span
                    className={planned.action === "miss" ? "tone-bad" : planned.action === "reuse" ? "tone-good" : ""}
                  >
                    {spokenAction(planned)}
                    {planned.createdAt !== null &&
                      planned.action !== "ask" &&
                      ` (of ${formatTime(planned.createdAt, zone)})`}
                  </span>{" "}
                  <span className="mono muted" title={planned.hash}>
                    {planned.hash.slice(0, 12)}
                  </span>
                  {planned.url !== null && (
                    <>
                      <br />
                      <ArchivedText text={planned.url} className="mono" />
                    </>
                  )}
                </li>
              )
            );
          })}
        </ul>
      </section>
    </section>
  );
}

/** `3 requests: 1 hit, 2 misses`. Equal requests are asked once. */
export function spokenPlan(plan: readonly PlannedFetch[]): string {
  const count = (action: PlannedFetch["action"]) => plan.filter((planned) => planned.action === action).length;
  const misses = plan.filter((planned) => planned.action === "ask" && planned.row === null).length;
  const parts = [
    [count("reuse"), "answered by the archive"],
    [misses, "not in the archive"],
    [count("ask") - misses, "no longer fresh, or asked in any case"],
    [count("confirm"), "asked whether they still hold"],
    [count("miss"), "failing, for the source is not asked"],
  ] as const;
  const said = parts.filter(([amount]) => amount > 0).map(([amount, words]) => `${formatCount(amount)} ${words}`);
  const different = new Set(plan.map(({ hash }) => hash)).size;
  const same = plan.length - different;
  return [
    `${formatCounted(plan.length, "request")}: ${said.join(", ")}.`,
    ...(same === 0 ? [] : [`${formatCount(same)} of them ${same === 1 ? "is" : "are"} the same as another.`]),
  ].join(" ");
}

function spokenAction({ action, row }: PlannedFetch): string {
  switch (action) {
    case "reuse":
      return "Hit: the archive answers";
    case "ask":
      return row === null ? "Miss: the source is asked" : "Stale: the source is asked";
    case "confirm":
      return "The source is asked whether the archived answer holds";
    case "miss":
      return "Miss: it would fail, for the source is not asked";
  }
}
