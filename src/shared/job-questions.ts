/** Jobs that only ask, as an import's preview does: no work was done that a list of past jobs could show. */
import type { JobDetail } from "./job-model.ts";

/** True for a job that changes nothing and leaves nothing. Hosts forget it once it has ended, and end without asking about it. */
export function isQuestion(detail: JobDetail): boolean {
  return detail.kind === "import" && detail.dryRun;
}
