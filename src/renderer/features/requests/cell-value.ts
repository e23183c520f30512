/** What a cell stands for, exactly as the archive has it: the text that one wants to have when one copies a cell. */
import type { BrowseRow } from "../../../shared/contract.ts";
import { COLUMNS } from "./columns.tsx";
import { integrityLook } from "./statuses.ts";

export interface CellValue {
  /** The column's name. */
  readonly name: string;
  readonly text: string;
}

/** Null where a cell is empty, or its column has nothing to copy. */
export function cellValue(row: BrowseRow, column: string | null): CellValue | null {
  const name = COLUMNS.find((known) => known.id === column)?.label;
  const text = name === undefined ? null : textOf(row, column);
  return name === undefined || text === null || text === "" ? null : { name, text };
}

function textOf(row: BrowseRow, column: string | null): string | null {
  switch (column) {
    case "time":
      return row.time;
    case "source":
      return row.source;
    case "kind":
      return row.kind;
    case "method":
      return row.method;
    case "status":
      return row.status;
    case "size":
      return row.sizeBytes?.toString() ?? null;
    case "type":
      return row.mediaType;
    case "duration":
      return row.durationMs?.toString() ?? null;
    case "checksum":
      return row.checksum;
    case "integrity":
      return integrityLook(row.payload).word;
    default:
      return null;
  }
}
