import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { JsonField } from "../../components/json-field.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { SuggestField } from "../../components/suggest-field.tsx";
import { sourceNames, useKnownSources } from "../sources/use-known-sources.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import { FileField } from "./file-field.tsx";
import { asMapped, SENDERS, type SendDraft, type SentPayload, sendFaults, withContentType } from "./send-draft.ts";

export interface SendFormProps {
  readonly draft: SendDraft;
  readonly onReview: (draft: SendDraft) => void;
  readonly onClose: () => void;
}

/** Writes what is to be sent. Nothing goes out from here. */
export function SendForm({ draft: first, onReview, onClose }: SendFormProps) {
  const sources = useKnownSources();
  const [draft, setDraft] = useState(first);
  const [tried, setTried] = useState(false);
  const faults = sendFaults(draft);
  const shown = tried ? faults : {};
  const change = (patch: Partial<SendDraft>) => setDraft((last) => ({ ...last, ...patch }));
  const source = draft.source.trim();
  const mapping = sources.known.find((other) => other.source === source)?.mapping ?? null;
  // It is sent as its source is mapped, unless the person says otherwise; another name may have no mapping.
  useEffect(() => {
    if (sources.isRead) setDraft((last) => asMapped(last, mapping));
  }, [sources.isRead, mapping]);
  const isMapped = mapping !== null && SENDERS.has(mapping.settings.adapter);
  const kinds = sources.asked.find((other) => other.source === source)?.kinds ?? [];

  const review = () => {
    setTried(true);
    if (Object.keys(faults).length === 0) onReview(draft);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPressed(event, "send")) return;
    event.preventDefault();
    review();
  };
  return (
    <Modal
      title="Send"
      description="You see exactly what goes out before it does."
      size="large"
      focusFirst="input"
      onClose={onClose}
      onKeyDown={onKeyDown}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" hint={shortcut("send")} onClick={review}>
            Review…
          </Button>
        </>
      }
    >
      <div className="form">
        <div className="form-row">
          <SuggestField
            label="Source"
            value={draft.source}
            suggestions={sourceNames(sources)}
            placeholder="Who it goes to"
            fault={shown.source}
            onChange={(name) => change({ source: name })}
          />
          <SuggestField
            label="Kind"
            value={draft.kind}
            suggestions={[...new Set(kinds.filter(({ method }) => method === "SEND").map(({ kind }) => kind))]}
            placeholder="What is sent"
            fault={shown.kind}
            onChange={(kind) => change({ kind })}
          />
        </div>
        {isMapped && (
          <Segmented
            label="Adapter"
            value={draft.adapter}
            options={[
              { value: "mapped", label: `As mapped (${mapping.settings.adapter})` },
              { value: "http", label: "HTTP" },
            ]}
            onChange={(adapter) => change({ adapter })}
          />
        )}
        <JsonField
          label="Params (url, method: POST, PUT, PATCH, DELETE …, headers)"
          value={draft.paramsJson}
          fault={shown.params}
          height="96px"
          onChange={(paramsJson) => change({ paramsJson })}
        />
        <PayloadField
          payload={draft.payload}
          fault={shown.payload}
          onChange={(payload) => change({ payload })}
          declare={
            withContentType(draft.paramsJson, "") === null
              ? null
              : (mediaType) =>
                  setDraft((last) => ({
                    ...last,
                    paramsJson: withContentType(last.paramsJson, mediaType) ?? last.paramsJson,
                  }))
          }
        />
      </div>
    </Modal>
  );
}

interface PayloadFieldProps {
  readonly payload: SentPayload;
  readonly fault: string | undefined;
  readonly onChange: (payload: SentPayload) => void;
  readonly declare: ((mediaType: string) => void) | null;
}

function PayloadField({ payload, fault, onChange, declare }: PayloadFieldProps) {
  const id = useId();
  if (payload.type === "archived") {
    return (
      <p className="send-archived">
        The bytes of the archive with the checksum <ArchivedText text={payload.checksum} className="mono" />{" "}
        <button type="button" className="link" onClick={() => onChange({ type: "text", text: "" })}>
          Write others
        </button>
      </p>
    );
  }
  const { type, text } = payload;
  return (
    <>
      <Segmented
        label="What is sent"
        value={type}
        options={[
          { value: "json", label: "JSON" },
          { value: "text", label: "Text" },
          { value: "hex", label: "Bytes" },
          { value: "file", label: "File" },
        ]}
        onChange={(next) => onChange(next === "file" ? { type: next, text, file: null } : { type: next, text })}
      />
      {payload.type === "file" ? (
        <FileField
          file={payload.file}
          fault={fault}
          declare={declare}
          onChange={(file) => onChange({ ...payload, file })}
        />
      ) : type === "json" ? (
        <JsonField
          label="JSON, sent in its canonical form; empty: no bytes"
          value={text}
          fault={fault}
          height="132px"
          onChange={(written) => onChange({ type, text: written })}
        />
      ) : (
        <div className="field">
          <label className="field-label" htmlFor={id}>
            {type === "text" ? "Text, sent as UTF-8" : "Bytes in hexadecimal"}
          </label>
          <textarea
            id={id}
            className="input send-text mono"
            rows={6}
            spellCheck={false}
            value={text}
            aria-invalid={fault !== undefined || undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-fault`}
            onChange={(event) => onChange({ ...payload, text: event.target.value })}
          />
          {fault !== undefined && (
            <p className="field-fault" id={`${id}-fault`}>
              {fault}
            </p>
          )}
        </div>
      )}
    </>
  );
}
