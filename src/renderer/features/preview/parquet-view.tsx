import { type ReactNode, useCallback, useMemo, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useTask } from "../../components/use-task.ts";
import type { Fields } from "../../format/delimited.ts";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { runTask } from "../../work/run-task.ts";
import type { ParquetSummary } from "../../work/tasks.ts";
import type { Content } from "./content.ts";
import { HexView } from "./hex-view.tsx";
import { Records } from "./records-table.tsx";
import { Unfinished } from "./task-state.tsx";

export interface ParquetViewProps {
  readonly content: Content;
  readonly bar: ReactNode;
}

type Form = "groups" | "rows" | "schema";

const FORMS = [
  { value: "rows", label: "Rows" },
  { value: "schema", label: "Schema" },
  { value: "groups", label: "Row groups" },
] as const;

/** A Parquet file: its first rows, its columns and its row groups. What is none any more is shown as bytes. */
export function ParquetView({ content, bar }: ParquetViewProps) {
  const { source } = content;
  const [form, setForm] = useState<Form>("rows");
  const run = useCallback((signal: AbortSignal) => runTask("parquet", { source }, signal), [source]);
  const task = useTask(run);
  if (task.status === "failed") {
    return (
      <>
        <Banner tone="doubt" title="The Parquet file is broken">
          <p>
            Its footer could not be read: <ArchivedText text={task.error.message} />
          </p>
        </Banner>
        <HexView source={source} bar={bar} />
      </>
    );
  }
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const summary = task.value;
  return (
    <div className="delimited">
      <div className="view-bar">
        <FormSwitch value={form} options={FORMS} onChange={setForm} />
        {bar}
        <span data-testid="table-size">
          {counted(summary.rowCount, "row")}, {formatCounted(summary.columnCount, "column")},{" "}
          {formatCounted(summary.groupCount, "row group")}
        </span>
        {summary.createdBy !== null && (
          <span className="truncate muted">
            by <ArchivedText text={summary.createdBy} />
          </span>
        )}
      </div>
      {form === "rows" && <Rows summary={summary} />}
      {form === "schema" && <Schema summary={summary} />}
      {form === "groups" && <Groups summary={summary} />}
    </div>
  );
}

/** Counts of Parquet have 64 bits, so they come as text. */
function counted(count: string, what: string): string {
  return `${count.replace(/\B(?=(\d{3})+$)/g, ",")} ${what}${count === "1" ? "" : "s"}`;
}

function Rows({ summary: { rows, fault, rowCount } }: { readonly summary: ParquetSummary }) {
  if (rows === null) {
    return (
      <Banner tone="doubt" title="The rows could not be read">
        <p>
          <ArchivedText text={fault ?? ""} /> Schema and row groups are there; Raw shows the bytes.
        </p>
      </Banner>
    );
  }
  const { names, records, leftOut } = rows;
  return (
    <>
      {(String(records.length) !== rowCount || leftOut > 0) && (
        <Banner tone="note" title={`First ${formatCount(records.length)} of ${counted(rowCount, "row")} shown`}>
          <p>
            {leftOut > 0
              ? `${formatCounted(leftOut, "column")} too large to be read for a preview ${leftOut === 1 ? "is" : "are"} left out. `
              : ""}
            Saving gives all of it.
          </p>
        </Banner>
      )}
      <Records names={names} records={records} width={names.length} />
    </>
  );
}

const COLUMN_NAMES = ["Column", "Type", "Meaning", "Repetition", "Codec", "Bytes packed", "Bytes unpacked"];

function Schema({ summary: { columns } }: { readonly summary: ParquetSummary }) {
  const records = useMemo<Fields>(
    () =>
      columns.map((column) => [
        column.name,
        column.type.toLowerCase(),
        column.logical,
        column.repetition,
        column.codec.toLowerCase(),
        String(column.packed),
        String(column.unpacked),
      ]),
    [columns],
  );
  return <Records names={COLUMN_NAMES} records={records} width={COLUMN_NAMES.length} />;
}

const GROUP_NAMES = ["Rows", "Bytes packed", "Bytes unpacked"];

function Groups({ summary: { groups } }: { readonly summary: ParquetSummary }) {
  const records = useMemo<Fields>(
    () => groups.map(({ rows, packed, unpacked }) => [rows, String(packed), String(unpacked)]),
    [groups],
  );
  return <Records names={GROUP_NAMES} records={records} width={GROUP_NAMES.length} />;
}
