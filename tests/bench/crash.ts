/** Kills a writer at random moments, 200 times, and counts what was acknowledged and is not there. */
import { join } from "node:path";
import { ArchiveReader, Store, verify } from "@mxm/dataio";
import { killedWriter } from "../../packages/dataio/test/killed-writer.ts";
import { type Bench, inFolder } from "./figures.ts";

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 5 : 200;
    const root = join(folder, "archive");
    Store.create(root).close();
    const acknowledged: string[] = [];
    let damaged = 0;
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await killedWriter("crash-writer.ts", root, Math.random() * 100, 1)));
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
