import { type ReactNode, useCallback, useId, useMemo, useState } from "react";
import { Banner } from "../../components/banner.tsx";
import { useTask } from "../../components/use-task.ts";
import { DELIMITERS } from "../../format/delimited.ts";
import { formatCounted } from "../../format/quantities.ts";
import { runTask } from "../../work/run-task.ts";
import type { TableResult } from "../../work/tasks.ts";
import { type Content, STRUCTURE_WINDOW } from "./content.ts";
import { Records } from "./records-table.tsx";
import { Unfinished } from "./task-state.tsx";
import { CharsetNotice, CharsetSelect, CutNotice } from "./text-notices.tsx";
import { TextView } from "./text-view.tsx";

export interface DelimitedTableProps {
  readonly content: Content;
  readonly bar: ReactNode;
}

const NAMES: Readonly<Record<(typeof DELIMITERS)[number], string>> = {
  ",": "Comma",
  "\t": "Tab",
  ";": "Semicolon",
  "|": "Pipe",
};

/** Delimited text as a table: its fields as they are. Text that turns out to have one column is shown as text. */
export function DelimitedTable({ content, bar }: DelimitedTableProps) {
  const [delimiter, setDelimiter] = useState<string | null>(null);
  const [chosenCharset, setCharset] = useState<string | null>(null);
  const [header, setHeader] = useState<boolean | null>(null);
  const { source, declaredCharset } = content;
  const run = useCallback(
    (signal: AbortSignal) => {
      const params = { source, start: 0, length: STRUCTURE_WINDOW, declaredCharset, chosenCharset, delimiter };
      return runTask("text.table", params, signal);
    },
    [source, declaredCharset, chosenCharset, delimiter],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const { table, decoded, cut, length } = task.value;
  if (table.width <= 1 && delimiter === null) {
    return <TextView content={content} layout="none" language="text" bar={bar} />;
  }
  return (
    <>
      {cut && <CutNotice content={content} length={length} />}
      <CharsetNotice decoded={decoded} />
      <Table
        table={table}
        named={header ?? table.hasHeader}
        onNamed={setHeader}
        onDelimiter={setDelimiter}
        bar={
          <>
            {bar}
            <CharsetSelect decoded={decoded} chosen={chosenCharset} onChoose={setCharset} />
          </>
        }
      />
    </>
  );
}

interface TableProps {
  readonly table: TableResult["table"];
  readonly named: boolean;
  readonly onNamed: (named: boolean) => void;
  readonly onDelimiter: (delimiter: string) => void;
  readonly bar: ReactNode;
}

function Table({ table, named, onNamed, onDelimiter, bar }: TableProps) {
  const id = useId();
  const records = useMemo(() => (named ? table.records.slice(1) : table.records), [table, named]);
  return (
    <div className="delimited">
      <div className="view-bar">
        {bar}
        <span data-testid="table-size">
          {formatCounted(records.length, "row")}, {formatCounted(table.width, "column")}
        </span>
        <span className="view-bar-gap" />
        <label className="delimited-option" htmlFor={`${id}-header`}>
          <input id={`${id}-header`} type="checkbox" checked={named} onChange={() => onNamed(!named)} />
          First row names columns
        </label>
        <select
          className="input view-select"
          aria-label="Delimiter"
          value={table.delimiter}
          onChange={(event) => onDelimiter(event.target.value)}
        >
          {DELIMITERS.map((each) => (
            <option key={each} value={each}>
              {NAMES[each]}
            </option>
          ))}
        </select>
      </div>
      {table.fault !== null && (
        <Banner tone="doubt" title="The quotes are not in order">
          <p>{table.fault} Fields may have run together; Raw shows the text as it is.</p>
        </Banner>
      )}
      {table.raggedCount > 0 && (
        <Banner tone="note" title={`${formatCounted(table.raggedCount, "row")} of another length than the first`}>
          <p>Fields stand under the column of their place; nothing is filled in.</p>
        </Banner>
      )}
      <Records
        key={`${table.delimiter} ${named}`}
        names={named ? (table.records[0] ?? []) : null}
        records={records}
        width={table.width}
      />
    </div>
  );
}
