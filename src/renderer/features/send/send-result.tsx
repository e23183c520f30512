import { useCallback } from "react";
import type { RowRef, SendOutcome } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { jsonMembers } from "../../format/json-text.ts";
import { formatBytes, formatDuration } from "../../format/quantities.ts";
import { useApp, useArchives, useJobs } from "../../state/context.ts";
import { spokenSent } from "./spoken.ts";

/** What came of a send: its answer, or what is known of its failure. */
export function SendResult({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
  const app = useApp();
  const job = useJobs((state) => state.jobs.find(({ id }) => id === jobId));
  if (job?.detail.kind !== "send") return null;
  const { archiveId, sessionId, label, outcome, sizeBytes } = job.detail;
  const row = outcome?.row ?? null;
  const show = () => {
    onClose();
    if (row !== null) void app.goTo({ archiveId, sessionId, row });
  };
  const isUnderWay = outcome === null && job.endedAt === null;
  return (
    <Modal
      title={isUnderWay ? "Sending…" : outcome === null || outcome.status === "failed" ? "The send failed" : "Sent"}
      description={<ArchivedText text={label} className="mono" />}
      size="medium"
      focusFirst=".modal-foot button:last-child"
      onClose={onClose}
      footer={
        <>
          {isUnderWay && (
            <Button
              hint="It may have gone out by then; what is known is recorded"
              onClick={() => void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(jobId))}
            >
              Cancel the send
            </Button>
          )}
          {row !== null && (
            <Button onClick={show}>{outcome?.status === "failed" ? "Show the record" : "Show the answer"}</Button>
          )}
          <Button variant="primary" onClick={onClose}>
            {isUnderWay ? "Close; it goes on" : "Done"}
          </Button>
        </>
      }
    >
      <div className="form">
        {isUnderWay && (
          <>
            <ProgressBar done={0} total={null} label="Sending" />
            <p role="status">{formatBytes(sizeBytes)} are on their way.</p>
          </>
        )}
        {outcome?.status === "failed" && <Failed outcome={outcome} />}
        {outcome !== null && outcome.status !== "failed" && <Answered outcome={outcome} />}
        {outcome === null && job.state.status === "failed" && (
          <Banner tone="bad" urgent title="Nothing was sent">
            <p>
              <ArchivedText text={job.state.error.message} />
            </p>
          </Banner>
        )}
      </div>
    </Modal>
  );
}

function Answered({ outcome }: { readonly outcome: Exclude<SendOutcome, { readonly status: "failed" }> }) {
  const said = useAnswer(outcome.row);
  const facts = [
    said.status === null ? null : `status ${said.status}`,
    formatDuration(outcome.durationMs),
    outcome.sizeBytes === null ? null : formatBytes(outcome.sizeBytes),
  ];
  const refused = outcome.status === "refused";
  return (
    <Banner
      tone={refused ? "bad" : "note"}
      urgent
      title={refused ? "Sent once; the source refused it" : "Sent once, and answered"}
    >
      <p>{facts.filter((fact) => fact !== null).join(" · ")}</p>
      <p>The bytes that were sent and the answer are archived. It is not sent again by itself.</p>
    </Banner>
  );
}

/** What the transport said of an answer; null until it is read, and where it said nothing. */
function useAnswer(ref: RowRef): { readonly status: string | null } {
  const { client } = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const { type, id } = ref;
  const load = useCallback(
    (signal: AbortSignal) => client.call("rows.get", { archiveId, ref: { type, id } }, { signal }),
    [client, archiveId, type, id],
  );
  const loaded = useLoaded(load);
  if (loaded.status !== "ready" || loaded.value.metadata.origin !== "response") return { status: null };
  const found = jsonMembers(loaded.value.metadata.text)?.find(({ key }) => key === "transport_status");
  return { status: found?.text ?? null };
}

function Failed({
  outcome: { error, sent, row },
}: {
  readonly outcome: Extract<SendOutcome, { readonly status: "failed" }>;
}) {
  return (
    <Banner tone={sent === "no" ? "bad" : "doubt"} urgent title={spokenSent(sent)}>
      <p>
        <ArchivedText text={error.message} /> <ArchivedText text={error.code} className="mono muted" />
      </p>
      <p>
        {row === null ? "Nothing of it is recorded." : "The attempt is recorded, with the bytes that it was made with."}{" "}
        It is not tried again by itself.
        {sent === "unknown" && " Ask the source whether it arrived before you send it once more."}
      </p>
    </Banner>
  );
}
