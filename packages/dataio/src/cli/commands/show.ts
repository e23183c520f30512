/** `dataio show`: one response, request, session or payload in full, with what can be checked about it. */
import type { Command } from "commander";
import type { RowDetail } from "../../browse-model.ts";
import { ArchiveListing, type FoundId } from "../../listing.ts";
import { ArchiveReader } from "../../reader.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { findOne } from "../filter-options.ts";
import { type Shown, shownJson, writeShown } from "../shown.ts";

const TYPES: readonly FoundId["type"][] = ["response", "request", "session", "resolution", "payload"];
/** How many responses are named of a request, a session or a payload. */
const RESPONSES_SHOWN = 20;

export function addShow(program: Command, cli: Cli): void {
  const description =
    "show what an id stands for, or the beginning of one: a response, a request (also by its hash), a session, a payload (by its checksum)";
  withArchive(addCommand(program, "show <id>", description, ["dataio show 0199b3f2", "dataio show 0199b3f2 --json"]))
    .option("--json", "one JSON object")
    .action(async (id: string, options: { readonly json?: true }, command: Command) => {
      const location = await archiveOf(cli, command);
      using listing = new ArchiveListing(location);
      using reader = new ArchiveReader(location);
      const shown = await gather(findOne(listing, id, TYPES), listing, reader);
      const checked = shown.detail === null ? shown : { ...shown, detail: await verified(cli, reader, shown.detail) };
      if (options.json === true) await cli.output.json(shownJson(checked));
      else await writeShown(cli.output, checked);
      await cli.output.flush();
    });
}

async function gather(found: FoundId, listing: ArchiveListing, reader: ArchiveReader): Promise<Shown> {
  const { type, id } = found;
  const nothing = { ...found, detail: null, session: null, responses: [], responseCount: 0 };
  switch (type) {
    case "session": {
      const session = listing.session(id) ?? null;
      const responses = listing.responses({ session: id }).take(RESPONSES_SHOWN).toArray();
      const responseCount = session === null ? 0 : session.responseCount + session.inferredResponseCount;
      return { ...nothing, session, responses, responseCount };
    }
    case "request":
    case "payload": {
      const send = type === "payload" && listing.countOf(type, id) === 0 ? listing.sendOf(id) : undefined;
      // What was only sent is known by the resolution that sent it.
      if (send !== undefined) return await gather({ type: "resolution", id: send }, listing, reader);
      const responses = listing.responsesOf(type, id, RESPONSES_SHOWN);
      const ref = type === "request" ? { type, id } : { type: "response" as const, id: responses[0]?.id ?? "" };
      return { ...nothing, detail: await reader.row(ref), responses, responseCount: listing.countOf(type, id) };
    }
    case "response":
    case "resolution":
      return { ...nothing, detail: await reader.row({ type, id }) };
  }
}

/** The same, with a payload checked that is too large to be checked by the way. */
async function verified(cli: Cli, reader: ArchiveReader, detail: RowDetail): Promise<RowDetail> {
  const { payload } = detail;
  if (payload?.state !== "unchecked") return detail;
  const found = await reader.payloads.verify(payload.checksum, {
    signal: cli.signal,
    onProgress: (done, total) => cli.progress.show("checking the payload", done, total),
  });
  cli.progress.end();
  const actualChecksum = found.state === "corrupt" ? found.actual : null;
  return { ...detail, payload: { ...payload, state: found.state, actualChecksum } };
}
