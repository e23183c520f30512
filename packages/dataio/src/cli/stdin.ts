/** Standard input, to its end. */
import { valuesUntilCancelled } from "../cancellation.ts";
import type { Cli } from "./cli.ts";

/** @throws CANCELLED */
export async function readStdin(cli: Cli): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of valuesUntilCancelled(cli.stdin, cli.signal)) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks);
}
