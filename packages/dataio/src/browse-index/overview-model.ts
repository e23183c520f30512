/** What an archive holds at a glance. Types only. */
import type { BrowseRow } from "../browse-model.ts";
import type { Integrity } from "./filter.ts";

/** How many of something there are, for each text; most frequent first. */
export interface TextCount {
  /** Null for those that have none. */
  readonly value: string | null;
  readonly count: number;
}

/** Responses against the good one before them to the same request; those with nothing to compare are in none of these. */
export interface ChangeCounts {
  /** The first good response to its request. */
  readonly first: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** What came from one source. */
export interface SourceOverview {
  /** Null: no session says from which. */
  readonly source: string | null;
  readonly responses: number;
  /** Of the oldest and the newest response, UTC; null where no time can be read. */
  readonly first: string | null;
  readonly last: string | null;
  readonly changes: ChangeCounts;
  /** As failures.ts has them. */
  readonly failures: number;
  readonly orphans: number;
}

/** The figures of an archive, now or as of a moment. Everything but `failures` and `sessions` counts responses. */
export interface OverviewFigures {
  readonly responses: number;
  readonly first: string | null;
  readonly last: string | null;
  /** Responses whose time cannot be read: they are on no day. */
  readonly undated: number;
  readonly changes: ChangeCounts;
  /** Those of all rows, by status. */
  readonly failures: readonly TextCount[];
  readonly orphans: number;
  /** As they are now; null as of a moment, of which it is not known how files were. */
  readonly integrity: Readonly<Record<Integrity, number>> | null;
  /** Those that had begun. */
  readonly sessions: number;
  /** Most responses first. */
  readonly sources: readonly SourceOverview[];
}

/** The figures, and the rows that stand out. */
export interface Overview extends OverviewFigures {
  /** The longest calls; null until all files have been looked at. A call counts for its own response alone. */
  readonly slowest: readonly BrowseRow[] | null;
  /** The largest payloads, each once. */
  readonly largest: readonly BrowseRow[];
  readonly latestFailures: readonly BrowseRow[];
}

/** How many responses came when. */
export interface Activity {
  /**
   * The sources with most responses in the whole archive, also as of a moment, always in the same order; then what is left.
   * Those without any at that moment are left out.
   */
  readonly series: readonly {
    /** Null: no session says from which. */
    readonly source: string | null;
    /** All sources that have no series of their own; `source` is null then. */
    readonly others: boolean;
    /**
     * Which of them it is, from 0 on, in the order in which sources were first seen: the same as of every moment, and as more
     * comes in. Null for the others.
     */
    readonly rank: number | null;
    /** One for each pair of neighbouring edges. */
    readonly counts: readonly number[];
  }[];
}

/** What payloads weigh. Sums of several parts of an archive can be added up. */
export interface PayloadSizes {
  /** Different payloads. */
  readonly payloads: number;
  /** Bytes of the payload files, each counted once; files that are missing have none. Null as of a moment, for files are of now. */
  readonly storedBytes: number | null;
  /** Different things that were asked for, of the responses as of a moment; null where that is now. */
  readonly requests: number | null;
  /** Bytes of all responses, those with equal payloads counted each time, by source. */
  readonly bySource: readonly { readonly source: string | null; readonly bytes: number }[];
}
