/** The filters that the lists and the export share. */
import type { Command } from "commander";
import type { RowFilter } from "../browse-index/filter.ts";
import type { ArchiveListing, FoundId } from "../listing.ts";
import type { ListFilter } from "../listing-query.ts";
import { formatTimestamp } from "../timestamps.ts";
import { NotFoundError, UsageError } from "./usage-error.ts";
import { collected, parseMoment } from "./values.ts";

const WORDS = {
  source: ["sources", "of this source; may be repeated, as the next ones may"],
  kind: ["kinds", "of this kind"],
  method: ["methods", "with this method"],
  status: ["statuses", "with this status"],
} as const;

export interface FilterOptions {
  readonly source?: readonly string[];
  readonly kind?: readonly string[];
  readonly method?: readonly string[];
  readonly status?: readonly string[];
  readonly session?: string;
  readonly since?: bigint;
  readonly until?: bigint;
}

/** Adds the filters by these names, and those by time. */
export function withFilters(command: Command, names: readonly (keyof typeof WORDS | "session")[]): Command {
  for (const name of names) {
    if (name === "session") command.option("--session <id>", "of this session");
    else command.option(`--${name} <${name}>`, WORDS[name][1], collected);
  }
  return command
    .option("--since <moment>", "from then on: 2026-03-01 (in UTC), a full timestamp, or 24h for a day ago", (text) =>
      parseMoment(text),
    )
    .option("--until <moment>", "before then", (text) => parseMoment(text));
}

/** @throws UsageError, NotFoundError for a session that is none or several */
export function filterOf(options: FilterOptions, listing: ArchiveListing): ListFilter {
  const filter: { -readonly [K in keyof ListFilter]: ListFilter[K] } = {};
  for (const name of ["source", "kind", "method", "status"] as const) {
    const words = options[name];
    if (words !== undefined) filter[WORDS[name][0]] = words;
  }
  if (options.session !== undefined) filter.session = findOne(listing, options.session, ["session"]).id;
  if (options.since !== undefined) filter.since = options.since;
  if (options.until !== undefined) filter.until = options.until;
  return filter;
}

const DAY_AND_CLOCK = "2026-03-01T12:00:00.000000".length;

/** The same responses, as an index finds them. */
export function indexFilterOf(filter: ListFilter): { readonly filter: RowFilter; readonly sessionId: string | null } {
  const { since, until, session = null } = filter;
  const words = (["source", "kind", "method", "status"] as const).flatMap((key) =>
    (filter[WORDS[key][0]] ?? []).map((value) => ({ key, value, not: false }) as const),
  );
  const text = (moment: bigint) => formatTimestamp(moment).slice(0, DAY_AND_CLOCK);
  return {
    filter: [
      // Lists of the command are of responses.
      { key: "is", value: "unanswered", not: true },
      { key: "is", value: "reused", not: true },
      ...words,
      ...(since === undefined ? [] : [{ key: "time", from: text(since), to: null, not: false } as const]),
      // What it ends with belongs to a span of the index.
      ...(until === undefined ? [] : [{ key: "time", from: null, to: text(until - 1n), not: false } as const]),
    ],
    sessionId: session,
  };
}

/**
 * The one row or payload that a text stands for.
 * @throws NotFoundError; UsageError when it is the beginning of several
 */
export function findOne(listing: ArchiveListing, text: string, types: readonly FoundId["type"][]): FoundId {
  const found = listing.find(text, types);
  const [only] = found;
  if (only === undefined) throw new NotFoundError(`the archive has no ${oneOf(types)} "${text}"`);
  if (found.length === 1) return only;
  const list = found.map(({ type, id }) => `${type} ${id}`).join(", ");
  throw new UsageError(`"${text}" stands for several, among them ${list}`);
}

function oneOf(types: readonly string[]): string {
  return types.length < 2 ? types.join("") : `${types.slice(0, -1).join(", ")} or ${types.at(-1)}`;
}
