import { X } from "lucide-react";
import { useId } from "react";
import { Button } from "../../components/button.tsx";
import { stringValue } from "../../format/json-text.ts";
import { visibleText } from "../../format/visible-text.ts";
import { fieldText, type Param, type ParamType } from "./params-form.ts";

const TYPES: readonly { readonly type: ParamType; readonly label: string }[] = [
  { type: "text", label: "Text" },
  { type: "date", label: "Date" },
  { type: "number", label: "Number" },
  { type: "boolean", label: "Boolean" },
  { type: "null", label: "Null" },
  { type: "json", label: "JSON" },
];

/** Lines of a text that are in sight at once. */
const MOST_LINES = 8;

export interface ParamRowProps {
  readonly param: Param;
  readonly fault: string | null;
  readonly onName: (name: string) => void;
  readonly onType: (type: ParamType) => void;
  readonly onText: (text: string) => void;
  readonly onRemove: () => void;
}

/** One param: its name, its type, and a field for its value. */
export function ParamRow({ param, fault, onName, onType, onText, onRemove }: ParamRowProps) {
  const id = useId();
  const name = stringValue(param.name);
  const spoken = visibleText(name);
  return (
    <div className="param">
      <input
        className="input mono param-name"
        aria-label={`Name of ${spoken}`}
        spellCheck={false}
        value={name}
        onChange={(event) => onName(event.target.value)}
      />
      <select
        className="input"
        aria-label={`Type of ${spoken}`}
        value={param.type}
        onChange={(event) => {
          const chosen = TYPES.find(({ type }) => type === event.target.value);
          if (chosen !== undefined) onType(chosen.type);
        }}
      >
        {TYPES.map(({ type, label }) => (
          <option key={type} value={type}>
            {label}
          </option>
        ))}
      </select>
      <ParamValue param={param} name={spoken} faultId={fault === null ? undefined : id} onText={onText} />
      <Button variant="quiet" icon={<X size={14} />} aria-label={`Remove ${spoken}`} onClick={onRemove} />
      {fault !== null && (
        <p className="field-fault param-fault" id={id}>
          {fault}
        </p>
      )}
    </div>
  );
}

interface ParamValueProps {
  readonly param: Param;
  readonly name: string;
  /** What says what is wrong with it; undefined where nothing is. */
  readonly faultId: string | undefined;
  readonly onText: (text: string) => void;
}

function ParamValue({ param, name, faultId, onText }: ParamValueProps) {
  const text = fieldText(param);
  const field = {
    className: "input mono",
    spellCheck: false,
    "aria-label": name,
    "aria-invalid": faultId !== undefined || undefined,
    "aria-describedby": faultId,
    value: text,
    onChange: (event: { readonly target: { readonly value: string } }) => onText(event.target.value),
  };
  switch (param.type) {
    case "null":
      return <input {...field} readOnly />;
    case "boolean":
      return (
        <select {...field}>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      );
    case "date":
      return <input {...field} type="date" max="9999-12-31" />;
    case "number":
      return <input {...field} inputMode="decimal" />;
    case "json":
      return <ParamArea field={field} text={text} />;
    case "text":
      return text.includes("\n") ? <ParamArea field={field} text={text} /> : <input {...field} />;
  }
}

function ParamArea({ field, text }: { readonly field: object; readonly text: string }) {
  const lines = Math.min(MOST_LINES, text.split("\n").length);
  return <textarea {...field} className="input mono composer-area" rows={lines} />;
}
