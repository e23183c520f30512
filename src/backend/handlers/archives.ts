/** Opening, creating, closing archives. */
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

type ArchiveMethod = Extract<keyof Handlers, `archives.${string}`>;

export function archiveHandlers(context: BackendContext): Pick<Handlers, ArchiveMethod> {
  const { archives, recent, samples } = context;
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
