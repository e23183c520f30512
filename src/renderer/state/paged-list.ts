/** A list that a view reads for itself, page by page, and brings up to date without losing its place. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ErrorShape, Page } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";
import { type KeysetList, withHead, withPage } from "./keyset-list.ts";

export interface PagedList<T, P extends Page<T>> extends KeysetList<T> {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** A further page could not be read. */
  readonly moreError: ErrorShape | null;
  /** The newest first page, for what it says besides its items. */
  readonly first: P | null;

  /** Reads the first page, or reads it again: what is shown stays meanwhile. */
  load(): Promise<void>;
  /** Reads on until the item of this index is there, or the list ends. */
  loadThrough(index: number): Promise<void>;
  /** Ends all reading. */
  stop(): void;
}

export type ReadPage<P> = (cursor: string | null, signal: AbortSignal) => Promise<P>;

export function createPagedList<T, P extends Page<T>>(
  read: ReadPage<P>,
  keyOf: (item: T) => string,
): StoreApi<PagedList<T, P>> {
  const latest = createLatest();
  let signal: AbortSignal = AbortSignal.abort();
  let wanted = -1;
  let more: Promise<void> | null = null;

  return createStore<PagedList<T, P>>((set, get) => {
    const readOn = async (within: AbortSignal) => {
      try {
        while (!within.aborted && wanted >= get().items.length && get().nextCursor !== null) {
          const page = await read(get().nextCursor, within);
          if (!within.aborted) set((state) => withPage(state, page, keyOf));
        }
      } catch (error) {
        if (!isSilent(error)) set({ moreError: shapeOf(error) });
      } finally {
        more = null;
      }
    };

    return {
      phase: "loading",
      error: null,
      moreError: null,
      first: null,
      items: [],
      nextCursor: null,

      async load() {
        const within = latest.next();
        signal = within;
        try {
          const first = await read(null, within);
          if (within.aborted) return;
          const before = get();
          const known = before.phase === "ready" ? withHead(before, first, keyOf) : null;
          const { items, nextCursor } = known ?? first;
          set({ first, items, nextCursor, phase: "ready", error: null, moreError: null });
        } catch (error) {
          if (!isSilent(error) && !within.aborted) set({ phase: "failed", error: shapeOf(error) });
        }
      },

      async loadThrough(index) {
        wanted = Math.max(wanted, index);
        if (get().phase !== "ready") return;
        set({ moreError: null });
        more ??= readOn(signal);
        await more;
      },

      stop() {
        latest.cancel();
      },
    };
  });
}
