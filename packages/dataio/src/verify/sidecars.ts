/** Step `sidecars`: the sidecar of each payload that responses name is a JSON object in UTF-8, where there is one. */
import { isDataioError, systemCode } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import { type SidecarState, SidecarStore } from "../sidecars.ts";
import type { SidecarCounts } from "./report.ts";
import { responsesOf, type VerifyRun } from "./run.ts";

export async function verifySidecars(run: VerifyRun): Promise<SidecarCounts> {
  const sidecars = new SidecarStore(run.location.responsesDirectory);
  const total = await run.rows.count("responses");
  const counts = { sidecarMissingChecksums: 0, sidecarInvalidChecksums: 0, sidecarOkChecksums: 0 };
  const again: { checksum: string; responses: number }[] = [];
  let done = 0;
  for await (const page of run.rows.checksumPages()) {
    for (const { checksum, responses } of page) {
      done += responses;
      if (!isChecksum(checksum)) continue;
      await run.rows.turn();
      const { state } = look(sidecars, checksum);
      if (state === "ok") counts.sidecarOkChecksums += 1;
      else if (state === "missing") counts.sidecarMissingChecksums += 1;
      else again.push({ checksum, responses });
    }
    run.progress.report("sidecars", done, total);
  }
  // Looked at twice: the Python package does not write sidecars in one piece.
  for (const { checksum, responses } of again) {
    const seen = look(sidecars, checksum);
    if (seen.state === "ok") counts.sidecarOkChecksums += 1;
    else if (seen.state === "missing") counts.sidecarMissingChecksums += 1;
    else {
      if (seen.state === "invalid") counts.sidecarInvalidChecksums += 1;
      const code = seen.state === "invalid" ? "sidecar_invalid" : "sidecar_unreadable";
      run.findings.add({
        code,
        step: "sidecars",
        message: `The sidecar of payload ${checksum} is unusable: ${seen.reason}.`,
        ...(run.findings.lists(code) ? await responsesOf(run.rows, checksum, responses) : {}),
        files: [sidecars.pathOf(checksum)],
        details: { checksum, reason: seen.reason },
      });
    }
  }
  return counts;
}

function look(
  sidecars: SidecarStore,
  checksum: string,
): SidecarState | { readonly state: "unreadable"; readonly reason: string } {
  try {
    return sidecars.readSync(checksum);
  } catch (error) {
    if (!isDataioError(error)) throw error;
    return { state: "unreadable", reason: systemCode(error.cause) ?? error.message };
  }
}
