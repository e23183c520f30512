import { useId, useState } from "react";
import type { IndexState, OpenArchive, Params, PayloadTextState } from "../../../shared/contract.ts";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { Modal } from "../../components/modal.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { formatBytes, formatCount, formatCounted } from "../../format/quantities.ts";
import { useApp, useArchives, useUi } from "../../state/context.ts";
import { limitsOf, SIZE_CHOICES, spokenTypes, USUAL_SIZE } from "./limits.ts";
import { useIndexState } from "./use-index-state.ts";
import "./payload-search.css";

type Ready = Extract<IndexState, { readonly state: "ready" }>;

/** Switches the search in contents of payloads on and off for the archive that is open, and says how it stands. */
export function PayloadSearchDialog() {
  const archive = useArchives((state) => state.archive);
  return archive === null ? null : <ArchiveDialog archive={archive} />;
}

function ArchiveDialog({ archive }: { readonly archive: OpenArchive }) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const index = useIndexState(archive.id);
  const [size, setSize] = useState(USUAL_SIZE);
  const [types, setTypes] = useState("");
  const [isBusy, setBusy] = useState(false);
  const payloads = index?.state === "ready" ? index.payloadText : null;
  const change = async (settings: Params<"index.payloadText">["settings"]) => {
    setBusy(true);
    await app.attempt("The search in payloads could not be changed", () =>
      app.client.call("index.payloadText", { archiveId: archive.id, settings }),
    );
    setBusy(false);
  };
  return (
    <Modal
      title="Search in payloads"
      description={`Finds what stands in the contents of ${archive.name}, with payload:word in the filter. It takes time, and disk space of about four times the text.`}
      size="medium"
      focusFirst="input:checked, .modal-foot button"
      onClose={close}
      footer={
        <>
          {payloads?.state === "on" && (
            <Button unavailable={isBusy} onClick={() => void change(null)}>
              {payloads.done < payloads.total ? "Stop and delete" : "Switch off and delete"}
            </Button>
          )}
          <span className="view-bar-gap" />
          <Button onClick={close}>Close</Button>
          {payloads !== null && payloads.state !== "on" && (
            <Button variant="primary" unavailable={isBusy} onClick={() => void change(limitsOf(size, types))}>
              Switch on
            </Button>
          )}
        </>
      }
    >
      <div className="payload-search" data-state={payloads?.state ?? index?.state ?? "loading"}>
        {index?.state !== "ready" ? (
          <NotReady index={index} />
        ) : (
          <>
            <Standing payloads={index.payloadText} />
            {index.payloadText.state !== "on" && (
              <Limits size={size} onSize={setSize} types={types} onTypes={setTypes} />
            )}
          </>
        )}
      </div>
    </Modal>
  );
}

function NotReady({ index }: { readonly index: Exclude<IndexState, Ready> | null }) {
  if (index === null) return null;
  if (index.state === "unavailable")
    return (
      <Banner tone="doubt" title="Nothing can be searched">
        <p>{index.reason}</p>
      </Banner>
    );
  return (
    <>
      <p>The archive’s index is being made; this can be chosen once it is there.</p>
      <ProgressBar done={index.done} total={index.total === 0 ? null : index.total} label="Index" />
    </>
  );
}

function Standing({ payloads }: { readonly payloads: PayloadTextState }) {
  switch (payloads.state) {
    case "off":
      return null;
    case "failed":
      return (
        <Banner tone="doubt" title="Contents cannot be searched">
          <p>{payloads.reason}</p>
        </Banner>
      );
    case "on": {
      const { done, total, searched, cut, maxBytes, types, sizeBytes } = payloads;
      const isReading = done < total;
      return (
        <>
          <p role="status">
            {isReading
              ? `Reading: ${formatCount(done)} of ${formatCounted(total, "response")}. What was read can be searched already.`
              : "On. New payloads are read as they arrive."}
          </p>
          {isReading && <ProgressBar done={done} total={total} label="Payloads that were read" />}
          <Facts>
            <Fact name="Searched">
              {formatCounted(searched, "payload")}
              {cut > 0 && `, ${formatCount(cut)} of them only in part`}
            </Fact>
            <Fact name="Of each">the first {formatBytes(maxBytes)}</Fact>
            <Fact name="Types">{spokenTypes(types)}</Fact>
            <Fact name="On disk">{formatBytes(sizeBytes)}</Fact>
          </Facts>
        </>
      );
    }
  }
}

interface LimitsProps {
  readonly size: string;
  readonly onSize: (size: string) => void;
  readonly types: string;
  readonly onTypes: (types: string) => void;
}

function Limits({ size, onSize, types, onTypes }: LimitsProps) {
  const id = useId();
  return (
    <>
      <Segmented label="Search of each payload the first" value={size} options={SIZE_CHOICES} onChange={onSize} />
      <div className="field">
        <label className="field-label" htmlFor={id}>
          Types, such as json, csv or text/html
        </label>
        <input
          id={id}
          className="input"
          value={types}
          placeholder="All text"
          maxLength={500}
          spellCheck={false}
          onChange={(event) => onTypes(event.target.value)}
        />
      </div>
    </>
  );
}
