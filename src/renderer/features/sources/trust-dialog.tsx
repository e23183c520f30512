import { useCallback, useState } from "react";
import type { ErrorShape, TrustLine } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";
import type { DialogState } from "../../state/ui.ts";
import "./sources.css";

const WORDS: Readonly<Record<TrustLine["what"], string>> = {
  program: "Runs the program",
  folder: "In the folder",
  environment: "With the variable",
  file: "Runs the file",
  content: "With the content",
  options: "With the options",
  secret: "Is given the secret",
};

export interface TrustDialogProps {
  readonly source: string;
  readonly proceed: () => void;
  readonly back: DialogState;
}

/** Shows exactly what a source would run and be given, once for an archive; what is allowed is what was shown. */
export function TrustDialog({ source, proceed, back }: TrustDialogProps) {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const [error, setError] = useState<ErrorShape | null>(null);
  const [looks, setLooks] = useState(0);
  const load = useCallback(
    async (signal: AbortSignal) => ({
      looks,
      ...(await app.client.call("trust.get", { archiveId, source }, { signal })),
    }),
    [app, archiveId, source, looks],
  );
  const asked = useLoaded(load);
  const question = asked.status === "ready" ? asked.value : null;
  const refuse = () => app.ui.getState().set({ dialog: back });
  const allow = async () => {
    if (question === null) return;
    try {
      await app.client.call("trust.grant", { archiveId, source, digest: question.digest });
      app.ui.getState().closeDialog();
      proceed();
    } catch (reason) {
      setError(shapeOf(reason));
      setLooks((times) => times + 1);
    }
  };
  const failure = asked.status === "failed" ? asked.error : error;
  return (
    <Modal
      title="Allow this source to run?"
      description={
        <>
          <ArchivedText text={source} className="strong" /> does more than ask an address. Allow it only if you know who
          wrote this; it is asked again when any of it changes.
        </>
      }
      size="medium"
      focusFirst=".modal-foot button"
      onClose={refuse}
      footer={
        <>
          <Button onClick={refuse}>Do not allow</Button>
          <Button variant="primary" unavailable={question === null} onClick={() => void allow()}>
            Allow for this archive
          </Button>
        </>
      }
    >
      {failure !== null && (
        <Banner tone="bad" urgent title="It was not allowed">
          <p>
            <ArchivedText text={failure.message} />
          </p>
        </Banner>
      )}
      <dl className="trust-lines">
        {(question?.lines ?? []).map(({ what, text }) => (
          <div key={`${what} ${text}`} className="trust-line">
            <dt className="muted">{WORDS[what]}</dt>
            <dd className="mono">
              <ArchivedText text={text} />
            </dd>
          </div>
        ))}
      </dl>
      {question?.lines.some(({ what }) => what === "file") === true && (
        <p className="field-note">
          What this file loads besides runs as well, and is not asked for again when it changes.
        </p>
      )}
    </Modal>
  );
}
