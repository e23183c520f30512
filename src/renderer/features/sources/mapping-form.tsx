import { useId, useState } from "react";
import type { ErrorShape, KnownSources, SourceFile } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { JsonField } from "../../components/json-field.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { findJsonFault } from "../../format/json-tokens.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";
import { nextStep } from "../archives/next-steps.ts";
import { spokenFault } from "../fetch/draft.ts";
import { ADAPTERS, type MappingDraft, withAdapter } from "./mapping-draft.ts";

/** How a mapping names a secret. */
const REFERENCE = `\${secret:NAME}`;

export interface MappingFormProps {
  readonly draft: MappingDraft;
  readonly files: readonly SourceFile[];
  readonly onSaved: (known: KnownSources) => void;
  readonly onClose: () => void;
}

/** Writes one mapping into a file. The host checks it, and says which setting is wrong. */
export function MappingForm({ draft: first, files, onSaved, onClose }: MappingFormProps) {
  const app = useApp();
  const id = useId();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const [draft, setDraft] = useState(first);
  const [error, setError] = useState<ErrorShape | null>(null);
  const source = draft.source.trim();
  const fault = findJsonFault(draft.settingsJson);
  const save = async (settings: Record<string, unknown> | null) => {
    setError(null);
    try {
      onSaved(await app.client.call("sources.save", { archiveId, place: draft.place, source, settings }));
    } catch (reason) {
      setError(shapeOf(reason));
    }
  };
  const settings = (): Record<string, unknown> | null => {
    const value: unknown = JSON.parse(draft.settingsJson);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return { adapter: draft.adapter, ...value };
  };
  const onSave = () => {
    const written = settings();
    if (written === null) setError({ code: "", message: "The settings are a JSON object.", details: {} });
    else void save(written);
  };
  const path = files.find((file) => file.place === draft.place)?.path ?? "";
  return (
    <Modal
      title={first.of === null ? "Add a source" : `Source: ${first.of}`}
      size="large"
      focusFirst={first.of === null ? "input" : "input:checked"}
      onClose={onClose}
      footer={
        <>
          {first.exists && <Button onClick={() => void save(null)}>Remove the mapping</Button>}
          <span className="view-bar-gap" />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            unavailable={source === "" || fault !== null}
            hint={
              source === ""
                ? "Name the source first"
                : fault !== null
                  ? spokenFault(fault)
                  : "Written into the file at once"
            }
            onClick={onSave}
          >
            Save
          </Button>
        </>
      }
    >
      <div className="form">
        {error !== null && (
          <Banner tone="bad" urgent title="The mapping was not saved">
            <p>
              <ArchivedText text={error.message} />
            </p>
            <p>{nextStep(error.code)}</p>
          </Banner>
        )}
        {first.of === null && (
          <div className="field">
            <label className="field-label" htmlFor={id}>
              Source
            </label>
            <input
              id={id}
              className="input"
              spellCheck={false}
              value={draft.source}
              onChange={(event) => setDraft({ ...draft, source: event.target.value })}
            />
          </div>
        )}
        <Segmented
          label="Adapter"
          value={draft.adapter}
          options={ADAPTERS}
          onChange={(adapter) => setDraft(withAdapter(draft, adapter))}
        />
        <JsonField
          label="Settings"
          value={draft.settingsJson}
          height="180px"
          fault={fault === null ? undefined : spokenFault(fault)}
          onChange={(settingsJson) => setDraft((last) => ({ ...last, settingsJson }))}
        />
        <p className="muted">
          A secret is referred to by its name: <code>{REFERENCE}</code>, in headers, query, env and options.
        </p>
        {!first.exists && (
          <Segmented
            label="Kept"
            value={draft.place}
            options={[
              { value: "archive", label: "Beside this archive" },
              { value: "user", label: "In your settings" },
            ]}
            onChange={(place) => setDraft({ ...draft, place })}
          />
        )}
        <p className="muted">
          <ArchivedText text={path} className="mono" />
        </p>
      </div>
    </Modal>
  );
}
