import { type ReactNode, useId, useState } from "react";
import { Button } from "../../components/button.tsx";
import type { CacheMode, ComposerDraft, DraftFaults } from "./draft.ts";
import { EachValues } from "./each-values.tsx";
import { parsePasted, spokenTaking } from "./pasted-request.ts";

const CACHE_MODES: readonly { readonly value: CacheMode; readonly label: string }[] = [
  { value: "default", label: "Answer from the archive if it is there" },
  { value: "revalidate", label: "Ask whether the archived answer still holds" },
  { value: "only-if-cached", label: "Answer from the archive only" },
  { value: "bypass", label: "Always ask the source" },
  { value: "never", label: "Always ask, and never answer with it later" },
];

export interface ComposerMoreProps {
  readonly draft: ComposerDraft;
  readonly faults: DraftFaults;
  readonly onChange: (patch: Partial<ComposerDraft>) => void;
}

/** What most fetches do without: a pasted request, many values, how the archive is used. */
export function ComposerMore({ draft, faults, onChange }: ComposerMoreProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  // What is wrong in here must not be hidden.
  const isFaulty = [faults.each, faults.ttl, faults.concurrency].some((fault) => fault !== undefined);
  return (
    <details className="composer-more" open={open || isFaulty} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>More: paste a request, for each, cache</summary>
      <div className="composer-more-body">
        {/* What was pasted belongs to one request. */}
        <PasteField key={draft.id} onChange={onChange} />
        <AreaField
          label="For each"
          value={draft.each}
          placeholder={"One value a line for {{value}}; 2026-03-01..2026-03-31 is every day"}
          fault={faults.each}
          onChange={(each) => onChange({ each })}
        />
        <EachValues draft={draft} onChange={onChange} />
        <div className="form-row">
          <div className="field">
            <label className="field-label" htmlFor={id}>
              Use of the archive
            </label>
            <select
              id={id}
              className="input"
              value={draft.cache}
              onChange={(event) => {
                const mode = CACHE_MODES.find(({ value }) => value === event.target.value);
                if (mode !== undefined) onChange({ cache: mode.value });
              }}
            >
              {CACHE_MODES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          <TextField
            label="Fresh for"
            value={draft.ttl}
            placeholder="For ever; or 6h, 7d"
            fault={faults.ttl}
            onChange={(ttl) => onChange({ ttl })}
          />
        </div>
        <div className="form-row form-row-3">
          <TextField
            label="As-of bucket"
            value={draft.bucket}
            placeholder="None; or 2026-03-01"
            onChange={(bucket) => onChange({ bucket })}
          />
          <TextField label="Cache tag" value={draft.tag} placeholder="None" onChange={(tag) => onChange({ tag })} />
          <TextField
            label="At a time"
            value={draft.concurrency}
            placeholder="4"
            fault={faults.concurrency}
            onChange={(concurrency) => onChange({ concurrency })}
          />
        </div>
      </div>
    </details>
  );
}

/** Takes over a URL, a curl command or an entry of a HAR file. */
function PasteField({ onChange }: Pick<ComposerMoreProps, "onChange">) {
  const [text, setText] = useState("");
  const [outcome, setOutcome] = useState<{ readonly fault?: string; readonly note?: string }>({});
  const take = () => {
    try {
      const pasted = parsePasted(text);
      onChange(pasted.request);
      setOutcome({ note: spokenTaking(pasted) });
    } catch (error) {
      setOutcome({ fault: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <div>
      <AreaField
        label="Paste a request"
        value={text}
        placeholder="A URL, a curl command, or an entry of a HAR file"
        fault={outcome.fault}
        onChange={setText}
      />
      <div className="composer-paste">
        <Button unavailable={text.trim() === ""} onClick={take}>
          Take over
        </Button>
        <span role="status" className="muted">
          {outcome.note}
        </span>
      </div>
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly fault?: string | undefined;
  readonly onChange: (value: string) => void;
}

function TextField(props: TextFieldProps) {
  return <FaultyField {...props} draw={(field) => <input className="input" {...field} />} />;
}

function AreaField(props: TextFieldProps) {
  return (
    <FaultyField {...props} draw={(field) => <textarea className="input mono composer-area" rows={3} {...field} />} />
  );
}

interface DrawnField {
  readonly id: string;
  readonly spellCheck: false;
  readonly value: string;
  readonly placeholder: string;
  readonly "aria-invalid": true | undefined;
  readonly "aria-describedby": string | undefined;
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void;
}

/** A field under its name, with what is wrong with it below. */
function FaultyField({
  label,
  fault,
  onChange,
  draw,
  ...field
}: TextFieldProps & { readonly draw: (field: DrawnField) => ReactNode }) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {draw({
        ...field,
        id,
        spellCheck: false,
        "aria-invalid": fault !== undefined || undefined,
        "aria-describedby": fault === undefined ? undefined : `${id}-fault`,
        onChange: (event) => onChange(event.target.value),
      })}
      {fault !== undefined && (
        <p className="field-fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
