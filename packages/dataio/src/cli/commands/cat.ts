/** `dataio cat`: the exact bytes of a payload on standard output. Nothing is written before all of it was verified. */
import { createHash } from "node:crypto";
import type { Command } from "commander";
import { throwIfCancelled } from "../../cancellation.ts";
import { DataioError } from "../../errors.ts";
import { ArchiveListing } from "../../listing.ts";
import { PayloadStore } from "../../payloads.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { payloadOf } from "../payload-argument.ts";
import { isUnsafeText } from "../printable.ts";
import { UsageError } from "../usage-error.ts";

export function addCat(program: Command, cli: Cli): void {
  const description =
    "write the verified bytes of a response (by its id) or of a payload (by its checksum) to standard output";
  withArchive(addCommand(program, "cat <id>", description, ["dataio cat 0199b3f2 > quote.json"]))
    .option("--force", "also to a terminal what could do something to it")
    .action(async (id: string, options: { readonly force?: true }, command: Command) => {
      const location = await archiveOf(cli, command);
      using listing = new ArchiveListing(location);
      const checksum = payloadOf(listing, id).checksum;
      listing.close();
      const payloads = new PayloadStore(location.responsesDirectory);
      await verify(cli, payloads, checksum);
      if (cli.output.isTerminal && options.force !== true) await refuseBinary(cli, payloads, checksum);
      const hash = createHash("sha256");
      for await (const chunk of payloads.readChunks(checksum)) {
        throwIfCancelled(cli.signal);
        hash.update(chunk);
        await cli.output.bytes(chunk);
      }
      if (hash.digest("hex") !== checksum) throw corrupt(checksum, "they changed while they were read");
    });
}

async function verify(cli: Cli, payloads: PayloadStore, checksum: string): Promise<void> {
  const found = await payloads.verify(checksum, {
    signal: cli.signal,
    onProgress: (done, total) => cli.progress.show("checking the payload", done, total),
  });
  cli.progress.end();
  if (found.state === "corrupt") throw corrupt(checksum, `they hash to ${found.actual}`);
  if (found.state === "missing") throw new DataioError("PAYLOAD_MISSING", `Payload ${checksum} has no file`);
}

/** Looks at all of it: what comes late does to a terminal what it does early. */
async function refuseBinary(cli: Cli, payloads: PayloadStore, checksum: string): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of payloads.readChunks(checksum)) {
      throwIfCancelled(cli.signal);
      if (isUnsafeText(decoder.decode(chunk, { stream: true }))) throw binary();
    }
    decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? binary() : error;
  }
}

function binary(): UsageError {
  return new UsageError(
    "these bytes are binary, or would do something to the terminal; send them to a file or a pipe, or say --force",
  );
}

function corrupt(checksum: string, how: string): DataioError {
  return new DataioError("PAYLOAD_CORRUPT", `The bytes of payload ${checksum} do not match it: ${how}`);
}
