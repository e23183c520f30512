/** Step `sizes`: `size_bytes` is the size of the payload's file. Payloads without a file are left to another step. */
import { isChecksum } from "../identity.ts";
import { PayloadStore } from "../payloads.ts";
import { asNumber, asText } from "../rows.ts";
import { idText } from "./archive-rows.ts";
import type { SizeCounts } from "./report.ts";
import type { VerifyRun } from "./run.ts";

export async function verifySizes(run: VerifyRun): Promise<SizeCounts> {
  const payloads = new PayloadStore(run.location.responsesDirectory);
  const total = await run.rows.count("responses");
  const counts = { responsesSizeDiffers: 0, responsesSizeNull: 0 };
  let done = 0;
  const columns = `${idText("t.id")} AS id, t.checksum AS checksum, COALESCE(${asNumber("t.size_bytes")}, ${asText("t.size_bytes")}) AS recorded`;
  for await (const page of run.rows.pages<{ id: string; checksum: unknown; recorded: unknown }>("responses", columns)) {
    for (const { id, checksum, recorded } of page) {
      if (!isChecksum(checksum)) continue;
      const file = payloads.statSync(checksum);
      if (file.state === "missing" || file.sizeBytes === recorded) continue;
      if (recorded === null) counts.responsesSizeNull += 1;
      else counts.responsesSizeDiffers += 1;
      run.findings.add({
        code: recorded === null ? "size_null" : "size_differs",
        step: "sizes",
        message:
          recorded === null
            ? `The response ${id} does not say how large its payload is.`
            : `The response ${id} says ${String(recorded)} bytes; the file has ${file.sizeBytes}.`,
        rows: [{ table: "responses", id }],
        files: [payloads.pathOf(checksum)],
        details: { recorded: recorded === null ? null : String(recorded), sizeBytes: file.sizeBytes },
      });
    }
    done += page.length;
    run.progress.report("sizes", done, total);
  }
  return counts;
}
