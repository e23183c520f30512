import { GitCompareArrows, Pin, PinOff } from "lucide-react";
import { type ReactNode, useCallback } from "react";
import type { RowDetail, RowRef } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatBytes } from "../../format/quantities.ts";
import { formatTime, parseTime, type TimeZone } from "../../format/times.ts";
import { useApp, useDetail, useSelection, useTimeZone, useUi } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { ComparedPair } from "./compared-pair.tsx";
import "./compare.css";

/** Why this one is the other side. */
type Choice = "pinned" | "selected" | "previous";
interface Other {
  readonly ref: RowRef;
  readonly choice: Choice;
}

interface Loaded {
  readonly other: RowDetail;
  readonly choice: Choice;
  /** The newest earlier response with other bytes, where the one before has the same. */
  readonly differsFrom: RowRef | null;
}

const sameRef = (a: RowRef, b: RowRef) => a.type === b.type && a.id === b.id;

/**
 * The inspected response beside another: the one that was pinned, else the other of two selected rows, else the one
 * before it of the same request.
 */
export function CompareTab({ detail }: { readonly detail: RowDetail }) {
  const app = useApp();
  const archiveId = useDetail((state) => state.archiveId);
  const pinned = useUi((state) => state.compareWith);
  const selected = useSelection((state) => state.selected);
  const { type, id } = detail.row.ref;
  const own: RowRef = { type, id };
  const chosen = chosenOther(own, pinned, [...selected.values()]);
  const chosenKey = chosen === null ? null : rowKey(chosen.ref);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen row is named by its key
  const load = useCallback(
    async (signal: AbortSignal): Promise<Loaded | null> => {
      if (archiveId === null) return null;
      let other = chosen;
      let differsFrom: RowRef | null = null;
      if (other === null) {
        const history = await app.client.call(
          "rows.history",
          { archiveId, ref: { type, id }, start: 0, limit: 1 },
          { signal },
        );
        const previous = history.own?.previousId ?? null;
        const earlier = history.own?.differsFromId ?? null;
        if (earlier !== null && earlier !== previous) differsFrom = { type: "response", id: earlier };
        if (previous !== null) other = { ref: { type: "response", id: previous }, choice: "previous" };
      }
      if (other === null) return null;
      return {
        other: await app.client.call("rows.get", { archiveId, ref: other.ref }, { signal }),
        choice: other.choice,
        differsFrom,
      };
    },
    [app, archiveId, type, id, chosenKey],
  );
  const loaded = useLoaded(load);
  const isPinned = pinned !== null && sameRef(pinned, own);
  const pinButton = (variant: "plain" | "quiet") => (
    <Button
      variant={variant}
      icon={<Pin size={13} />}
      aria-pressed={isPinned}
      hint={isPinned ? "Other rows are compared with this one" : "Compare the rows that you go to next with this one"}
      onClick={() => app.ui.getState().set({ compareWith: isPinned ? null : own })}
    >
      {isPinned ? "Pinned" : "Pin this"}
    </Button>
  );

  if (loaded.status === "loading") {
    return (
      <p className="compare-note muted" role="status">
        Reading the other side…
      </p>
    );
  }
  if (loaded.status === "failed") {
    return (
      <FailureState
        title="The other response could not be read"
        actions={
          pinned !== null && (
            <Button onClick={() => app.ui.getState().set({ compareWith: null })}>Compare with the one before</Button>
          )
        }
      >
        <p>
          <ArchivedText text={loaded.error.message} />
        </p>
      </FailureState>
    );
  }
  if (loaded.value === null || archiveId === null) {
    return (
      <EmptyState
        icon={<GitCompareArrows size={24} aria-hidden />}
        title="Nothing to compare with"
        actions={pinButton("plain")}
      >
        <p>
          {isPinned
            ? "This response is pinned: go to any other row, and the two are compared."
            : "There is no earlier response to this request. Select two rows of the table, mark one in the history, or pin this one and go to another."}
        </p>
      </EmptyState>
    );
  }
  const { other, choice, differsFrom } = loaded.value;
  const [left, right] = isBefore(other, detail) ? [other, detail] : [detail, other];
  return (
    <>
      <Sides left={left} right={right} own={detail} choice={choice}>
        {choice === "pinned" ? (
          <Button
            variant="quiet"
            icon={<PinOff size={13} />}
            hint="Compare with the one before again"
            onClick={() => app.ui.getState().set({ compareWith: null })}
          >
            Unpin
          </Button>
        ) : (
          pinButton("quiet")
        )}
      </Sides>
      <ComparedPair
        key={`${left.row.responseId} ${right.row.responseId} ${left.payload?.state} ${right.payload?.state}`}
        archiveId={archiveId}
        left={left}
        right={right}
        otherwise={
          differsFrom !== null && (
            <Button onClick={() => app.ui.getState().set({ compareWith: differsFrom })}>
              Compare with the last that differed
            </Button>
          )
        }
      />
    </>
  );
}

function chosenOther(own: RowRef, pinned: RowRef | null, selected: readonly RowRef[]): Other | null {
  if (pinned !== null && !sameRef(pinned, own)) return { ref: pinned, choice: "pinned" };
  if (selected.length !== 2 || !selected.some((ref) => sameRef(ref, own))) return null;
  const other = selected.find((ref) => !sameRef(ref, own));
  return other === undefined ? null : { ref: other, choice: "selected" };
}

/** Equal or unreadable times leave the other one on the left. */
function isBefore(other: RowDetail, own: RowDetail): boolean {
  const [theirs, ours] = [parseTime(other.row.time), parseTime(own.row.time)];
  return theirs === null || ours === null || theirs <= ours;
}

interface SidesProps {
  readonly left: RowDetail;
  readonly right: RowDetail;
  readonly own: RowDetail;
  readonly choice: Choice;
  readonly children: ReactNode;
}

const REASONS: Readonly<Record<Choice, string>> = {
  pinned: "pinned",
  selected: "also selected",
  previous: "the one before",
};

/** Which is which: the older one on the left. */
function Sides({ left, right, own, choice, children }: SidesProps) {
  const zone = useTimeZone();
  return (
    <header className="compare-sides">
      {[left, right].map((side, at) => (
        <div
          key={at === 0 ? "left" : "right"}
          className="compare-side"
          data-testid={at === 0 ? "side-left" : "side-right"}
        >
          <span className={at === 0 ? "compare-sign tone-bad" : "compare-sign tone-good"} aria-hidden="true">
            {at === 0 ? "−" : "+"}
          </span>
          <SideFacts
            side={side}
            zone={zone}
            note={side === own ? "shown" : REASONS[choice]}
            showsKind={left.row.kind !== right.row.kind}
          />
        </div>
      ))}
      {children}
    </header>
  );
}

interface SideFactsProps {
  readonly side: RowDetail;
  readonly zone: TimeZone;
  readonly note: string;
  /** False where both are of the kind that the inspector names already. */
  readonly showsKind: boolean;
}

function SideFacts({ side, zone, note, showsKind }: SideFactsProps) {
  const { row } = side;
  const size = side.payload?.sizeBytes ?? row.sizeBytes;
  return (
    <span className="truncate">
      <ArchivedText text={formatTime(row.time, zone)} /> <span className="tag">{note}</span>
      <span className="muted">
        {" "}
        {size !== null && formatBytes(size)}
        {size !== null && showsKind && " · "}
        {showsKind && <ArchivedText text={row.kind ?? "unknown kind"} />}
      </span>
    </span>
  );
}
