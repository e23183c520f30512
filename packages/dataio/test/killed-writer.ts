/** A process that writes into an archive and is killed while it does. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs `script` of this folder on an archive and kills it `delay` milliseconds after it has printed `lines` lines.
 * @returns the lines that it printed, each an acknowledgement
 * @throws when it ends by itself
 */
export function killedWriter(script: string, root: string, delay: number, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, script), root], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    const hasBegun = () => output.split("\n").length > lines;
    writer.stdout.on("data", (chunk: Buffer) => {
      const began = hasBegun();
      output += chunk.toString();
      if (!began && hasBegun()) setTimeout(() => writer.kill("SIGKILL"), delay);
    });
    writer.once("error", reject);
    // The last line may be cut in the middle: then it was not acknowledged.
    writer.once("close", (_code, signal) => {
      if (signal === "SIGKILL") resolve(output.split("\n").slice(0, -1));
      else reject(new Error(`${script} ended by itself: ${output}`));
    });
  });
}
