/** `dataio replay`: what a request was answered over time, and what it would have been answered at a moment. */
import type { Command } from "commander";
import { ArchiveListing } from "../../listing.ts";
import { Replay, type ReplayResponse } from "../../replay.ts";
import { formatTimestamp } from "../../timestamps.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { findOne } from "../filter-options.ts";
import { inferred, shortTime } from "../formats.ts";
import {
  plainJson,
  type RowFormat,
  type RowOutputOptions,
  withLimit,
  withRowOutput,
  writeRows,
} from "../row-output.ts";
import { NotFoundError } from "../usage-error.ts";
import { parseMoment } from "../values.ts";

type ReplayOptions = RowOutputOptions & { readonly asOf?: bigint; readonly limit?: number };

const FORMAT: RowFormat<ReplayResponse> = {
  columns: [
    { title: "CREATED", value: (row) => shortTime(row.createdAt) },
    { title: "ID", value: (row) => row.id },
    { title: "STATUS", value: (row) => inferred(row.status, row.inferred) },
    { title: "BYTES", value: (row) => row.sizeBytes, align: "right" },
    { title: "CHECKSUM", value: (row) => row.checksum },
  ],
  json: plainJson,
};

export function addReplay(program: Command, cli: Cli): void {
  const description =
    "list the responses of a request (by its id or hash), oldest first; or the one it would have been served at a moment";
  withArchive(
    withRowOutput(
      withLimit(
        addCommand(program, "replay <id>", description, [
          "dataio replay 0199b3f2",
          "dataio replay 0199b3f2 --as-of 2026-03-01T12:00:00Z",
        ]),
      ),
    ),
  )
    .option(
      "--as-of <moment>",
      "only the response that a session with its cache on would have been served then",
      (text) => parseMoment(text),
    )
    .action(async (id: string, options: ReplayOptions, command: Command) => {
      const location = await archiveOf(cli, command);
      using listing = new ArchiveListing(location);
      using replay = new Replay(location);
      const request = findOne(listing, id, ["request"]);
      const rows =
        options.asOf === undefined
          ? replay.responses({ requestId: request.id }, { statuses: "all", inferred: true })
          : [served(listing, replay, request.id, options.asOf)];
      await writeRows(cli, options, FORMAT, rows);
    });
}

/** @throws NotFoundError */
function served(listing: ArchiveListing, replay: Replay, requestId: string, asOf: bigint): ReplayResponse {
  const identity = listing.identityOf(requestId);
  const view = replay.asOf(formatTimestamp(asOf));
  const response = identity === undefined ? undefined : view.response(identity.hash, identity.source);
  if (response !== undefined) return { ...response, inferred: false };
  throw new NotFoundError(`by ${view.asOf} the archive had no good answer to request ${requestId}`);
}
