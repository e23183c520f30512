import { Plus } from "lucide-react";
import { useId, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { JsonField } from "../../components/json-field.tsx";
import { stringValue } from "../../format/json-text.ts";
import { type ComposerDraft, spokenRepeat } from "./draft.ts";
import { ParamRow } from "./param-row.tsx";
import {
  formText,
  type ParamsForm,
  paramFault,
  readForm,
  withFieldText,
  withName,
  withoutParam,
  withParam,
  withType,
} from "./params-form.ts";

export interface ParamsFieldProps {
  readonly label: string;
  /** JSON text. */
  readonly value: string;
  readonly face: ComposerDraft["face"];
  readonly fault?: string | undefined;
  readonly onChange: (patch: { readonly paramsJson: string; readonly face: ComposerDraft["face"] }) => void;
  readonly onFace: (face: ComposerDraft["face"]) => void;
}

/** Params as a form or as JSON text: two faces of one text. What has no form is shown as text, with the reason. */
export function ParamsField({ label, value, face, fault, onChange, onFace }: ParamsFieldProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const [read, setRead] = useState(() => ({ text: value, reading: readForm(value) }));
  // A text from elsewhere than this form is read anew; what is typed here may be no JSON yet, and stays a form.
  if (read.text !== value) setRead({ text: value, reading: readForm(value) });
  const { reading } = read;
  const change = (form: ParamsForm) => {
    const text = formText(form);
    setRead({ text, reading: { ok: true, form } });
    onChange({ paramsJson: text, face: "form" });
  };
  const add = (form: ParamsForm) => {
    change(withParam(form));
    requestAnimationFrame(() => {
      const names = place.current?.querySelectorAll<HTMLInputElement>(".param-name");
      names?.[names.length - 1]?.select();
    });
  };
  const isForm = face === "form" && reading.ok;
  return (
    <div className="field" ref={place}>
      <div className="params-head">
        <span className="field-label" id={id}>
          {label}
        </span>
        <FormSwitch
          label="Params as"
          value={isForm ? "form" : "text"}
          options={[
            { value: "form", label: "Form", ...(reading.ok ? {} : { obstacle: reading.reason }) },
            { value: "text", label: "JSON" },
          ]}
          onChange={onFace}
        />
      </div>
      {isForm ? (
        <fieldset className="params-form" aria-labelledby={id}>
          {reading.form.params.map((param, index, params) => {
            const isRepeated = params.some((other, at) => at < index && sameName(other.name, param.name));
            return (
              <ParamRow
                key={param.id}
                param={param}
                fault={isRepeated ? spokenRepeat(stringValue(param.name)) : paramFault(param)}
                onName={(name) => change(withName(reading.form, param.id, name))}
                onType={(type) => change(withType(reading.form, param.id, type))}
                onText={(text) => change(withFieldText(reading.form, param.id, text))}
                onRemove={() => {
                  change(withoutParam(reading.form, param.id));
                  place.current?.querySelector<HTMLElement>(".params-add")?.focus();
                }}
              />
            );
          })}
          {reading.form.params.length === 0 && <p className="muted">No params.</p>}
          <div>
            <Button className="params-add" variant="quiet" icon={<Plus size={14} />} onClick={() => add(reading.form)}>
              Add a param
            </Button>
          </div>
        </fieldset>
      ) : (
        <>
          <JsonField
            label={label}
            isLabelled={false}
            value={value}
            height="132px"
            onChange={(paramsJson) => onChange({ paramsJson, face: "text" })}
          />
          {(fault ?? (reading.ok ? undefined : reading.reason)) !== undefined && (
            <p className="field-fault">{fault ?? (reading.ok ? undefined : reading.reason)}</p>
          )}
        </>
      )}
    </div>
  );
}

function sameName(a: string, b: string): boolean {
  return stringValue(a) === stringValue(b);
}
