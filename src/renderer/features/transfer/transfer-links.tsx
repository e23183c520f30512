import type { Job } from "../../../shared/contract.ts";
import { exportUrl } from "../../../shared/export-url.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { copyText } from "../../state/copying.ts";
import type { TransferDetail } from "./spoken.ts";

/** Where a job of this kind leads to, once it has ended. */
export function TransferLinks({ job, detail }: { readonly job: Job; readonly detail: TransferDetail }) {
  const app = useApp();
  const native = useArchives((state) => state.info?.nativeDialogs === true);
  if (job.state.status !== "succeeded") return null;
  const problems = detail.outcome?.problemCount ?? 0;
  const show = () => app.ui.getState().set({ dialog: { kind: "transfer-problems", jobId: job.id, of: detail.kind } });
  return (
    <>
      {problems > 0 && (
        <button type="button" className="link" onClick={show}>
          {detail.kind === "export" ? "What was not exported" : "What was not imported"}
        </button>
      )}
      {detail.kind === "export" && detail.download !== null && (
        <a className="link" href={exportUrl(job.id)} download={detail.download}>
          Download
        </a>
      )}
      {detail.kind === "export" && !detail.temporary && (
        <button type="button" className="link" onClick={() => void copyText(app, "the path", detail.path)}>
          Copy path
        </button>
      )}
      {detail.kind === "export" && native && (
        <button
          type="button"
          className="link"
          onClick={() =>
            void app.attempt("It could not be shown", () => app.client.call("host.reveal", { jobId: job.id }))
          }
        >
          Reveal
        </button>
      )}
    </>
  );
}
