import { CircleSlash, LoaderCircle } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import type { TaskState } from "../../components/use-task.ts";

/** Stands where a result will be: under way, stopped or failed. */
export function ComparingState({ comparing }: { readonly comparing: TaskState<unknown> }) {
  switch (comparing.status) {
    case "ready":
      return null;
    case "running":
      return (
        <div className="compare-running" role="status">
          <LoaderCircle size={14} className="spin" aria-hidden /> Comparing…
          <Button onClick={comparing.cancel}>Cancel</Button>
        </div>
      );
    case "cancelled":
      return (
        <EmptyState
          icon={<CircleSlash size={24} aria-hidden />}
          title="The comparison was cancelled"
          actions={<Button onClick={comparing.again}>Compare again</Button>}
        />
      );
    case "failed":
      return (
        <FailureState title="The payloads could not be compared">
          <p>
            <ArchivedText text={comparing.error.message} />
          </p>
        </FailureState>
      );
  }
}
