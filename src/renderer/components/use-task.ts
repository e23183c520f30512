import { useCallback, useEffect, useState } from "react";
import type { ErrorShape } from "../../shared/contract.ts";
import { shapeOf } from "../state/failures.ts";

export type TaskState<T> =
  | { readonly status: "running"; cancel(): void }
  | { readonly status: "cancelled"; again(): void }
  | { readonly status: "ready"; readonly value: T }
  | { readonly status: "failed"; readonly error: ErrorShape };

interface Outcome<T> {
  readonly run: unknown;
  readonly attempt: number;
  readonly state:
    | { readonly status: "cancelled" }
    | { readonly status: "ready"; readonly value: T }
    | { readonly status: "failed"; readonly error: ErrorShape };
}

/**
 * Runs `run` whenever it is another function (callers keep it stable with `useCallback`), and ends the run before. What
 * takes too long can be cancelled by the person, and begun again.
 */
export function useTask<T>(run: (signal: AbortSignal) => Promise<T>): TaskState<T> {
  const [attempt, setAttempt] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<T> | null>(null);
  const [controller, setController] = useState<AbortController | null>(null);

  useEffect(() => {
    const current = new AbortController();
    setController(current);
    let gone = false;
    const settle = (state: Outcome<T>["state"]) => {
      if (!gone) setOutcome({ run, attempt, state });
    };
    run(current.signal).then(
      (value) => settle({ status: "ready", value }),
      (error) => settle(current.signal.aborted ? { status: "cancelled" } : { status: "failed", error: shapeOf(error) }),
    );
    return () => {
      gone = true;
      current.abort();
    };
  }, [run, attempt]);

  const cancel = useCallback(() => controller?.abort(), [controller]);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  if (outcome === null || outcome.run !== run || outcome.attempt !== attempt) return { status: "running", cancel };
  return outcome.state.status === "cancelled" ? { status: "cancelled", again } : outcome.state;
}
