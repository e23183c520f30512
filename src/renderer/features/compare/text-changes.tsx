import { Equal } from "lucide-react";
import type { ReactNode } from "react";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import { ChangeLines } from "./change-lines.tsx";
import type { DiffLine, TextDiff } from "./text-diff.ts";

/** Longer lines are cut: the view is about which lines differ. */
const LINE_LENGTH = 2_000;

/** Two texts as one: lines that went, lines that came, and some of what stayed. */
export function TextChanges({ diff, bar }: { readonly diff: TextDiff; readonly bar: ReactNode }) {
  const { lines, added, removed, aligned, unlisted, endsDiffer } = diff;
  const equal = added === 0 && removed === 0;
  return (
    <>
      <div className="view-bar">
        {bar}
        <span data-testid="compare-summary">
          <span className="tone-good">+{formatCount(added)}</span>{" "}
          <span className="tone-bad">−{formatCount(removed)}</span> {added + removed === 1 ? "line" : "lines"}
        </span>
      </div>
      {!aligned && (
        <Banner tone="note" title="Too different to be aligned line by line">
          <p>All between the equal lines at both ends is shown as removed and added.</p>
        </Banner>
      )}
      {endsDiffer && <Banner tone="note" title="Only one of them ends with a line break" />}
      {unlisted > 0 && <Banner tone="note" title={`${formatCounted(unlisted, "further line")} not shown`} />}
      {equal ? (
        <EmptyState icon={<Equal size={24} aria-hidden />} title="The same lines" />
      ) : (
        <ChangeLines
          label="Differences"
          className="text-changes mono"
          count={lines.length}
          lineHeight={18}
          line={(index) => {
            const line = lines[index];
            return line === undefined ? null : <Line line={line} />;
          }}
        />
      )}
    </>
  );
}

function Line({ line }: { readonly line: DiffLine }) {
  if (line.kind === "gap") return <div className="text-gap muted">⋯ {formatCounted(line.count, "equal line")}</div>;
  const { kind, text, mark } = line;
  const cut = text.length > LINE_LENGTH;
  return (
    <div className={`text-line text-${kind}`}>
      <span className="text-number">{line.left ?? ""}</span>
      <span className="text-number">{line.right ?? ""}</span>
      {kind === "same" ? (
        <span className="text-sign" />
      ) : (
        <span className="text-sign" role="img" aria-label={kind}>
          {kind === "added" ? "+" : "−"}
        </span>
      )}
      <bdi className="text-content">
        {mark === null || cut ? (
          visibleText(shortened(text, LINE_LENGTH))
        ) : (
          <>
            {visibleText(text.slice(0, mark[0]))}
            <mark className="text-mark">{visibleText(text.slice(mark[0], mark[1]))}</mark>
            {visibleText(text.slice(mark[1]))}
          </>
        )}
      </bdi>
    </div>
  );
}
