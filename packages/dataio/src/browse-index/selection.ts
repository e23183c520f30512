/**
 * A filter as conditions on rows of the index. Pure: what has to be looked up in the archive was looked up before.
 *
 * Most conditions can also be decided for a whole cell of the cube, which makes their counts exact and free.
 */
import type { CubeCell } from "./cube.ts";
import type { FacetName, FilterTerm, RowFilter, RowTrait, WordKey } from "./filter.ts";
import { WORD_KEYS } from "./filter.ts";
import { momentOf, momentRange } from "./moment-range.ts";
import {
  CHANGE_CODES,
  CONCLUDED_SQL,
  type Column,
  FAILED_SQL,
  FIRST_TIME,
  INTEGRITY_CODES,
  isFailed,
  ORPHAN,
  REQUEST_INFERRED,
  SESSION_INFERRED,
  TIME_BASE,
} from "./schema.ts";

/** What ids and texts of a filter mean in this archive: rowids and codes. */
export interface FilterLookups {
  /** Codes of the texts that a key's value names. */
  words(key: WordKey, value: string): readonly number[];
  /** Codes of all texts that contain it, whatever the case. */
  wordsWith(text: string): readonly number[];
  session(id: string): number | undefined;
  /** The identity of a request. */
  request(id: string): number | undefined;
  pasted(text: string): PastedPlaces;
  /** Rows that contain a text, in what is known of them or in their payload; null where no index can tell. */
  containing(where: "text" | "payload", text: string): FoundText | null;
}

/** What a pasted id, hash or checksum stands for. */
export interface PastedPlaces {
  readonly ids: readonly number[];
  readonly sessions: readonly number[];
  /** Identities. */
  readonly requests: readonly number[];
  readonly sum: number | null;
}

/** Rows that contain a text. */
export interface FoundText {
  /** Names the search. */
  readonly number: number;
  /** On the columns of `rows`. */
  readonly sql: string;
  /** How many rows; null where they are many, and each is asked when it is passed. */
  readonly few: number | null;
}

/** One condition that a row has to fulfil. */
export interface Condition {
  /** On the columns of `rows`; whole numbers are written into it. */
  readonly sql: string;
  /** The same for a cell of the cube; null where a cell cannot tell. */
  readonly cell: ((cell: CubeCell) => boolean) | null;
  /** Facets that are counted as if the condition were not there. */
  readonly freeFor: readonly FacetName[];
  /** True where it takes microseconds for each row: it is asked last, and of a limited number of rows where they are counted. */
  readonly slow?: boolean;
  /** True where the id alone tells: every index has it. */
  readonly ofId?: boolean;
}

/** Values of a column that all rows have; both ends belong to it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Selection {
  readonly conditions: readonly Condition[];
  /** Ranges of columns that every row lies in, by which rows can be found. */
  readonly ranges: Readonly<Partial<Record<Column, Range>>>;
  /** Conditions that few rows fulfil, whose ids are known. */
  readonly few: readonly { readonly sql: string; readonly rows: number }[];
}

const ALWAYS = -Number.MAX_VALUE;

/**
 * @param asOf a moment; what was superseded or not there yet is left out. See schema.ts
 * @throws TIMESTAMP_INVALID for a time that is none
 */
export function selectionOf(
  filter: RowFilter,
  sessionId: string | null,
  lookups: FilterLookups,
  asOf: string | null = null,
): Selection {
  const conditions: Condition[] = [];
  const ranges: Partial<Record<Column, Range>> = {};
  const few: { sql: string; rows: number }[] = [];
  const within = (column: Column, { from, to }: Range) => {
    const known = ranges[column] ?? { from: ALWAYS, to: Number.MAX_VALUE };
    ranges[column] = { from: Math.max(known.from, from), to: Math.min(known.to, to) };
  };
  if (sessionId !== null) {
    const rowid = lookups.session(sessionId) ?? -1;
    conditions.push(column("session", rowid, false));
    within("session", { from: rowid, to: rowid });
  }
  if (asOf !== null) {
    const moment = indexedMoment(asOf);
    conditions.push({ sql: thereAt(moment), cell: null, freeFor: [] });
    within("time", { from: FIRST_TIME, to: moment });
  }
  if (sessionId === null && !namesOthers(filter, lookups)) {
    conditions.push({ sql: "id & 3 = 0", cell: (cell) => cell.ref === 0, freeFor: ["is", "status"], ofId: true });
  }
  for (const [key, terms] of alternatives(filter)) conditions.push(wordCondition(key, terms, lookups));
  for (const term of filter) {
    const found = conditionOf(term, lookups);
    if (found === null) continue;
    conditions.push(found.condition);
    if (!term.not && found.range !== undefined) within(found.range.column, found.range);
    if (!term.not && found.few !== undefined) few.push({ sql: found.condition.sql, rows: found.few });
  }
  conditions.sort((a, b) => Number(a.slow ?? false) - Number(b.slow ?? false));
  return { conditions, ranges, few };
}

/** A moment in the time of the index. @throws TIMESTAMP_INVALID */
export function indexedMoment(asOf: string): number {
  return momentOf(asOf) - TIME_BASE;
}

/** What is there as of a moment, in the time of the index; as a condition on `rows`. */
export function thereAt(moment: number): string {
  return `time <= ${integer(moment)} AND ${notReplacedAt(moment)}`;
}

/** What nothing has followed by then. */
export function notReplacedAt(moment: number): string {
  return `(until IS NULL OR until > ${integer(moment)})`;
}

/**
 * The list of the whole archive holds responses; requests without one, and asks that failed or were answered from the
 * archive, are in it where the filter names them.
 */
function namesOthers(filter: RowFilter, lookups: FilterLookups): boolean {
  const others = ["no response", "failed", "cancelled", "reused"];
  return filter.some((term) => {
    if (term.not) return false;
    if (term.key === "is") return term.value === "failed" || term.value === "unanswered" || term.value === "reused";
    if (term.key === "text") return isPlace(lookups.pasted(term.value));
    return term.key === "session" || term.key === "request" || (term.key === "status" && others.includes(term.value));
  });
}

/** Positive terms with the same word key: any of them. */
function alternatives(filter: RowFilter): Map<WordKey | "changed" | "integrity", FilterTerm[]> {
  const found = new Map<WordKey | "changed" | "integrity", FilterTerm[]>();
  for (const term of filter) {
    if (term.not || !isWord(term)) continue;
    found.set(term.key, [...(found.get(term.key) ?? []), term]);
  }
  return found;
}

type WordTerm = FilterTerm & { readonly key: WordKey | "changed" | "integrity"; readonly value: string };

function isWord(term: FilterTerm): term is WordTerm {
  return term.key === "changed" || term.key === "integrity" || (WORD_KEYS as readonly string[]).includes(term.key);
}

function wordCondition(
  key: WordKey | "changed" | "integrity",
  terms: readonly FilterTerm[],
  lookups: FilterLookups,
): Condition {
  const dimension = key === "changed" ? "change" : key;
  const codes = new Set(
    terms.flatMap((term): readonly number[] => {
      switch (term.key) {
        case "changed":
          return [CHANGE_CODES.indexOf(term.value)];
        case "integrity":
          return [INTEGRITY_CODES.indexOf(term.value)];
        default:
          return isWord(term) ? lookups.words(term.key as WordKey, term.value) : [];
      }
    }),
  );
  return {
    sql: `${dimension} IN (${[...codes].join(",")})`,
    cell: (cell) => codes.has(cell[dimension]),
    freeFor: [key],
  };
}

/** A condition of its own; null for a positive word, which stands with its alternatives. */
function conditionOf(
  term: FilterTerm,
  lookups: FilterLookups,
): { condition: Condition; range?: Range & { readonly column: Column }; few?: number } | null {
  const { not } = term;
  if (isWord(term)) {
    return not ? { condition: { ...negated(wordCondition(term.key, [term], lookups)), freeFor: [] } } : null;
  }
  switch (term.key) {
    case "time": {
      const { from, to } = momentRange(term.from, term.to);
      return rangeTerm("time", { from: Math.max(from - TIME_BASE, FIRST_TIME), to: to - TIME_BASE }, not);
    }
    case "size":
      return rangeTerm("size", compared(term.comparison, term.value), not);
    case "duration":
      return rangeTerm("duration", compared(term.comparison, Math.round(term.value * 1000)), not);
    case "checksum": {
      const digits = term.value.slice(0, 13);
      return rangeTerm(
        "sum",
        { from: Number.parseInt(digits.padEnd(13, "0"), 16), to: Number.parseInt(digits.padEnd(13, "f"), 16) },
        not,
      );
    }
    case "session":
    case "request": {
      const value = lookups[term.key](term.value) ?? -1;
      const name = term.key === "session" ? "session" : "identity";
      return { condition: column(name, value, not), range: { column: name, from: value, to: value } };
    }
    case "is":
      return { condition: trait(term.value, not, lookups) };
    case "text": {
      const found = lookups.containing("text", term.value);
      return found === null ? wordTerm(term.value, not, lookups) : containingTerm(found, not);
    }
    case "payload": {
      const found = lookups.containing("payload", term.value);
      // Nothing is known to contain a text that cannot be looked for.
      return found === null
        ? { condition: { sql: not ? "1" : "0", cell: () => not, freeFor: [] } }
        : containingTerm(found, not);
    }
    default:
      return null;
  }
}

function rangeTerm(name: Column, { from, to }: Range, not: boolean) {
  const sql = `${name} BETWEEN ${integer(from)} AND ${integer(to)}`;
  const condition: Condition = { sql: not ? `NOT (${sql})` : sql, cell: null, freeFor: [] };
  return { condition, range: { column: name, from, to } };
}

/** Rows that have none are below zero. */
function compared(comparison: "<" | "<=" | "=" | ">=" | ">", value: number): Range {
  switch (comparison) {
    case "<":
      return { from: 0, to: Math.ceil(value) - 1 };
    case "<=":
      return { from: 0, to: Math.floor(value) };
    case "=":
      return { from: Math.ceil(value), to: Math.floor(value) };
    case ">=":
      return { from: Math.ceil(value), to: Number.MAX_VALUE };
    case ">":
      return { from: Math.floor(value) + 1, to: Number.MAX_VALUE };
  }
}

function column(name: "session" | "identity", rowid: number, not: boolean): Condition {
  // A session holds what is on record for it and the responses of its time for which none is; see SessionSummary. The second
  // half for requests lets the planner use the partial index.
  const rest = name === "session" ? `(flags & ${SESSION_INFERRED} = 0 OR id & 3 = 0)` : "identity > 0";
  const sql = `${name} = ${rowid} AND ${rest}`;
  return { sql: not ? `NOT (${sql})` : sql, cell: null, freeFor: [] };
}

function trait(value: RowTrait, not: boolean, lookups: FilterLookups): Condition {
  const [reused = -1] = lookups.words("status", "reused");
  const inferred = SESSION_INFERRED | REQUEST_INFERRED;
  const condition: Condition = {
    orphan: { sql: `${CONCLUDED_SQL} AND flags & ${ORPHAN}`, cell: ({ flags }: CubeCell) => (flags & ORPHAN) !== 0 },
    inferred: {
      sql: `${CONCLUDED_SQL} AND flags & ${inferred}`,
      cell: ({ flags }: CubeCell) => (flags & inferred) !== 0,
    },
    failed: { sql: FAILED_SQL, cell: ({ flags }: CubeCell) => isFailed(flags) },
    unanswered: {
      sql: `id & 3 <> 0 AND status <> ${reused}`,
      cell: ({ ref, status }: CubeCell) => ref !== 0 && status !== reused,
    },
    reused: {
      sql: `id & 3 = 2 AND status = ${reused}`,
      cell: ({ ref, status }: CubeCell) => ref === 2 && status === reused,
    },
  }[value] as Condition;
  return { ...(not ? negated(condition) : condition), freeFor: not ? [] : ["is"] };
}

function containingTerm({ sql, few }: FoundText, not: boolean): { condition: Condition; few?: number } {
  const condition: Condition = { sql: not ? `NOT (${sql})` : sql, cell: null, freeFor: [], slow: few === null };
  return few === null || not ? { condition } : { condition, few };
}

/** Words that contain the text, and what has it as its id, hash or checksum. */
function wordTerm(
  value: string,
  not: boolean,
  lookups: FilterLookups,
): { condition: Condition; range?: Range & { column: Column } } {
  const codes = new Set(lookups.wordsWith(value));
  const found = lookups.pasted(value);
  const list = (numbers: Iterable<number>) => [...numbers].join(",");
  const rows: { readonly column: Column; readonly values: readonly number[] }[] = [
    { column: "id", values: found.ids },
    { column: "session", values: found.sessions },
    { column: "identity", values: found.requests },
    { column: "sum", values: found.sum === null ? [] : [found.sum] },
  ];
  const meant = rows.filter(({ values }) => values.length > 0);
  const parts = [
    ...WORD_KEYS.map((key) => `${key} IN (${list(codes)})`),
    ...meant.map(({ column: name, values }) => `${name} IN (${list(values)})`),
  ];
  const cell = (candidate: CubeCell) => WORD_KEYS.some((key) => codes.has(candidate[key]));
  const condition: Condition = { sql: `(${parts.join(" OR ")})`, cell: meant.length > 0 ? null : cell, freeFor: [] };
  if (not) return { condition: negated(condition) };
  const [only] = meant;
  const [first] = only?.values ?? [];
  if (codes.size > 0 || meant.length !== 1 || only?.values.length !== 1 || first === undefined) return { condition };
  return { condition, range: { column: only.column, from: first, to: first } };
}

function isPlace(found: ReturnType<FilterLookups["pasted"]>): boolean {
  return found.ids.length + found.sessions.length + found.requests.length > 0;
}

function negated({ sql, cell, freeFor }: Condition): Condition {
  return { sql: `NOT (${sql})`, cell: cell === null ? null : (candidate) => !cell(candidate), freeFor };
}

/** As a literal that SQLite takes for a number of any size. */
function integer(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : value.toExponential();
}
