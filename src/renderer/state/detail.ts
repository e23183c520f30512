/** The row that the inspector shows, in full. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { ErrorShape, RowDetail, RowRef } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";

export interface DetailState {
  readonly archiveId: string | null;
  /** The row that is asked for. */
  readonly ref: RowRef | null;
  /** What is there to show: for a moment still that of the row before. */
  readonly detail: RowDetail | null;
  readonly loading: boolean;
  readonly error: ErrorShape | null;

  show(archiveId: string, ref: RowRef): Promise<void>;
  /** Reads the same row again, without taking away what is shown. */
  reload(): Promise<void>;
  clear(): void;
}

/** Someone who runs through the rows with a key held down wants to see the last one only. */
const SETTLE_MS = 30;
/** Rows that are shown sooner after each other than this are run through, in milliseconds. */
const RUN_MS = 150;

const EMPTY = { archiveId: null, ref: null, detail: null, loading: false, error: null } as const;

export function createDetailStore(client: Pick<Client, "call">): StoreApi<DetailState> {
  const latest = createLatest();
  let shownAt = Number.NEGATIVE_INFINITY;

  return createStore<DetailState>((set, get) => {
    const load = async (archiveId: string, ref: RowRef, delay: number) => {
      const signal = latest.next();
      set({ archiveId, ref, loading: true, error: null });
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      if (signal.aborted) return;
      try {
        const detail = await client.call("rows.get", { archiveId, ref }, { signal });
        set({ detail, loading: false });
      } catch (error) {
        if (!isSilent(error)) set({ detail: null, loading: false, error: shapeOf(error) });
      }
    };

    return {
      ...EMPTY,
      show(archiveId, ref) {
        const now = performance.now();
        const isRunning = now - shownAt < RUN_MS;
        shownAt = now;
        return load(archiveId, ref, isRunning ? SETTLE_MS : 0);
      },
      async reload() {
        const { archiveId, ref } = get();
        if (archiveId !== null && ref !== null) await load(archiveId, ref, 0);
      },
      clear() {
        latest.cancel();
        set(EMPTY);
      },
    };
  });
}
