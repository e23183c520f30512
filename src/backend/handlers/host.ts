/** What needs a native dialog. Hosts without dialogs refuse; the renderer uses folders and downloads there. */
import { exportPayload } from "@mxm/dataio";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { payloadMissing, requireIntact } from "../intact.ts";
import { saveText } from "../save-text.ts";

export function hostHandlers({
  host,
  archives,
  jobs,
  sentFiles,
}: BackendContext): Pick<Handlers, Extract<keyof Handlers, `host.${string}`>> {
  const lacking = () => coded("HOST_LACKS_DIALOGS", "This host has no native dialogs.");
  return {
    "host.chooseFolder": async ({ purpose }) => {
      if (host.chooseFolder === undefined) throw lacking();
      return { path: await host.chooseFolder(purpose) };
    },
    "host.chooseFile": async ({ endings }) => {
      if (host.chooseFile === undefined) throw lacking();
      return { path: await host.chooseFile(endings) };
    },
    "host.chooseSentFile": async () => {
      if (host.chooseFile === undefined) throw lacking();
      const path = await host.chooseFile([]);
      return path === null ? null : await sentFiles.choose(path);
    },
    "host.reveal": ({ jobId }) => {
      if (host.revealFile === undefined) throw lacking();
      const job = jobs.list().find(({ id }) => id === jobId);
      if (job?.detail.kind !== "export") throw coded("JOB_UNKNOWN", "There is no such export.");
      host.revealFile(job.detail.path);
      return null;
    },
    "host.savePayload": async ({ archiveId, checksum, suggestedName, evenIfDamaged, decode }, { signal }) => {
      if (host.chooseSaveFile === undefined) throw lacking();
      const payloads = archives.payloads(archiveId);
      if (payloads === null) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      // Asked before the dialog opens: nobody should choose a name for something that cannot be saved.
      if (evenIfDamaged !== true) await requireIntact(payloads, checksum, signal);
      const path = await host.chooseSaveFile(suggestedName);
      if (path === null) return null;
      const verify = evenIfDamaged !== true;
      return { path, sizeBytes: await exportPayload(payloads, checksum, path, { signal, verify, decode }) };
    },
    "host.saveText": ({ suggestedName, text }) => saveText(host, suggestedName, text),
    "host.revealPayload": async ({ archiveId, checksum }) => {
      if (host.revealFile === undefined) throw lacking();
      const payloads = archives.payloads(archiveId);
      if (payloads === null) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      if ((await payloads.stat(checksum)).state === "missing") throw payloadMissing(checksum);
      host.revealFile(payloads.pathOf(checksum));
      return null;
    },
  };
}
