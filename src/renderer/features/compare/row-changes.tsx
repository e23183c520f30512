import { Equal } from "lucide-react";
import { type ReactNode, useId } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { ChangeLines, ChangeSign } from "./change-lines.tsx";
import { Value } from "./json-changes.tsx";
import type { KeyChoice, RowChange, TableDiff } from "./table-diff.ts";

export interface RowChangesProps {
  readonly diff: TableDiff;
  readonly bar: ReactNode;
  readonly onKey: (key: KeyChoice) => void;
}

/** Stands for "by their order": no column can be named so, since it is no place in the list. */
const BY_ORDER = "-1";

/** Two tables by their rows: which came, which went, and which fields of the others changed. */
export function RowChanges({ diff, bar, onKey }: RowChangesProps) {
  const id = useId();
  const { rows, counts, columns, columnsAdded, columnsRemoved, key, repeatedKeys, aligned } = diff;
  const listed = counts.added + counts.removed + counts.changed;
  return (
    <>
      <div className="view-bar">
        {bar}
        <span data-testid="compare-summary">
          <span className="tone-good">+{formatCount(counts.added)}</span>{" "}
          <span className="tone-bad">−{formatCount(counts.removed)}</span>{" "}
          <span className="tone-accent">~{formatCount(counts.changed)}</span> rows
          <span className="muted">, {formatCount(counts.same)} the same</span>
        </span>
        <span className="view-bar-gap" />
        <label className="compare-key" htmlFor={id}>
          Rows are found by
          <select
            id={id}
            className="input"
            value={key === null ? BY_ORDER : String(columns.indexOf(key))}
            onChange={(event) => onKey(columns[Number(event.target.value)] ?? false)}
          >
            {columns.map((name, at) => (
              <option key={name} value={String(at)}>
                {visibleText(name)}
              </option>
            ))}
            <option value={BY_ORDER}>their order</option>
          </select>
        </label>
      </div>
      {repeatedKeys > 0 && (
        <Banner tone="doubt" title={`${formatCounted(repeatedKeys, "row")} with a key that another row has`}>
          <p>Rows with the same key are compared in their order. Another column may tell them apart.</p>
        </Banner>
      )}
      {columnsAdded.length + columnsRemoved.length > 0 && (
        <Banner tone="note" title="The columns differ">
          <p>
            {columnsAdded.length > 0 && <>Added: {names(columnsAdded)}. </>}
            {columnsRemoved.length > 0 && <>Removed: {names(columnsRemoved)}.</>}
          </p>
        </Banner>
      )}
      {!aligned && (
        <Banner tone="note" title="Too different to be aligned row by row">
          <p>Rows between the equal ones at both ends are compared by their places.</p>
        </Banner>
      )}
      {rows.length < listed && <Banner tone="note" title={`The first ${formatCount(rows.length)} rows are listed`} />}
      {listed === 0 ? (
        <EmptyState icon={<Equal size={24} aria-hidden />} title="The same rows">
          <p>Only their order, quoting or line ends differ.</p>
        </EmptyState>
      ) : (
        <ChangeLines
          label="Differences"
          count={rows.length}
          lineHeight={46}
          measured
          line={(index) => {
            const row = rows[index];
            return row === undefined ? null : <Row row={row} keyName={key} />;
          }}
        />
      )}
    </>
  );
}

/** Fields beyond these are counted. */
const MOST_CELLS = 12;

function Row({ row, keyName }: { readonly row: RowChange; readonly keyName: string | null }) {
  const cells = row.cells.slice(0, MOST_CELLS);
  return (
    <div className="json-change">
      <ChangeSign kind={row.kind} />
      <div className="json-change-text">
        <span>
          <span className="muted">{keyName === null ? "row" : visibleText(keyName)}</span>{" "}
          <ArchivedText text={row.key} className="mono" />
        </span>
        <span className="row-cells">
          {cells.map((cell) => (
            <span key={cell.column} className="row-cell">
              <ArchivedText text={cell.column} className="muted" />{" "}
              <span className="mono">
                {row.kind !== "added" && <Value text={cell.left} side="old" />}
                {row.kind === "changed" && <span aria-hidden="true"> → </span>}
                {row.kind !== "removed" && <Value text={cell.right} side="new" />}
              </span>
            </span>
          ))}
          {row.cells.length > MOST_CELLS && (
            <span className="muted">and {formatCounted(row.cells.length - MOST_CELLS, "further field")}</span>
          )}
        </span>
      </div>
    </div>
  );
}

function names(columns: readonly string[]): string {
  return columns.map(visibleText).join(", ");
}
