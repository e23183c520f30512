import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { Finding, FindingRow } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import type { FindingGroup } from "./finding-groups.ts";
import { FINDING_TITLES, severityLook } from "./spoken.ts";

export interface FindingListProps {
  readonly group: FindingGroup;
  readonly onRow: (row: FindingRow) => void;
}

const AT_ONCE = 50;
const ROWS_AT_ONCE = 4;

/** All findings of one kind, folded away where they are only worth knowing. */
export function FindingList({ group, onRow }: FindingListProps) {
  const [shown, setShown] = useState(AT_ONCE);
  const { code, severity, count, findings } = group;
  const { tone, sign, word } = severityLook(severity);
  const left = findings.length - shown;
  return (
    <details className="findings" open={severity !== "info"} data-testid="findings" data-code={code}>
      <summary className="findings-head">
        <ChevronRight size={13} className="findings-fold" aria-hidden />
        <span className={`sign tone-${tone}`}>
          <SignIcon sign={sign} />
          {word}
        </span>
        <span className="findings-title">{FINDING_TITLES[code]}</span>
        <span className="findings-count muted">{formatCount(count)}</span>
      </summary>
      <ul>
        {placed(findings.slice(0, shown)).map(([place, finding]) => (
          <li key={place} className="finding">
            <ArchivedText text={finding.message} className="finding-message" />
            <Rows finding={finding} onRow={onRow} />
          </li>
        ))}
        {left > 0 && (
          <li className="finding">
            <Button onClick={() => setShown(shown + 4 * AT_ONCE)}>Show more ({formatCount(left)})</Button>
          </li>
        )}
        {left <= 0 && count > findings.length && (
          <li className="finding muted">
            {formatCounted(count - findings.length, "further finding")} of this kind: counted, not listed.
          </li>
        )}
      </ul>
    </details>
  );
}

function Rows({ finding, onRow }: { readonly finding: Finding; readonly onRow: (row: FindingRow) => void }) {
  const { rows, moreRows } = finding;
  const [all, setAll] = useState(false);
  if (rows.length === 0) return null;
  const shown = all ? rows : rows.slice(0, ROWS_AT_ONCE);
  const hidden = rows.length - shown.length;
  return (
    <span className="finding-rows">
      {shown.map((row) => (
        <button
          key={`${row.table} ${row.id}`}
          type="button"
          className="link"
          title={visibleText(row.id)}
          onClick={() => onRow(row)}
        >
          {NAMES[row.table]} <bdi className="mono">{visibleText(shortened(row.id, 10))}</bdi>
        </button>
      ))}
      {hidden > 0 && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {formatCount(hidden)} more
        </button>
      )}
      {moreRows > 0 && hidden === 0 && <span className="muted">and {formatCounted(moreRows, "further row")}</span>}
    </span>
  );
}

const NAMES: Readonly<Record<FindingRow["table"], string>> = {
  sessions: "session",
  requests: "request",
  responses: "response",
  resolutions: "ask",
  response_meta: "metadata of",
  request_identities: "identity of",
};

/** Findings keep their place in the report, so it names them. */
function placed(findings: readonly Finding[]): (readonly [place: number, finding: Finding])[] {
  return findings.map((finding, place) => [place, finding] as const);
}
