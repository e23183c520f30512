import { useCallback } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatCounted } from "../../format/quantities.ts";
import { useApp, useArchives, useJobs, useUi } from "../../state/context.ts";
import { type ListedProblem, ProblemList } from "./problem-list.tsx";
import "./transfer.css";

interface Problems {
  readonly problems: readonly ListedProblem[];
  readonly count: number;
}

/** What an export or import left out, with the reasons. */
export function ProblemsDialog({ jobId, of }: { readonly jobId: string; readonly of: "export" | "import" }) {
  const app = useApp();
  const { client } = app;
  const close = useUi((state) => state.closeDialog);
  const detail = useJobs((state) => state.jobs.find((job) => job.id === jobId)?.detail ?? null);
  const openId = useArchives((state) => state.archive?.id ?? null);
  const load = useCallback(
    async (signal: AbortSignal): Promise<Problems> => {
      if (of === "export") {
        const report = await client.call("export.report", { jobId }, { signal });
        const problems = report.problems.map(({ row, checksum, message }) => ({
          item: row?.id ?? checksum ?? "",
          message,
          row,
        }));
        return { problems, count: report.problemCount };
      }
      const report = await client.call("import.report", { jobId }, { signal });
      return { problems: report.problems.map((problem) => ({ ...problem, row: null })), count: report.problemCount };
    },
    [client, jobId, of],
  );
  const loaded = useLoaded(load);
  const archiveId = detail !== null && "archiveId" in detail && detail.archiveId === openId ? openId : null;
  return (
    <Modal
      title={of === "export" ? "What was not exported" : "What was not imported"}
      {...(loaded.status === "ready" && {
        description: `${formatCounted(loaded.value.count, "problem")}. Everything else was ${of}ed.`,
      })}
      size="large"
      focusFirst=".problems-list, .modal-foot button"
      onClose={close}
      footer={<Button onClick={close}>Close</Button>}
    >
      {loaded.status === "failed" && (
        <Banner tone="doubt" title="The report is not there">
          <p>
            <ArchivedText text={loaded.error.message} />
          </p>
        </Banner>
      )}
      {loaded.status === "ready" && (
        <ProblemList
          label="Problems"
          {...loaded.value}
          {...(archiveId !== null && {
            onRow: (row) => {
              close();
              void app.goTo({ archiveId, sessionId: null, row });
            },
          })}
        />
      )}
    </Modal>
  );
}
