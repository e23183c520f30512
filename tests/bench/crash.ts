/** Kills a writer at random moments, 200 times, and counts what was acknowledged and is not there. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ArchiveReader, Store, verify } from "@mxm/dataio";
import { type Bench, inFolder } from "./figures.ts";

const WRITER = join(import.meta.dirname, "../../packages/dataio/test/crash-writer.ts");

/** Runs the writer and kills it some time after its first acknowledgement; gives the ids that it acknowledged. */
function killed(root: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [WRITER, root], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    writer.stdout.on("data", (chunk: Buffer) => {
      if (output === "") setTimeout(() => writer.kill("SIGKILL"), Math.random() * 100);
      output += chunk.toString();
    });
    writer.once("error", reject);
    // The last line may have been cut: then it was not acknowledged.
    writer.once("close", () => resolve(output.split("\n").slice(0, -1)));
  });
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 5 : 200;
    const root = join(folder, "archive");
    Store.create(root).close();
    const acknowledged: string[] = [];
    let damaged = 0;
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await killed(root)));
      if (round % 20 === 0) say(`round ${round} of ${rounds}`);
      const report = await verify(root, { scope: { steps: ["schema", "integrity", "rows", "dangling"] } });
      if (!report.intact) damaged += 1;
    }
    if (!(await verify(root, { integrity: "full" })).intact) damaged += 1;
    let lost = 0;
    const reader = new ArchiveReader(root);
    for (const line of acknowledged) {
      const [id = "", checksum] = line.split(" ");
      const { response, payload } = await reader.row({ type: "response", id });
      if (response?.checksum !== checksum || payload?.state !== "ok") lost += 1;
    }
    reader.close();
    const shared = { peer: acknowledged.length, unit: "", target: { at: "most", ratio: 0 } } as const;
    const what = `after ${rounds} kills`;
    return [
      { what: `responses lost ${what}`, against: "acknowledged", ours: lost, ...shared },
      { what: `archives damaged ${what}`, against: "acknowledged", ours: damaged, ...shared },
    ];
  });
export default bench;
