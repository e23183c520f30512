import { Hourglass } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import type { TaskState } from "../../components/use-task.ts";
import { savePayload } from "../../state/commands.ts";
import { useApp } from "../../state/context.ts";
import type { Content } from "./content.ts";

export interface UnfinishedProps {
  readonly task: Exclude<TaskState<unknown>, { status: "ready" }>;
  readonly content: Content;
}

/** What stands in place of a payload that is not read yet, was not read to its end, or could not be read. */
export function Unfinished({ task, content }: UnfinishedProps) {
  const app = useApp();
  switch (task.status) {
    case "running":
      return (
        <div className="preview-loading" role="status" aria-label="Loading">
          {/* Shown by its style after a while: most payloads are there at once. */}
          <div className="preview-slow">
            <span>Reading the payload…</span>
            <Button onClick={task.cancel}>Cancel</Button>
          </div>
        </div>
      );
    case "cancelled":
      return (
        <EmptyState
          icon={<Hourglass size={24} aria-hidden />}
          title="Cancelled"
          actions={<Button onClick={task.again}>Read it again</Button>}
        >
          <p>The payload was not read to its end. Raw shows its bytes without reading all of them.</p>
        </EmptyState>
      );
    case "failed":
      return (
        <FailureState
          title="The payload could not be read"
          actions={
            content.payload !== null && (
              <Button onClick={() => savePayload(app, content.payload)}>Save it as it is</Button>
            )
          }
        >
          <p>
            <ArchivedText text={task.error.message} />
          </p>
        </FailureState>
      );
  }
}
