/** Standard input, to its end. */
import { valuesUntilCancelled } from "../cancellation.ts";
import type { Cli } from "./cli.ts";

/** @throws UsageError the second time; CANCELLED */
export async function readStdin(cli: Cli): Promise<Buffer> {
  const stdin = cli.takeStdin();
  if ("isTTY" in stdin && stdin.isTTY === true) cli.note("reading from the terminal; end it with Ctrl-D");
  const chunks: Buffer[] = [];
  for await (const chunk of valuesUntilCancelled(stdin, cli.signal)) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks);
}
