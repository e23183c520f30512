/** The sessions of the open archive, newest first, and which of them the table shows. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { ErrorShape, SessionSummary } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";
import { type KeysetList, withHead, withPage } from "./keyset-list.ts";

export interface SessionsState extends KeysetList<SessionSummary> {
  readonly archiveId: string | null;
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** Null: the responses of all sessions. */
  readonly selectedId: string | null;
  /** The moment that they are as of, with what there was of them then; null: now. */
  readonly asOf: string | null;

  show(archiveId: string, asOf: string | null): Promise<void>;
  /** Shows the same archive as of another moment; the selected session stays selected. */
  showAsOf(asOf: string | null): Promise<void>;
  loadMore(): Promise<void>;
  /** Takes up what was written since, and what became of known sessions. */
  refresh(): Promise<void>;
  select(sessionId: string | null): void;
  clear(): void;
}

/** What belongs to a session is counted row by row, and the rows of the table wait meanwhile. */
const PAGE = 40;
/** Pages that are read to count again what had been too many to count. */
const MAX_COUNTED_PAGES = 25;
/** Beyond as many new pages the list starts anew from its top. */
const MAX_HEAD_PAGES = 5;

const EMPTY = {
  archiveId: null,
  phase: "idle",
  error: null,
  selectedId: null,
  asOf: null,
  items: [],
  nextCursor: null,
} as const;
const keyOf = (session: SessionSummary) => session.id;

export function createSessionsStore(client: Pick<Client, "call">): StoreApi<SessionsState> {
  const latest = createLatest();
  let signal: AbortSignal = AbortSignal.abort();
  let loadingMore = false;
  /** Refreshes run one after another; the last one that was asked for sees everything. */
  let refreshes: Promise<void> = Promise.resolve();

  return createStore<SessionsState>((set, get) => {
    const page = (archiveId: string, cursor: string | null, within: AbortSignal) =>
      client.call("sessions.list", { archiveId, asOf: get().asOf, cursor, limit: PAGE }, { signal: within });

    const failed = (error: unknown) => {
      if (!isSilent(error)) set({ phase: "failed", error: shapeOf(error) });
    };

    const takeUpHead = async (archiveId: string, within: AbortSignal) => {
      try {
        let head: KeysetList<SessionSummary> = { items: [], nextCursor: null };
        const { items } = get();
        if (items.some(({ partial }) => partial)) {
          for (let pages = 0; pages < MAX_COUNTED_PAGES; pages += 1) {
            head = withPage(head, await page(archiveId, head.nextCursor, within), keyOf);
            if (head.nextCursor === null || head.items.length >= items.length) break;
          }
          set({ ...head, phase: "ready", error: null });
          return;
        }
        for (let pages = 0; pages < MAX_HEAD_PAGES; pages += 1) {
          head = withPage(head, await page(archiveId, head.nextCursor, within), keyOf);
          const merged = withHead(get(), head, keyOf);
          if (merged !== null) {
            set({ ...merged, phase: "ready", error: null });
            return;
          }
        }
        set({ ...head, phase: "ready", error: null });
      } catch (error) {
        failed(error);
      }
    };

    return {
      ...EMPTY,

      async show(archiveId, asOf) {
        const within = latest.next();
        signal = within;
        loadingMore = false;
        set({ ...EMPTY, archiveId, asOf, phase: "loading" });
        try {
          set({ ...(await page(archiveId, null, within)), phase: "ready" });
        } catch (error) {
          failed(error);
        }
      },

      async showAsOf(asOf) {
        const { archiveId, selectedId } = get();
        if (archiveId === null || asOf === get().asOf) return;
        const shown = get().show(archiveId, asOf);
        set({ selectedId });
        await shown;
      },

      async loadMore() {
        const { archiveId, nextCursor, phase } = get();
        if (archiveId === null || nextCursor === null || phase !== "ready" || loadingMore) return;
        loadingMore = true;
        const within = signal;
        try {
          const next = await page(archiveId, nextCursor, within);
          set((state) => withPage(state, next, keyOf));
        } catch (error) {
          failed(error);
        } finally {
          if (within === signal) loadingMore = false;
        }
      },

      refresh() {
        const { archiveId } = get();
        if (archiveId === null) return Promise.resolve();
        const within = signal;
        refreshes = refreshes.then(() => (within.aborted ? undefined : takeUpHead(archiveId, within)));
        return refreshes;
      },

      select(selectedId) {
        set({ selectedId });
      },

      clear() {
        latest.cancel();
        set(EMPTY);
      },
    };
  });
}
