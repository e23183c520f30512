/** Opening, creating, closing archives. */
import type { JobDetail } from "../../shared/contract.ts";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

type ArchiveMethod = Extract<keyof Handlers, `archives.${string}`>;

export function archiveHandlers(context: BackendContext): Pick<Handlers, ArchiveMethod> {
  const { archives, jobs, recent, samples } = context;
  return {
    "archives.recent": () => recent.list(),
    "archives.forget": async ({ path }) => {
      await recent.forget(path);
      return recent.list();
    },
    "archives.open": async ({ path }) => {
      const archive = await archives.open(path);
      await recent.remember(archive.path);
      await samples.serve(archive.path);
      return { ...archive, lastView: recent.viewOf(archive.path) };
    },
    "archives.create": async ({ path }) => {
      const archive = await archives.create(path);
      await recent.remember(archive.path);
      return archive;
    },
    "archives.createSample": () => samples.start(),
    "archives.setReadOnly": ({ archiveId, readOnly }) => {
      if (readOnly) requireNoWriter(jobs, archiveId);
      const archive = archives.setReadOnly(archiveId, readOnly);
      context.emit("archive.changed", { archive });
      return archive;
    },
    "archives.keepView": async ({ archiveId, view }) => {
      await recent.keepView(archives.get(archiveId).path, view);
      return null;
    },
    "archives.get": ({ archiveId }) => archives.get(archiveId),
    "archives.close": async ({ archiveId }) => {
      await archives.close(archiveId);
      return null;
    },
  };
}

/** What writes into an archive goes on until it is cancelled. @throws JOB_RUNNING */
function requireNoWriter(jobs: BackendContext["jobs"], archiveId: string): void {
  const writer = jobs.running().find(({ detail }) => archiveWrittenBy(detail) === archiveId);
  if (writer === undefined) return;
  throw coded("JOB_RUNNING", `“${writer.title}” writes into this archive. Cancel it, or wait until it has ended.`);
}

function archiveWrittenBy(detail: JobDetail): string | null {
  switch (detail.kind) {
    case "fetch":
    case "send":
    case "stream":
      return detail.archiveId;
    case "import":
      return detail.dryRun ? null : detail.archiveId;
    case "export":
    case "sample":
    case "verify":
      return null;
  }
}
