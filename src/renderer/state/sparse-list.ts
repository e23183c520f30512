/** A list of which one reads the parts that are in sight, wherever they are, and brings it up to date. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ErrorShape } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";

/** What the first part must say besides its items. */
export interface SparsePage<T> {
  readonly items: readonly T[];
  /** Places of the whole list. */
  readonly listed: number;
}

export interface SparseList<T, P extends SparsePage<T>> {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** A further part could not be read. */
  readonly moreError: ErrorShape | null;
  /** The newest first part. */
  readonly first: P | null;
  /** By place. */
  readonly items: ReadonlyMap<number, T>;

  /** Reads the first part, or reads it again: what is shown stays meanwhile. */
  load(): Promise<void>;
  /** Reads what is missing of these places, the last one included. */
  need(from: number, to: number): Promise<void>;
  /** Ends all reading. */
  stop(): void;
}

export function createSparseList<T, P extends SparsePage<T>>(
  read: (start: number, limit: number, signal: AbortSignal) => Promise<P>,
  pageSize: number,
): StoreApi<SparseList<T, P>> {
  const latest = createLatest();
  let signal: AbortSignal = AbortSignal.abort();
  let reading = new Map<number, Promise<void>>();

  return createStore<SparseList<T, P>>((set, get) => {
    const placed = (page: P, start: number) => page.items.map((item, at) => [start + at, item] as const);

    const readPart = async (number: number, within: AbortSignal) => {
      try {
        const start = number * pageSize;
        const page = await read(start, pageSize, within);
        if (within.aborted) return;
        // Places have moved: what is known of them is of no use any more.
        if (page.listed !== get().first?.listed) await get().load();
        else set((state) => ({ items: new Map([...state.items, ...placed(page, start)]), moreError: null }));
      } catch (error) {
        if (!isSilent(error) && !within.aborted) set({ moreError: shapeOf(error) });
      }
    };

    return {
      phase: "loading",
      error: null,
      moreError: null,
      first: null,
      items: new Map(),

      async load() {
        const within = latest.next();
        signal = within;
        reading = new Map();
        try {
          const first = await read(0, pageSize, within);
          if (within.aborted) return;
          const kept = first.listed === get().first?.listed ? get().items : [];
          const items = new Map([...kept, ...placed(first, 0)]);
          set({ first, items, phase: "ready", error: null, moreError: null });
        } catch (error) {
          if (!isSilent(error) && !within.aborted) set({ phase: "failed", error: shapeOf(error) });
        }
      },

      async need(from, to) {
        const { phase, items, first } = get();
        if (phase !== "ready" || first === null) return;
        const last = Math.min(to, first.listed - 1);
        const numbers = new Set<number>();
        for (let place = Math.max(0, from); place <= last; place += 1) {
          if (!items.has(place)) numbers.add(Math.floor(place / pageSize));
        }
        const within = signal;
        const mine = reading;
        await Promise.all(
          [...numbers].map((number) => {
            const running = mine.get(number) ?? readPart(number, within).finally(() => mine.delete(number));
            mine.set(number, running);
            return running;
          }),
        );
      },

      stop() {
        latest.cancel();
      },
    };
  });
}
