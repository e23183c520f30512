/** Rows in the form that was asked for: a table for people, one JSON array, or a line of JSON for each row. */
import { type Command, Option } from "commander";
import { JsonNumber, type JsonObject, type JsonValue, parseJson } from "../canonical-json.ts";
import { isDataioError } from "../errors.ts";
import type { Cli } from "./cli.ts";
import { jsonLine } from "./output.ts";
import { bytesText } from "./printable.ts";
import { type Column, writeTable } from "./table.ts";
import { parseCount } from "./values.ts";

export interface RowOutputOptions {
  readonly json?: true;
  readonly ndjson?: true;
}

/** Adds `--json` and `--ndjson` to a command that writes rows. */
export function withRowOutput(command: Command): Command {
  return command
    .addOption(new Option("--json", "one JSON array").conflicts("ndjson"))
    .addOption(new Option("--ndjson", "a line of JSON for each row"));
}

/** How many rows a table has when nobody says. */
export const TABLE_ROWS = 100;

/** Adds `--limit` to a command that lists. */
export function withLimit(command: Command): Command {
  return command.option(
    "--limit <n>",
    `at most this many rows, or "all" (default: ${TABLE_ROWS} for a table, else all)`,
    (text) => (text === "all" ? Number.POSITIVE_INFINITY : parseCount(text, 1)),
  );
}

/** How one kind of row is written. */
export interface RowFormat<T> {
  readonly columns: readonly Column<T>[];
  json(row: T): JsonObject;
}

/** @throws OutputClosed, and what `rows` throws */
export async function writeRows<T>(
  cli: Cli,
  options: RowOutputOptions & { readonly limit?: number },
  format: RowFormat<T>,
  rows: Iterable<T> | AsyncIterable<T>,
): Promise<void> {
  const { output } = cli;
  if (options.ndjson === true) {
    for await (const row of limited(rows, options.limit ?? Number.POSITIVE_INFINITY))
      await output.json(format.json(row));
  } else if (options.json === true) {
    // A row is written when the next one is there, so that nothing is written where already the first one fails.
    let row: string | null = null;
    for await (const next of limited(rows, options.limit ?? Number.POSITIVE_INFINITY)) {
      await output.line(row === null ? "[" : `${row},`);
      row = jsonLine(format.json(next));
    }
    await output.line(row === null ? "[]" : `${row}\n]`);
  } else {
    const limit = options.limit ?? TABLE_ROWS;
    const cutOff = () => cli.note(`these are the first ${limit}, there are more; see --limit`);
    await writeTable(output, format.columns, limited(rows, limit, options.limit === undefined ? cutOff : undefined));
  }
  await output.flush();
}

/** The first `limit` rows; `onMore` is called at the end when there would have been more. */
async function* limited<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  limit: number,
  onMore?: () => void,
): AsyncGenerator<T, void, undefined> {
  let count = 0;
  for await (const row of rows) {
    if (count === limit) {
      onMore?.();
      return;
    }
    count += 1;
    yield row;
    if (count === limit && onMore === undefined) return;
  }
}

/** A row's plain fields; bytes, which SQLite lets be in any column, as the SQL literal that they are. */
export function plainJson(row: object): JsonObject {
  const members: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(row) as [string, unknown][]) {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      members[name] = value;
    } else if (value instanceof Uint8Array) members[name] = bytesText(value);
  }
  return members;
}

/**
 * Archived JSON text as a member: under `name` where it is JSON in the strict sense, numbers with their text; else
 * (Python also writes NaN) as the text that it is, under `nameText`.
 */
export function archivedJson(name: string, text: string | null): JsonObject {
  if (text === null) return { [name]: null };
  if (typeof text !== "string") return { [name]: null, ...plainJson({ [`${name}Text`]: text }) };
  try {
    const value = parseJson(text);
    if (!holdsNonFinite(value)) return { [name]: value };
  } catch (error) {
    if (!isDataioError(error, "JSON_INVALID")) throw error;
  }
  return { [name]: null, [`${name}Text`]: text };
}

function holdsNonFinite(value: JsonValue): boolean {
  const pending: JsonValue[] = [value];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (one instanceof JsonNumber) {
      if (!Number.isFinite(Number(one.text)) && !/^-?\d+$/.test(one.text)) return true;
    } else if (typeof one === "object" && one !== null) for (const member of Object.values(one)) pending.push(member);
  }
  return false;
}
