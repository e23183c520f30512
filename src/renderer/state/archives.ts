/** The host, the archive that is open, and those that were. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { AppInfo, ErrorShape, LastView, OpenArchive, RecentArchive } from "../../shared/contract.ts";
import { isSilent, shapeOf } from "./failures.ts";

/** Something that keeps a text while the window lives, also across a reload. */
export interface Memory {
  read(): string | null;
  write(text: string): void;
}

export interface OpeningFailure {
  readonly path: string;
  readonly purpose: "open" | "create";
  readonly error: ErrorShape;
}

export interface ArchivesState {
  /** Null until the host answered. */
  readonly info: AppInfo | null;
  readonly recent: readonly RecentArchive[];
  readonly archive: OpenArchive | null;
  /** What one looked at in it before it was opened. */
  readonly lastView: LastView | null;
  /** The folder that is being opened or created. */
  readonly opening: string | null;
  readonly failure: OpeningFailure | null;

  /** Asks the host who it is; opens the archive that this window had open, else the one the host was started with. */
  start(): Promise<void>;
  open(path: string): Promise<void>;
  create(path: string): Promise<void>;
  close(): Promise<void>;
  forget(path: string): Promise<void>;
  /** Rejects when the host refuses. */
  setReadOnly(readOnly: boolean): Promise<void>;
  /** What the host told of an archive; others than the open one are left aside. */
  told(archive: OpenArchive): void;
  dismissFailure(): void;
}

export function createArchivesStore(client: Pick<Client, "call">, lastPath: Memory): StoreApi<ArchivesState> {
  return createStore<ArchivesState>((set, get) => {
    /** Grows with every opening; what an earlier one brings is too late. */
    let openings = 0;

    const listRecent = async () => set({ recent: await client.call("archives.recent", {}) });

    /** Closes an archive on the host, unless it is the one that is shown. */
    const closeQuietly = async (archiveId: string) => {
      if (get().archive?.id === archiveId) return;
      try {
        await client.call("archives.close", { archiveId });
      } catch (error) {
        // A host that was restarted does not know the archive any more: it is closed either way.
        if (!isSilent(error) && shapeOf(error).code !== "NOT_FOUND") throw error;
      }
    };

    const leave = async () => {
      const { archive } = get();
      if (archive === null) return;
      set({ archive: null });
      await closeQuietly(archive.id);
    };

    const enter = async (path: string, purpose: "open" | "create") => {
      openings += 1;
      const opening = openings;
      set({ opening: path, failure: null });
      try {
        const archive = await client.call(`archives.${purpose}`, { path });
        if (opening !== openings) {
          await closeQuietly(archive.id);
          return;
        }
        const before = get().archive;
        lastPath.write(archive.path);
        set({ archive, lastView: "lastView" in archive ? archive.lastView : null, opening: null });
        if (before !== null) await closeQuietly(before.id);
        await listRecent();
      } catch (error) {
        if (opening !== openings) return;
        set({ opening: null, failure: isSilent(error) ? null : { path, purpose, error: shapeOf(error) } });
      }
    };

    return {
      info: null,
      recent: [],
      archive: null,
      lastView: null,
      opening: null,
      failure: null,

      async start() {
        const info = await client.call("app.info", {});
        const path = get().archive?.path ?? lastPath.read() ?? info.initialArchive ?? "";
        set({ info });
        await (path === "" ? listRecent() : enter(path, "open"));
        if (get().archive === null && get().recent.length === 0) await listRecent();
      },
      open: (path) => enter(path, "open"),
      create: (path) => enter(path, "create"),
      async close() {
        openings += 1;
        // Not null: an archive that the host was started with stays closed when the window is reloaded.
        lastPath.write("");
        set({ opening: null, failure: null });
        await leave();
        await listRecent();
      },
      async forget(path) {
        set({ recent: await client.call("archives.forget", { path }) });
      },
      async setReadOnly(readOnly) {
        const { archive } = get();
        if (archive === null) return;
        get().told(await client.call("archives.setReadOnly", { archiveId: archive.id, readOnly }));
      },
      told(archive) {
        if (get().archive?.id === archive.id) set({ archive });
      },
      dismissFailure() {
        set({ failure: null });
      },
    };
  });
}
