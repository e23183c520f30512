import { Equal } from "lucide-react";
import type { ReactNode } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { spokenFault } from "../fetch/draft.ts";
import { ChangeLines, ChangeSign } from "./change-lines.tsx";
import type { JsonDiff } from "./json-diff.ts";

/** What differs between two JSON values: where, what it was and what it is. */
export function JsonChanges({ diff, bar }: { readonly diff: JsonDiff; readonly bar: ReactNode }) {
  if (!diff.ok) {
    return (
      <>
        <div className="view-bar">{bar}</div>
        <Banner
          tone="doubt"
          title={`The ${diff.side === "left" ? "older (−)" : "newer (+)"} payload is not valid JSON`}
        >
          <p>{spokenFault(diff.fault)} It can be compared by lines.</p>
        </Banner>
      </>
    );
  }
  const { changes, total, aligned } = diff;
  return (
    <>
      <div className="view-bar">
        {bar}
        <span data-testid="compare-summary">{formatCounted(total, "difference")}</span>
      </div>
      {!aligned && (
        <Banner tone="note" title="A long array is too different to be aligned">
          <p>Its items are compared by their places.</p>
        </Banner>
      )}
      {changes.length < total && (
        <Banner tone="note" title={`The first ${formatCount(changes.length)} differences are listed`} />
      )}
      {total === 0 ? (
        <EmptyState icon={<Equal size={24} aria-hidden />} title="The same values">
          <p>They are only written differently: white space, the order of keys, or escapes.</p>
        </EmptyState>
      ) : (
        <ChangeLines
          label="Differences"
          count={changes.length}
          lineHeight={46}
          measured
          line={(index) => {
            const change = changes[index];
            if (change === undefined) return null;
            return (
              <div className="json-change">
                <ChangeSign kind={change.kind} />
                <div className="json-change-text">
                  <ArchivedText text={change.path} className="json-change-path mono" />
                  <span className="json-change-values mono">
                    {change.left !== null && <Value text={change.left} side="old" />}
                    {change.left !== null && change.right !== null && <span aria-hidden="true"> → </span>}
                    {change.right !== null && <Value text={change.right} side="new" />}
                  </span>
                </div>
              </div>
            );
          }}
        />
      )}
    </>
  );
}

/** A value as it was or as it is. */
export function Value({ text, side }: { readonly text: string; readonly side: "old" | "new" }) {
  const Tag = side === "old" ? "del" : "ins";
  return (
    <Tag className={side === "old" ? "value-old" : "value-new"}>
      {text === "" ? <span className="muted">empty</span> : <ArchivedText text={text} />}
    </Tag>
  );
}
