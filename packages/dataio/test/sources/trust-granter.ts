/** A process of its own that allows things: each line of its input names a file, a folder and a digest. Answers each with a line. */
import { createInterface } from "node:readline";
import { TrustFile } from "../../src/sources/trust-file.ts";

process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { path, folder, digests } = JSON.parse(line);
  await Promise.all(digests.map((digest: string) => new TrustFile(path).grant(folder, digest)));
  process.stdout.write("done\n");
}
