import type { JobDetail } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";

/** Where the list of jobs leads to from a send. */
export function SendLinks({ detail }: { readonly detail: Extract<JobDetail, { readonly kind: "send" }> }) {
  const app = useApp();
  const { archiveId, sessionId, outcome } = detail;
  const row = outcome?.row ?? null;
  if (row === null) return null;
  return (
    <button type="button" className="link" onClick={() => void app.goTo({ archiveId, sessionId, row })}>
      {outcome?.status === "failed" ? "Show the record" : "Show the answer"}
    </button>
  );
}
