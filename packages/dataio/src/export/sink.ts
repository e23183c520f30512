/** What takes the rows of an export, one by one: the engine is the same for all of them. */
import type { ExportEntry } from "./entries.ts";
import type { Unexportable } from "./payload-content.ts";

/** What was written for one row. */
export interface Written {
  /** Path below the target; null where the row has no file of its own. */
  readonly name: string | null;
  /** Payload bytes. */
  readonly bytes: number;
  /** True when the bytes were there already, for another row. */
  readonly duplicate?: boolean;
  /** What is not as it was asked for, although the row was exported. */
  readonly remark?: Unexportable;
}

/** A form of export. */
export interface ExportSink {
  /** Told of rows before they are added, in their order and each of them. */
  ahead?(entries: readonly ExportEntry[]): void;
  /** @throws Unexportable for this row alone; a DataioError ends the export */
  add(entry: ExportEntry): Promise<Written>;
  /** Gives the target its name. @throws DataioError */
  finish(): Promise<void>;
  /** Removes what was not finished. Does nothing after {@link finish}; never throws. */
  discard(): Promise<void>;
}
