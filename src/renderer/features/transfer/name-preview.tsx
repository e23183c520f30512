import { useCallback, useEffect, useId, useState } from "react";
import type { ExportPreview } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { useApp } from "../../state/context.ts";
import type { ExportScope } from "./export-draft.ts";

const SHOWN = 4;
/** A template is read once typing pauses, in milliseconds. */
const PAUSE_MS = 150;

export interface NamePreviewProps {
  readonly archiveId: string;
  readonly scope: ExportScope;
  /** Empty: the usual one. */
  readonly template: string;
  readonly onChange: (template: string) => void;
}

/** The template of names, and the names that the first files get by it. */
export function NamePreview({ archiveId, scope, template, onChange }: NamePreviewProps) {
  const { client } = useApp();
  const id = useId();
  const settled = useSettled(template.trim() === "" ? null : template);
  const load = useCallback(
    (signal: AbortSignal) =>
      client.call("export.preview", { archiveId, scope, template: settled, limit: SHOWN }, { signal }),
    [client, archiveId, scope, settled],
  );
  const loaded = useLoaded(load);
  // The last names stay until the next are there.
  const [last, setLast] = useState<ExportPreview | null>(null);
  useEffect(() => {
    if (loaded.status === "ready") setLast(loaded.value);
  }, [loaded]);
  const shown = loaded.status === "ready" ? loaded.value : last;
  const fault = loaded.status === "failed" ? loaded.error.message : (shown?.problem ?? null);
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        Names of the files
      </label>
      <input
        id={id}
        className="input mono"
        value={template}
        placeholder={shown?.template ?? ""}
        spellCheck={false}
        maxLength={1000}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? `${id}-names` : `${id}-fault`}
        onChange={(event) => onChange(event.target.value)}
      />
      {fault !== null ? (
        <p id={`${id}-fault`} className="field-fault" role="alert">
          <ArchivedText text={fault} />
        </p>
      ) : (
        <ul id={`${id}-names`} className="names" aria-label="First names" data-testid="names">
          {shown?.names.map((name) => (
            <li key={name} className="mono truncate">
              <ArchivedText text={name} />
            </li>
          ))}
          {shown?.names.length === 0 && <li className="muted">There is nothing to name.</li>}
        </ul>
      )}
      {shown !== null && fault === null && (
        <p className="muted names-fields">In braces: {shown.fields.join(", ")}. A slash makes a folder.</p>
      )}
    </div>
  );
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
