/** `dataio cat`: the exact bytes of a payload on standard output. Nothing is written before all of it was verified. */
import { createHash } from "node:crypto";
import type { Command } from "commander";
import { throwIfCancelled } from "../../cancellation.ts";
import { DataioError } from "../../errors.ts";
import { ArchiveListing } from "../../listing.ts";
import { SNIFF_BYTES, sniffMediaType } from "../../media-type.ts";
import { PayloadStore } from "../../payloads.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { checksumOf } from "../payload-argument.ts";
import { UsageError } from "../usage-error.ts";

export function addCat(program: Command, cli: Cli): void {
  const description =
    "write the verified bytes of a response (by its id) or of a payload (by its checksum) to standard output";
  withArchive(addCommand(program, "cat <id>", description, ["dataio cat 0199b3f2 > quote.json"]))
    .option("--force", "also binary bytes to a terminal")
    .action(async (id: string, options: { readonly force?: true }, command: Command) => {
      const location = await archiveOf(cli, command);
      using listing = new ArchiveListing(location);
      const checksum = checksumOf(listing, id);
      listing.close();
      const payloads = new PayloadStore(location.responsesDirectory);
      await verify(cli, payloads, checksum);
      if (cli.output.isTerminal && options.force !== true) await refuseBinary(payloads, checksum);
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

async function refuseBinary(payloads: PayloadStore, checksum: string): Promise<void> {
  const head = await payloads.readRange(checksum, 0, SNIFF_BYTES);
  const { preview } = await sniffMediaType(head, head.length < SNIFF_BYTES);
  const textual = preview === "text" || preview === "json" || preview === "empty";
  // Escape sequences could change what the terminal does.
  if (!textual || head.includes(0x1b)) {
    throw new UsageError("these bytes are binary; send them to a file or a pipe, or say --force");
  }
}

function corrupt(checksum: string, how: string): DataioError {
  return new DataioError("PAYLOAD_CORRUPT", `The bytes of payload ${checksum} do not match it: ${how}`);
}
