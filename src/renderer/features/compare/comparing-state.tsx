import { CircleSlash, LoaderCircle } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import type { Comparing } from "./use-comparison.ts";

/** Stands where a result will be: under way, stopped or failed. */
export function ComparingState({ comparing }: { readonly comparing: Comparing<unknown> }) {
  const { state } = comparing;
  switch (state.status) {
    case "ready":
      return null;
    case "loading":
      return (
        <div className="compare-running" role="status">
          <LoaderCircle size={14} className="spin" aria-hidden /> Comparing…
          <Button onClick={comparing.stop}>Cancel</Button>
        </div>
      );
    case "stopped":
      return (
        <EmptyState
          icon={<CircleSlash size={24} aria-hidden />}
          title="The comparison was cancelled"
          actions={<Button onClick={comparing.start}>Compare again</Button>}
        />
      );
    case "failed":
      return (
        <FailureState title="The payloads could not be compared">
          <p>
            <ArchivedText text={state.error.message} />
          </p>
        </FailureState>
      );
  }
}
