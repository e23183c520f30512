import { useEffect, useRef } from "react";
import type { PlannedFetch } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useTimeZone } from "../../state/context.ts";

const SHOWN = 100;

/** What a dry run found: who would answer each request, its hash and its URL. */
export function PlannedList({ plan }: { readonly plan: readonly PlannedFetch[] }) {
  const zone = useTimeZone();
  const place = useRef<HTMLElement>(null);
  // It comes at the end of a form that is higher than most windows.
  useEffect(() => {
    // Not returned: in newer browsers it is a promise.
    void place.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <section ref={place} className="planned" aria-label="Dry run">
      <ul>
        {plan.slice(0, SHOWN).map((planned, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: nothing else tells two equal requests apart, and the list never changes.
          <li key={index}>
            <span className={planned.action === "miss" ? "tone-bad" : planned.action === "reuse" ? "tone-good" : ""}>
              {spokenAction(planned)}
              {planned.createdAt !== null && planned.action !== "ask" && ` (of ${formatTime(planned.createdAt, zone)})`}
            </span>{" "}
            <span className="mono muted">{planned.hash.slice(0, 12)}</span>{" "}
            {planned.url !== null && <ArchivedText text={planned.url} className="mono" />}
          </li>
        ))}
        {plan.length > SHOWN && <li className="muted">and {formatCount(plan.length - SHOWN)} more</li>}
      </ul>
    </section>
  );
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
