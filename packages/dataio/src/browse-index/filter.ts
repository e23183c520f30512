/**
 * What a list of rows is narrowed by. Types only, so that whoever writes filters (as text, in a URL) shares them.
 *
 * Terms with the same word key and without `not` are alternatives; everything else has to hold as well.
 */
import type { PayloadState } from "../browse-model.ts";

/** Keys whose value is a text of the archive. An empty value means: rows that have none. */
export const WORD_KEYS = ["source", "kind", "method", "status", "type"] as const;
/** One of {@link WORD_KEYS}. */
export type WordKey = (typeof WORD_KEYS)[number];

/** Keys whose value names one row of the archive, or (checksum) the first digits of one. */
export const ID_KEYS = ["session", "request", "checksum"] as const;
/** One of {@link ID_KEYS}. */
export type IdKey = (typeof ID_KEYS)[number];

/** How a size or a duration is compared. */
export const COMPARISONS = ["<", "<=", "=", ">=", ">"] as const;
/** One of {@link COMPARISONS}. */
export type Comparison = (typeof COMPARISONS)[number];

/** What `is:` can say of a row. */
export const ROW_TRAITS = ["orphan", "inferred", "failed", "unanswered", "reused"] as const;
/**
 * One of {@link ROW_TRAITS}: its request row does not exist; session or request are concluded, not recorded; it is a
 * failure, as failures.ts has it; a request without a response, or an ask that ended without one; an ask that was answered from
 * the archive.
 */
export type RowTrait = (typeof ROW_TRAITS)[number];

/** Against the previous good response to the same request: another content, the same, or there was none before. */
export const CHANGES = ["yes", "no", "new"] as const;
/** One of {@link CHANGES}. */
export type Change = (typeof CHANGES)[number];

/** What a payload was found to be; `pending` until its file was looked at. */
export const INTEGRITIES = [
  "pending",
  "none",
  "ok",
  "unchecked",
  "missing",
  "corrupt",
  "unaddressable",
] as const satisfies readonly (PayloadState | "pending")[];
/** One of {@link INTEGRITIES}. */
export type Integrity = (typeof INTEGRITIES)[number];

/** One condition on a row; `not` turns it round. */
export type FilterTerm = { readonly not: boolean } /**
 * `text` stands in its words, its request's params or body, its metadata or its failure, or is its id, hash or checksum;
 * `payload` stands in its content. Parts of words do, and case does not matter.
 */ & (
  | { readonly key: WordKey | IdKey | "text" | "payload"; readonly value: string }
  /** Bytes, or milliseconds. A row that has none fulfils no comparison. */
  | { readonly key: "size" | "duration"; readonly comparison: Comparison; readonly value: number }
  /**
   * From the beginning of `from` to the end of `to`; null is open. Texts are `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or a day with
   * `Thh:mm`, `Thh:mm:ss` or a fraction; UTC.
   */
  | { readonly key: "time"; readonly from: string | null; readonly to: string | null }
  | { readonly key: "changed"; readonly value: Change }
  | { readonly key: "integrity"; readonly value: Integrity }
  | { readonly key: "is"; readonly value: RowTrait }
);

/** All terms have to hold, but for the alternatives of a word key. Empty: every row. */
export type RowFilter = readonly FilterTerm[];

/** One value of a facet, and how many rows have it. */
export interface FacetValue {
  /** Null for the rows that have none. */
  readonly value: string | null;
  readonly count: number;
}

/** What rows can be counted by. */
export const FACETS = [...WORD_KEYS, "changed", "integrity", "is"] as const;
/** One of {@link FACETS}. */
export type FacetName = (typeof FACETS)[number];

/**
 * Counts for each facet, most frequent first. A facet's own terms do not narrow it, so that its other values can still
 * be chosen. The counts of `is` overlap.
 */
export interface Facets {
  readonly facets: Readonly<Record<FacetName, readonly FacetValue[]>>;
  /** False when only a part of the rows was counted because counting all would take too long. */
  readonly exact: boolean;
}
