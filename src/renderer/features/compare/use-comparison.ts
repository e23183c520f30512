/** Reads both sides, compares them in a thread, and can be stopped. */
import { useCallback, useState } from "react";
import { type Loaded, useLoaded } from "../../components/use-loaded.ts";

export type Running<T> = Loaded<T> | { readonly status: "stopped" };

export interface Comparing<T> {
  readonly state: Running<T>;
  stop(): void;
  start(): void;
}

/** @param work stays the same function while the same is compared */
export function useComparison<T>(work: (signal: AbortSignal) => Promise<T>): Comparing<T> {
  const [stopped, setStopped] = useState<unknown>(null);
  const isStopped = stopped === work;
  const load = useCallback(
    async (signal: AbortSignal): Promise<T | null> => (isStopped ? null : await work(signal)),
    [work, isStopped],
  );
  const loaded = useLoaded(load);
  const state: Running<T> =
    isStopped || (loaded.status === "ready" && loaded.value === null)
      ? { status: "stopped" }
      : loaded.status === "ready" && loaded.value !== null
        ? { status: "ready", value: loaded.value }
        : loaded.status === "failed"
          ? loaded
          : { status: "loading" };
  return { state, stop: () => setStopped(() => work), start: () => setStopped(null) };
}
