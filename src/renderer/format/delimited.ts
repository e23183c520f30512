/** Delimited text (CSV, TSV) as records. Every field stays the text that it is; nothing is converted. */
import Papa from "papaparse";

export interface DelimitedText {
  readonly delimiter: string;
  readonly records: readonly (readonly string[])[];
  /** Fields of the longest record. */
  readonly width: number;
  /** True when the first record seems to name the columns. */
  readonly hasHeader: boolean;
  /** Records that have another number of fields than the first. */
  readonly raggedCount: number;
  /** What is wrong with the quotes, for people; null when nothing is. */
  readonly fault: string | null;
}

/** The delimiters that are tried and offered. */
export const DELIMITERS = [",", "\t", ";", "|"] as const;

/**
 * Reads delimited text. With `cut` the text ends somewhere inside the payload, so its last record, which may be half, is
 * left out.
 *
 * @param delimiter null to find it out
 */
export function parseDelimited(text: string, cut: boolean, delimiter: string | null): DelimitedText {
  const parsed = Papa.parse<string[]>(text, {
    delimiter: delimiter ?? "",
    delimitersToGuess: [...DELIMITERS],
  });
  const records = parsed.data;
  const last = records.at(-1);
  // A line end at the very end begins no record.
  if ((cut && records.length > 1) || (last?.length === 1 && last[0] === "")) records.pop();
  const first = records[0]?.length ?? 0;
  const isWhole = (row: number | undefined) => row === undefined || row < records.length;
  const quotes = parsed.errors.find((error) => error.type === "Quotes" && isWhole(error.row));
  return {
    delimiter: parsed.meta.delimiter,
    records,
    width: records.reduce((most, record) => Math.max(most, record.length), 0),
    hasHeader: namesColumns(records),
    raggedCount: records.filter((record) => record.length !== first).length,
    fault: quotes === undefined ? null : `Record ${(quotes.row ?? 0) + 1}: ${quotes.message}.`,
  };
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** True for a text that is a decimal number, whatever its size and precision. */
export function isNumeric(text: string): boolean {
  return NUMBER.test(text);
}

/** Names are there, differ from each other, are no numbers, and are followed by something. */
function namesColumns(records: readonly (readonly string[])[]): boolean {
  const [first, second] = records;
  if (first === undefined || second === undefined) return false;
  return new Set(first).size === first.length && first.every((name) => name.trim() !== "" && !isNumeric(name));
}

/** Records of fields; null where a format knows that there is no value. */
export type Fields = readonly (readonly (string | null)[])[];

/** How many records are looked at to judge a column. */
const SAMPLE = 500;

/** True when what the column holds are numbers, so far as one looked, and there are some. */
export function isNumericColumn(records: Fields, column: number): boolean {
  const values = records.slice(0, SAMPLE).flatMap((record) => {
    const value = record[column] ?? "";
    return value === "" ? [] : [value];
  });
  return values.length > 0 && values.every(isNumeric);
}

const collator = new Intl.Collator("en", { numeric: true });

/**
 * The places of `records` in the order of a column; equal ones keep theirs. Empty fields come last in both directions.
 */
export function sortedPlaces(records: Fields, column: number, direction: "ascending" | "descending"): number[] {
  const numeric = isNumericColumn(records, column);
  const sign = direction === "ascending" ? 1 : -1;
  const value = (place: number) => records[place]?.[column] ?? "";
  return records
    .map((_record, place) => place)
    .sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === "" || right === "") return Number(left === "") - Number(right === "");
      const difference = numeric ? Number(left) - Number(right) : 0;
      return sign * (difference || collator.compare(left, right));
    });
}
