/** `dataio sessions`, `dataio requests`, `dataio responses`: what the archive holds, newest first. */
import type { Command } from "commander";
import type { SessionSummary } from "../../browse-model.ts";
import { throwIfCancelled } from "../../cancellation.ts";
import { ArchiveListing, isWithin } from "../../listing.ts";
import { ArchiveReader } from "../../reader.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { type FilterOptions, filterOf, withFilters } from "../filter-options.ts";
import { REQUEST_FORMAT, RESPONSE_FORMAT, SESSION_FORMAT } from "../formats.ts";
import { type RowOutputOptions, withLimit, withRowOutput, writeRows } from "../row-output.ts";

type ListOptions = FilterOptions & RowOutputOptions & { readonly limit?: number };

const SESSIONS_A_PAGE = 500;

export function addLists(program: Command, cli: Cli): void {
  const list = (name: string, description: string, example: string, filters: Parameters<typeof withFilters>[1]) =>
    withArchive(withRowOutput(withLimit(withFilters(addCommand(program, name, description, [example]), filters))));

  list("sessions", "list sessions", "dataio sessions --source demo-market --since 7d", ["source"]).action(
    async (options: ListOptions, command: Command) => {
      using reader = new ArchiveReader(await archiveOf(cli, command));
      await writeRows(cli, options, SESSION_FORMAT, heeding(cli.signal, sessionsOf(reader, options)));
    },
  );

  list("requests", "list requests", "dataio requests --kind quote --ndjson", [
    "source",
    "kind",
    "method",
    "status",
    "session",
  ]).action(async (options: ListOptions, command: Command) => {
    using listing = new ArchiveListing(await archiveOf(cli, command));
    await writeRows(cli, options, REQUEST_FORMAT, heeding(cli.signal, listing.requests(filterOf(options, listing))));
  });

  list("responses", "list responses", "dataio responses --status error --since 24h", [
    "source",
    "kind",
    "method",
    "status",
    "session",
  ]).action(async (options: ListOptions, command: Command) => {
    using listing = new ArchiveListing(await archiveOf(cli, command));
    await writeRows(cli, options, RESPONSE_FORMAT, heeding(cli.signal, listing.responses(filterOf(options, listing))));
  });
}

/** The rows, until the signal aborts. @throws CANCELLED */
function* heeding<T>(signal: AbortSignal, rows: Iterable<T>): Generator<T, void, undefined> {
  for (const row of rows) {
    throwIfCancelled(signal);
    yield row;
  }
}

function* sessionsOf(reader: ArchiveReader, options: FilterOptions): Generator<SessionSummary, void, undefined> {
  const { source, since, until } = options;
  const span = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  let cursor: string | null = null;
  do {
    const page: ReturnType<ArchiveReader["sessions"]> = reader.sessions({ cursor, limit: SESSIONS_A_PAGE });
    for (const session of page.items) {
      if ((source === undefined || source.includes(session.source)) && isWithin(span, session.startedAt)) yield session;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
}
