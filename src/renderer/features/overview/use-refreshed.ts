import { useEffect, useRef, useState } from "react";
import { type Reading, Refresher } from "./refresher.ts";

/**
 * Runs `load`, and again when `version` has moved on; what was read stays meanwhile, also while another `load` takes its
 * place. Callers keep `load` stable with `useCallback`.
 */
export function useRefreshed<T>(
  load: (signal: AbortSignal) => Promise<T>,
  version: unknown,
  gapMs: number,
): Reading<T> & { readonly again: () => void } {
  const [reading, setReading] = useState<Reading<T>>({ value: null, error: null, running: true });
  const refresher = useRef<Refresher<T>>(null);
  const last = useRef<T>(null);
  useEffect(() => {
    const made = new Refresher(load, gapMs, last.current, (told) => {
      last.current = told.value;
      setReading(told);
    });
    refresher.current = made;
    made.request();
    return () => made.close();
  }, [load, gapMs]);
  const isFirst = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is what it waits for
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else refresher.current?.request();
  }, [version]);
  return { ...reading, again: () => refresher.current?.request() };
}
