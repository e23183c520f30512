import type { RowRef } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCounted } from "../../format/quantities.ts";
import { shortened } from "../../format/visible-text.ts";

export interface ListedProblem {
  /** What it is about: an id, a checksum, or a place in a file. */
  readonly item: string;
  readonly message: string;
  /** A row of the open archive. */
  readonly row: RowRef | null;
}

export interface ProblemListProps {
  readonly label: string;
  readonly problems: readonly ListedProblem[];
  /** How many there are, listed or not. */
  readonly count: number;
  readonly onRow?: (row: RowRef) => void;
}

/** What was left out, and why; a line each. */
export function ProblemList({ label, problems, count, onRow }: ProblemListProps) {
  return (
    <section className="problems" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
      <ul className="problems-list" tabIndex={0} aria-label={label}>
        {placed(problems).map(([place, { item, message, row }]) => (
          <li key={place} className="problem">
            {row !== null && onRow !== undefined ? (
              <button type="button" className="link mono" title={item} onClick={() => onRow(row)}>
                <ArchivedText text={shortened(item, 13)} />
              </button>
            ) : (
              <span className="mono" title={item}>
                <ArchivedText text={shortened(item, 40)} />
              </span>
            )}
            <ArchivedText text={message} className="problem-reason" />
          </li>
        ))}
      </ul>
      {count > problems.length && (
        <p className="muted">{formatCounted(count - problems.length, "further problem")}: counted, not listed.</p>
      )}
    </section>
  );
}

/** Problems keep their place in a report, so it names them. */
function placed(problems: readonly ListedProblem[]): (readonly [place: number, problem: ListedProblem])[] {
  return problems.map((problem, place) => [place, problem] as const);
}
