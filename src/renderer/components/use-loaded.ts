import { useEffect, useState } from "react";
import type { ErrorShape } from "../../shared/contract.ts";
import { shapeOf } from "../state/failures.ts";

export type Loaded<T> =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly value: T }
  | { readonly status: "failed"; readonly error: ErrorShape };

/** Runs `load` whenever it is another function, and cancels the run before. Callers keep it stable with `useCallback`. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [last, setLast] = useState<{ readonly load: unknown; readonly outcome: Loaded<T> } | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const settle = (outcome: Loaded<T>) => {
      if (!controller.signal.aborted) setLast({ load, outcome });
    };
    load(controller.signal).then(
      (value) => settle({ status: "ready", value }),
      (error) => settle({ status: "failed", error: shapeOf(error) }),
    );
    return () => controller.abort();
  }, [load]);
  return last?.load === load ? last.outcome : { status: "loading" };
}
